"""Who has read how far, and who is told by SMS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.chat.away import tell_away
from sokopesa.chat.models import Message, Read, Side
from sokopesa.chat.queries import conversations_of, unread_of, usually_answers_within
from sokopesa.chat.reading import read
from sokopesa.notices.models import Notice

Talks = Any
MINUTE = timedelta(minutes=1)


def test_what_the_other_side_said_is_unread_until_it_is_read_or_answered(talks: Talks) -> None:
    thread = talks.about_product()
    first, second = talks.say(thread, talks.buyer), talks.say(thread, talks.buyer)
    assert talks.unread(thread) == {"buyer": 0, "seller": 2}
    read(thread=thread, side=Side.SELLER, up_to=first.pk, now=talks.now)
    assert talks.unread(thread) == {"buyer": 0, "seller": 1}
    assert Read.objects.get(side=Side.SELLER).waiting_since == second.sent_at
    talks.say(thread, talks.member)
    assert talks.unread(thread) == {"buyer": 1, "seller": 0}
    read(thread=thread, side=Side.BUYER, up_to=second.pk, now=talks.now)
    assert talks.unread(thread) == {"buyer": 1, "seller": 0}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(list(Side)), st.booleans(), st.integers(0, 8)), max_size=12))
def test_the_count_is_what_was_said_since(talks: Talks, steps: list[tuple[Side, bool, int]]) -> None:
    """However reading and writing follow each other."""
    from django.db import transaction

    with transaction.atomic():
        thread = talks.about_product()
        people = {Side.BUYER: talks.buyer, Side.SELLER: talks.member}
        for side, says, back in steps:
            known = list(Message.objects.filter(thread=thread).order_by("-pk"))
            if says:
                talks.say(thread, people[side])
            elif len(known) > back:
                read(thread=thread, side=side, up_to=known[back].pk, now=talks.now)
        for mine in Read.objects.filter(thread=thread):
            waiting = Message.objects.filter(thread=thread, pk__gt=mine.up_to_id or 0).exclude(side=mine.side)
            assert mine.unread == waiting.count()
            first = waiting.order_by("pk").first()
            assert mine.waiting_since == (first and first.sent_at)
        transaction.set_rollback(True)


def test_the_header_counts_what_a_person_has_not_read_on_both_sides(
    talks: Talks, django_assert_num_queries: Any
) -> None:
    thread = talks.about_product()
    talks.say(thread, talks.buyer)
    talks.say(thread, talks.buyer)
    talks.say(talks.about_order(), talks.member)
    with django_assert_num_queries(1):
        assert unread_of(talks.member) == 2
    assert unread_of(talks.buyer) == 1
    assert unread_of(talks.join("Colleague")) == 2
    assert unread_of(talks.person()) == 0


def test_the_list_shows_what_is_unread_first_then_the_newest(talks: Talks, django_assert_num_queries: Any) -> None:
    about_product, about_order = talks.about_product(), talks.about_order()
    talks.say(about_product, talks.member)
    talks.say(about_order, talks.buyer)

    def shown(user: Any, side: Side) -> list[Any]:
        return [each.thread for each in conversations_of(user, side).object_list]

    assert shown(talks.buyer, Side.BUYER) == [about_product, about_order]
    assert shown(talks.member, Side.SELLER) == [about_order, about_product]
    assert shown(talks.buyer, Side.SELLER) == shown(talks.member, Side.BUYER) == []
    with django_assert_num_queries(3):
        for each in conversations_of(talks.buyer, Side.BUYER).object_list:
            assert each.thread.seller.name
            assert each.thread.product or each.thread.order.lines.all()[0].snapshot
            assert each.latest.text


def test_a_minute_unread_is_told_once_until_it_is_read(talks: Talks) -> None:
    thread = talks.about_product()
    said = talks.say(thread, talks.buyer)
    assert tell_away(now=said.sent_at + timedelta(seconds=59)) == 0
    assert tell_away(now=said.sent_at + MINUTE) == 1
    talks.say(thread, talks.buyer)
    assert tell_away(now=talks.now + 5 * MINUTE) == 0
    told = Notice.objects.get()
    assert told.to == talks.member.phone
    assert told.kind == "message-waiting"
    title = talks.offer.product.title
    assert told.text == f"Asha Test wrote to you about {title}. Read and answer it under Messages."
    read(thread=thread, side=Side.SELLER, up_to=Message.objects.latest("pk").pk, now=talks.now)
    talks.say(thread, talks.buyer, minutes=10)
    assert tell_away(now=talks.now + 5 * MINUTE) == 1
    assert Notice.objects.count() == 2


def test_whoever_has_the_thread_open_is_not_told(talks: Talks) -> None:
    thread = talks.about_product()
    talks.say(thread, talks.member)
    said = talks.say(thread, talks.buyer, minutes=0.5)  # the member wrote half a minute ago
    assert tell_away(now=said.sent_at + MINUTE) == 0
    read(thread=thread, side=Side.SELLER, up_to=0, now=said.sent_at + MINUTE)
    assert tell_away(now=said.sent_at + 2.5 * MINUTE) == 0
    assert tell_away(now=said.sent_at + 3.5 * MINUTE) == 1


def test_all_who_act_for_the_shop_are_told_and_the_buyer_in_kiswahili(talks: Talks) -> None:
    colleague = talks.join("Second")
    talks.buyer.language = "sw"
    talks.buyer.save()
    about_product, about_order = talks.about_product(), talks.about_order()
    talks.say(about_product, talks.buyer)
    talks.say(about_order, talks.member)
    assert tell_away(now=talks.now + 5 * MINUTE) == 2
    assert set(Notice.objects.values_list("to", flat=True)) == {
        talks.member.phone,
        colleague.phone,
        talks.buyer.phone,
    }
    assert f"kuhusu Order {about_order.order.number}" in Notice.objects.get(to=talks.buyer.phone).text


@pytest.mark.parametrize("language", ["en", "sw"])
def test_a_notice_fits_one_sms_however_long_the_names(talks: Talks, language: str) -> None:
    talks.buyer.name, talks.buyer.language = "A" * 80, language
    talks.buyer.save()
    talks.shop.name = "Long Shop " * 8
    talks.shop.save()
    product = talks.offer.product
    product.title = "Very long title " * 6
    product.save()
    talks.member.language = language
    talks.member.save()
    for who in (talks.buyer, talks.member):
        talks.say(talks.about_product(), who)
        tell_away(now=talks.now + 5 * MINUTE)
    assert [len(told.text) <= 160 for told in Notice.objects.all()] == [True, True]


def test_how_soon_a_shop_answers_is_said_only_if_it_is_known(talks: Talks) -> None:
    thread = talks.about_product()
    for _ in range(4):
        talks.say(thread, talks.buyer, minutes=60)
        talks.say(thread, talks.buyer, minutes=5)
        talks.say(thread, talks.member, minutes=5)
    assert usually_answers_within(talks.shop.pk, now=talks.now) is None
    talks.say(thread, talks.buyer)
    talks.say(thread, talks.member, minutes=120)
    assert usually_answers_within(talks.shop.pk, now=talks.now) == 10 * MINUTE
    another = talks.about_order()
    for _ in range(3):
        talks.say(another, talks.buyer, minutes=60)
        talks.say(another, talks.member, minutes=180)
    assert usually_answers_within(talks.shop.pk, now=talks.now) == 180 * MINUTE
    assert usually_answers_within(talks.shop.pk, now=talks.now + timedelta(days=40)) is None


def test_questions_that_nobody_answers_count(talks: Talks) -> None:
    thread = talks.about_product()
    for _ in range(5):
        talks.say(thread, talks.buyer)
        talks.say(thread, talks.member)
    assert usually_answers_within(talks.shop.pk, now=talks.now) == MINUTE
    for _ in range(2):
        talks.buyer = talks.person()
        talks.say(talks.about_product(), talks.buyer)
    assert usually_answers_within(talks.shop.pk, now=talks.now) == MINUTE
    assert usually_answers_within(talks.shop.pk, now=talks.now + timedelta(days=2)) is None
