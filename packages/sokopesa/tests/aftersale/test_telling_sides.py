"""What an order's two sides are told: all of a shop, each in their language, and no phone the same twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import SecretStr

from sokopesa.aftersale import cancelling, deadlines
from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.models import Letter, Notice
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member

pytestmark = pytest.mark.django_db
Case = Any


def kinds_to(person: User) -> list[str]:
    told = Notice.objects.filter(to=person.phone).exclude(kind__in=("payment", "order-to-ship"))
    return list(told.order_by("id").values_list("kind", flat=True))


def test_every_member_of_the_shop_and_the_buyer_hear_in_their_language(case: Case) -> None:
    second = add_member(seller=case.order.seller, phone="254711999001")
    User.objects.filter(pk__in=(second.pk, case.buyer.pk)).update(language="sw")
    request = case.ask()
    texts = dict(Notice.objects.filter(kind="cancel-asked").values_list("to", "text"))
    assert texts.keys() == {case.seller.phone, second.phone}
    assert texts[case.seller.phone].startswith(f"Order {case.order.number}: the buyer asks to cancel.")
    assert texts[second.phone].startswith(f"Oda {case.order.number}: mnunuzi anaomba kughairi.")
    cancelling.refuse(request, words="It is packed.", by=second, now=case.now)
    assert Notice.objects.get(kind="cancel-refused").text.startswith("Muuzaji hakukubali kughairi oda")
    assert kinds_to(case.buyer) == ["cancel-refused"]


@pytest.mark.parametrize(
    ("is_answered", "letter", "to_seller"),
    [
        (True, "cancel-approved", ["cancel-asked"]),
        (False, "cancel-expired", ["cancel-asked", "cancel-expired-on-seller"]),
    ],
)
def test_the_phone_hears_once_of_the_money_and_the_letters_say_the_rest(
    case: Case, monkeypatch: pytest.MonkeyPatch, is_answered: bool, letter: str, to_seller: list[str]
) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr("console:"))
    User.objects.filter(pk=case.buyer.pk).update(email="asha@soko.example", email_confirmed_at=case.now)
    case.order.clocks.filter(kind="ship").delete()
    request = case.ask()
    if is_answered:
        cancelling.approve(request, by=case.seller, now=case.now)
    else:
        deadlines.apply_due(now=request.answer_by)
    assert kinds_to(case.buyer) == ["refund"]
    assert set(Letter.objects.values_list("kind", flat=True)) == {"refund-owed", letter}
    assert kinds_to(case.seller) == to_seller


def test_withdrawn_before_its_deadline_was_started_the_seller_still_hears_it(case: Case) -> None:
    due_at = case.order.clocks.get(kind="ship").due_at
    case.order.clocks.all().delete()
    cancelling.withdraw(case.ask(), by=case.buyer, now=case.now)
    assert Notice.objects.get(kind="cancel-withdrawn").text.endswith("Please ship it by Thu 26 Nov 24:00.")
    assert f"{due_at:%d %b %H:%M}" == "26 Nov 21:00"


def test_telling_a_shop_of_many_costs_no_more_queries_than_one_of_few(make_case: Any) -> None:
    costs = []
    for members in (1, 6):
        case = make_case()
        for place in range(1, members):
            add_member(seller=case.order.seller, phone=f"25471199{members}00{place}")
        with CaptureQueriesContext(connection) as queries:
            case.ask()
        costs.append(len(queries))
        assert Notice.objects.filter(text__contains=f"{case.order.number}: the buyer asks").count() >= members
    assert costs[0] == costs[1]
