"""Who is told of an event, in which language, by which way, and how often: once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices import words
from sokopesa.notices.events import Group
from sokopesa.notices.models import Letter, Notice, Preference
from sokopesa.notices.preferences import choose, preferences_of
from sokopesa.notices.telling import Telling, tell, tell_all
from sokopesa.people.models import User

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
ORDER = "8123456789012345"


@pytest.fixture(autouse=True)
def mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr("console:"))


def person(place: int = 1, *, language: str = "en", email: str = "", confirmed: bool = True) -> User:
    user = User.objects.create_user(f"2547123456{place:02}")
    user.language, user.email = language, email or None
    user.email_confirmed_at = NOW if email and confirmed else None
    user.save()
    return user


def deliver(*people: User, key: str = "77") -> None:
    ids = [one.pk for one in people]
    tell(ids, words.ORDER_DELIVERED, key, NOW, order=ORDER, until=NOW, shop="Mama Njeri")


@pytest.mark.django_db
def test_each_in_their_language_and_once() -> None:
    wanjiku, amina = person(1), person(2, language="sw")
    for _ in range(3):
        deliver(wanjiku, amina)
    deliver(wanjiku, key="78")
    texts = dict(Notice.objects.filter(key__contains=":77:").values_list("to", "text"))
    assert texts[wanjiku.phone].startswith(f"Order {ORDER} has arrived, says the courier. Not there or not right?")
    assert texts[amina.phone].startswith(f"Oda {ORDER} imefika, asema msafirishaji.")
    assert Notice.objects.count() == 3
    assert set(Notice.objects.values_list("kind", flat=True)) == {"order-delivered"}


@pytest.mark.django_db
def test_an_email_goes_to_a_confirmed_address_only() -> None:
    deliver(person(1, email="a@soko.example"), person(2, email="b@soko.example", confirmed=False), person(3))
    letter = Letter.objects.get()
    assert letter.to == "a@soko.example"
    assert letter.subject == f"Order {ORDER} was delivered"
    assert "the order is complete then, and Mama Njeri is paid at once." in letter.text
    assert "/account/notices/" in letter.text
    assert letter.state is Letter.State.WAITING
    assert Notice.objects.count() == 3


@pytest.mark.django_db
def test_a_market_without_a_mail_server_writes_no_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr(""))
    deliver(person(email="a@soko.example"))
    assert (Notice.objects.count(), Letter.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_who_wants_no_sms_or_no_email_of_a_group_gets_none_of_it() -> None:
    buyer = person(email="a@soko.example")
    choose(user=buyer, sms=[Group.MESSAGES], email=[Group.ORDERS])
    deliver(buyer)
    tell([buyer.pk], words.MESSAGE_WAITING, "5", NOW, who="Mama Njeri", thing="Solar lantern")
    assert [notice.kind for notice in Notice.objects.all()] == ["message-waiting"]
    assert [letter.kind for letter in Letter.objects.all()] == ["order-delivered"]


@pytest.mark.django_db
def test_money_is_told_by_sms_whatever_was_chosen() -> None:
    seller = person(email="a@soko.example")
    choose(user=seller, sms=[], email=[])
    tell([seller.pk], words.ORDER_COMPLETED, "5", NOW, order=ORDER, amount=118_750)
    assert Notice.objects.get().text == f"Order {ORDER} is complete. KES 1,187.50 is on your account."
    assert not Letter.objects.exists()
    with pytest.raises(IntegrityError, match="preference_cannot_silence_money"), transaction.atomic():
        Preference.objects.filter(event_group="money").update(sms=False)


@pytest.mark.django_db
def test_choosing_without_emails_keeps_what_was_chosen_about_them() -> None:
    buyer = person()
    choose(user=buyer, sms=[], email=[Group.ORDERS])
    choose(user=buyer, sms=[Group.DISPUTES], email=None)
    chosen = preferences_of(buyer)
    assert {group for group, one in chosen.items() if one.sms} == {Group.MONEY, Group.DISPUTES}
    assert {group for group, one in chosen.items() if one.email} == {Group.ORDERS}


@pytest.mark.django_db
def test_many_events_for_many_people_cost_no_more_queries_than_one(django_assert_num_queries: Any) -> None:
    people = [person(place, email=f"p{place}@soko.example") for place in range(20)]
    tellings = [
        Telling([one.pk, people[0].pk], event, f"{place}", {"order": ORDER} | said)
        for place, one in enumerate(people)
        for event, said in (
            (words.ORDER_COMPLETED, {"amount": 100}),
            (words.PARCEL_LOST_CLAIM, {}),
            (words.EXTENSION_REFUSED, {"until": NOW}),
        )
    ]
    for batch in (tellings[:1], tellings):
        with django_assert_num_queries(6):  # people, preferences, savepoint, SMS, e-mails, release
            tell_all(batch, now=NOW)
    assert Notice.objects.count() == Letter.objects.count() == 20 * 3 * 2 - 3
    with django_assert_num_queries(0):
        tell_all([], now=NOW)


@pytest.mark.django_db
def test_nobody_and_strangers_are_passed_over_and_wrong_words_are_a_fault() -> None:
    tell([], words.ORDER_COMPLETED, "1", NOW, order=ORDER, amount=100)
    tell([999_999], words.ORDER_COMPLETED, "1", NOW, order=ORDER, amount=100)
    with pytest.raises(TypeError, match="order-completed is told with"):
        tell([], words.ORDER_COMPLETED, "1", NOW, order=ORDER)
    assert not Notice.objects.exists()


def test_many_who_tell_of_the_same_events_at_once_tell_them_once(all_at_once: Callable[..., list[object]]) -> None:
    people = [person(place, email=f"p{place}@soko.example") for place in range(6)]

    def work(backwards: bool) -> Callable[[], None]:
        order = people[::-1] if backwards else people

        def run() -> None:
            tell_all(
                [
                    Telling([one.pk for one in order], words.ORDER_COMPLETED, f"{n}", {"order": ORDER, "amount": n})
                    for n in (range(9, -1, -1) if backwards else range(10))
                ],
                now=NOW,
            )

        return run

    assert all_at_once(*(work(bool(place % 2)) for place in range(8))) == [None] * 8
    assert Notice.objects.count() == Letter.objects.count() == 60
