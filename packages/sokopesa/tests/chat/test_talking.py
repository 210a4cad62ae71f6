"""Opening threads and saying things in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from sokopesa.catalog.models import Offer
from sokopesa.chat import talking
from sokopesa.chat.blocking import block, unblock
from sokopesa.chat.errors import Blocked, NothingSaid, NotOffered, NotYours, OwnShop, TooFast, TooLong
from sokopesa.chat.models import Message, Read, Side, Thread
from sokopesa.chat.talking import MOST_PER_MINUTE
from sokopesa.chat.warnings import HIDDEN, Kind

Talks = Any


def test_a_product_and_an_order_each_have_one_thread_whoever_opens_it(talks: Talks) -> None:
    about_product, about_order = talks.about_product(), talks.about_order()
    order = about_order.order
    assert talks.about_product() == about_product
    assert talking.open_about_order(by=talks.member, order=order, now=talks.now) == about_order
    assert Thread.objects.count() == 2
    assert Read.objects.count() == 4


def test_nobody_opens_what_is_not_theirs(talks: Talks) -> None:
    with pytest.raises(NotYours):
        talking.open_about_order(by=talks.person(), order=talks.order(), now=talks.now)
    with pytest.raises(OwnShop):
        talking.open_about_product(by=talks.member, seller=talks.shop, product=talks.offer.product, now=talks.now)
    another = talks.market.offer().product
    with pytest.raises(NotOffered):
        talking.open_about_product(by=talks.buyer, seller=talks.shop, product=another, now=talks.now)


def test_a_shop_that_no_longer_sells_it_is_still_answered_but_not_begun_with(talks: Talks) -> None:
    thread = talks.about_product()
    Offer.objects.update(is_live=False)
    assert talks.say(talks.about_product(), talks.buyer).thread == thread
    with pytest.raises(NotOffered):
        talking.open_about_product(by=talks.person(), seller=talks.shop, product=talks.offer.product, now=talks.now)


def test_anybody_of_the_shop_answers_in_its_name_and_nobody_else(talks: Talks) -> None:
    thread, colleague = talks.about_product(), talks.join("Second")
    talks.say(thread, talks.buyer)
    assert [talks.say(thread, who).side for who in (talks.member, colleague)] == [Side.SELLER, Side.SELLER]
    with pytest.raises(NotYours):
        talks.say(thread, talks.person())
    talks.shop.members.filter(user=colleague).delete()
    with pytest.raises(NotYours):
        talks.say(thread, colleague)


def test_the_same_key_is_stored_once(talks: Talks) -> None:
    thread, key = talks.about_product(), uuid4()
    said = [talking.say(thread=thread, by=talks.buyer, text="Once", key=key, now=talks.now) for _ in range(3)]
    assert [each.is_new for each in said] == [True, False, False]
    assert Message.objects.count() == 1
    assert talks.unread(thread) == {"buyer": 0, "seller": 1}


@pytest.mark.parametrize("text", ["", "   \n\t ", "\u200b\u0000", "\u202e"])
def test_nothing_is_refused(talks: Talks, text: str) -> None:
    with pytest.raises(NothingSaid):
        talks.say(talks.about_product(), talks.buyer, text)


def test_two_thousand_characters_are_taken_and_one_more_is_not(talks: Talks) -> None:
    thread = talks.about_product()
    assert talks.say(thread, talks.buyer, "é" * 2000).text == "é" * 2000
    with pytest.raises(TooLong, match=r"2,000 characters at most, and this one has 2,001"):
        talks.say(thread, talks.buyer, "x" * 2001)


def test_a_text_is_kept_as_it_was_written(talks: Talks) -> None:
    written = "Habari 👩🏾‍🌾 <b>bei</b>?\r\n\r\n\r\n\r\nAsante\x00\u200b "
    assert talks.say(talks.about_product(), talks.buyer, written).text == "Habari 👩🏾‍🌾 <b>bei</b>?\n\nAsante"


def test_more_than_a_person_writes_in_a_minute_is_refused_until_the_minute_is_over(talks: Talks) -> None:
    first, second = talks.about_product(), talks.about_order()
    for number in range(MOST_PER_MINUTE):
        talks.say((first, second)[number % 2], talks.buyer, minutes=0)
    with pytest.raises(TooFast, match="Wait a little"):
        talks.say(first, talks.buyer, minutes=0)
    talks.say(first, talks.member, minutes=0)
    talks.now += timedelta(seconds=61)
    talks.say(first, talks.buyer, minutes=0)


def test_a_pin_is_never_stored_and_its_writer_is_told(talks: Talks) -> None:
    said = talking.say(thread=talks.about_product(), by=talks.buyer, text="My PIN is 2580", key=uuid4(), now=talks.now)
    assert said.hid_pin
    assert said.message.text == f"My PIN is {HIDDEN}"
    assert said.message.warnings == [Kind.PIN_TOLD]
    assert not Message.objects.filter(text__contains="2580").exists()


def test_four_digits_that_answer_a_question_for_a_pin_are_one(talks: Talks) -> None:
    thread = talks.about_product()
    assert talks.say(thread, talks.buyer, "1500").text == "1500"
    assert talks.say(thread, talks.member, "Send me your PIN").warnings == [Kind.PIN_ASKED]
    assert talks.say(thread, talks.buyer, "2580").text == HIDDEN


def test_phone_and_till_stay_with_a_warning(talks: Talks) -> None:
    text = "Pay to till number 5551234 or call 0712 345 678"
    message = talks.say(talks.about_product(), talks.member, text)
    assert message.text == text
    assert message.warnings == [Kind.PHONE, Kind.PAYBILL]


@pytest.mark.parametrize("who", list(Side))
def test_while_one_side_blocks_nobody_writes_in_any_of_their_threads(talks: Talks, who: Side) -> None:
    first, second = talks.about_product(), talks.about_order()
    people = {Side.BUYER: talks.buyer, Side.SELLER: talks.member}
    for _ in range(2):
        block(thread=first, side=who, by=people[who], now=talks.now)
    with pytest.raises(Blocked, match="You have blocked"):
        talks.say(second, people[who])
    with pytest.raises(Blocked, match="closed for messages"):
        talks.say(first, people[who.other])
    unblock(thread=second, side=who.other, now=talks.now)
    with pytest.raises(Blocked):
        talks.say(first, people[who.other])
    unblock(thread=second, side=who, now=talks.now)
    talks.say(first, people[who.other])


def test_whoever_is_blocked_opens_no_new_thread(talks: Talks) -> None:
    block(thread=talks.about_order(), side=Side.SELLER, by=talks.member, now=talks.now)
    with pytest.raises(Blocked):
        talks.about_product()
