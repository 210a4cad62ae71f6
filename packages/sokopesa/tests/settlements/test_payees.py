"""Where a shop is paid changes only by two people, and nobody of the shop misses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.reasons import ReasonMissing
from sokopesa.notices.models import Notice
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff
from sokopesa.settlements import payees
from sokopesa.settlements.errors import (
    AskedAlready,
    DecidedAlready,
    NotFinance,
    NotPayable,
    NotYours,
    OwnRequest,
    SamePayee,
)
from sokopesa.settlements.models import Payee

Till = Any


def ask(till: Till, shop: Any, *, by: User | None = None, **other: str) -> Payee:
    said = {"kind": "till", "number": "512345", "reference": ""} | other
    return payees.ask(
        seller=shop,
        kind=Payee.Kind(said["kind"]),
        number=said["number"],
        reference=said["reference"],
        by=by or till.member(shop),
        now=till.now,
    )


def test_a_change_is_used_once_finance_agreed_and_everybody_of_the_shop_is_told(till: Till) -> None:
    shop = till.shop(paid_at="254711400001")
    partner = add_member(seller=shop, phone="254711499999")
    asked = ask(till, shop)
    assert Payee.objects.get(seller=shop, state="current").number == "254711400001"
    payees.approve(asked.pk, by=till.checker, now=till.now)
    assert Payee.objects.get(seller=shop, state="current").number == "512345"
    assert Payee.objects.get(seller=shop, number="254711400001").state == "replaced"
    told = [notice.text for notice in Notice.objects.filter(to=partner.phone).order_by("id")]
    assert told == [
        f"{shop.name} asked to be paid at ***345. If nobody of the shop asked for this, call us at once.",
        f"From the next payout on, {shop.name} is paid at ***345. If this is wrong, call us at once.",
    ]


def test_refusing_says_why_and_changes_nothing(till: Till) -> None:
    shop = till.shop()
    asked = ask(till, shop)
    with pytest.raises(ReasonMissing):
        payees.refuse(asked.pk, by=till.checker, remark=" ", now=till.now)
    payees.refuse(asked.pk, by=till.checker, remark="The till is in another name.", now=till.now)
    assert Payee.objects.get(seller=shop, state="current").kind == "phone"
    with pytest.raises(DecidedAlready):
        payees.approve(asked.pk, by=till.maker, now=till.now)
    assert ask(till, shop).state == "asked"  # it may be asked for again


def test_who_may_ask_and_who_may_agree(till: Till) -> None:
    shop, other = till.shop(), till.shop()
    with pytest.raises(NotYours):
        ask(till, shop, by=till.member(other))
    asked = ask(till, shop)
    with pytest.raises(NotFinance):
        payees.approve(asked.pk, by=add_staff(phone="254711200999", role=Role.SUPPORT), now=till.now)
    with pytest.raises(NotFinance):
        payees.approve(asked.pk, by=till.member(shop), now=till.now)
    of_both = add_member(seller=shop, phone=till.checker.phone)
    with pytest.raises(OwnRequest):
        payees.approve(asked.pk, by=of_both, now=till.now)
    assert Payee.objects.get(pk=asked.pk).state == "asked"


def test_the_same_request_twice_is_one_and_another_has_to_wait(till: Till) -> None:
    shop = till.shop()
    assert ask(till, shop) == ask(till, shop)
    with pytest.raises(AskedAlready):
        ask(till, shop, number="512346")
    till.payee(till.shop(paid_at=None), kind="paybill", number="247247", reference="0712345678")
    with pytest.raises(SamePayee):
        ask(till, till.shop(paid_at="254711400009"), kind="phone", number="0711 400 009")


@pytest.mark.parametrize(
    ("kind", "number", "reference", "words"),
    [
        ("phone", "12345", "", "number"),
        ("till", "0712345678", "", "5 to 7 digits"),
        ("till", "٥٥٥٥٥", "", "5 to 7 digits"),
        ("paybill", "247247", "", "account number"),
        ("paybill", "247247", "A" * 14, "13 letters"),
        ("paybill", "247247", "né", "13 letters"),
    ],
)
def test_what_mpesa_cannot_pay(till: Till, kind: str, number: str, reference: str, words: str) -> None:
    with pytest.raises(NotPayable, match=words):
        ask(till, till.shop(), kind=kind, number=number, reference=reference)


def test_the_database_itself_holds_four_eyes_and_what_was_asked(till: Till) -> None:
    shop = till.shop()
    asked = ask(till, shop)
    mine = Payee.objects.filter(pk=asked.pk)
    for change in (
        lambda: mine.update(state="current", decided_by=asked.asked_by, decided_at=till.now),
        lambda: mine.update(number="599999"),
        lambda: mine.update(state="replaced", decided_by=till.checker, decided_at=till.now),
        mine.delete,
        lambda: Payee.objects.filter(seller=shop, state="current").update(state="asked", decided_by=None),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_two_who_decide_at_once(till_committing: Till, all_at_once: Any) -> None:
    till = till_committing
    asked = ask(till, till.shop())
    outcomes = all_at_once(
        lambda: payees.approve(asked.pk, by=till.checker, now=till.now),
        lambda: payees.refuse(asked.pk, by=till.maker, remark="Not theirs.", now=till.now),
    )
    assert sorted(isinstance(outcome, Refusal) for outcome in outcomes) == [False, True]
