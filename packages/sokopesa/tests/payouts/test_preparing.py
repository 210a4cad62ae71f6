"""What may be prepared, and what the database refuses whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.ledger.models import Account, Entry
from sokopesa.ledger.queries import discrepancies
from sokopesa.payouts import preparing
from sokopesa.payouts.errors import PartIsLive, TransferChanged
from sokopesa.payouts.models import Transfer
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Till = Any


def test_a_key_is_prepared_once(till: Till) -> None:
    draft = till.draft(till.refund(till.customer()))
    first, again = (preparing.prepare([draft], now=till.now) for _ in range(2))
    assert [each.pk for each in first] == [each.pk for each in again]
    assert Transfer.objects.count() == 1
    with pytest.raises(TransferChanged):
        preparing.prepare([replace(draft, payee="254722999999")], now=till.now)


def test_a_part_has_one_attempt_that_may_still_be_paid(till: Till) -> None:
    refund = till.refund(till.customer())
    preparing.prepare([till.draft(refund)], now=till.now)
    with pytest.raises(PartIsLive):
        preparing.prepare([till.draft(refund, attempt=2)], now=till.now)


@pytest.mark.parametrize(
    "other", [{"amount_cents": 125_100}, {"amount_cents": 900}, {"amount_cents": 125_050}], ids=str
)
def test_the_database_refuses_more_than_is_owed_and_what_mpesa_cannot_move(till: Till, other: dict[str, Any]) -> None:
    refund = till.refund(till.customer())
    with pytest.raises(IntegrityError), transaction.atomic():
        preparing.prepare([till.draft(refund, **other)], now=till.now)


def test_what_mpesa_acknowledged_never_goes_back(till: Till) -> None:
    transfer = till.sent()
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.filter(pk=transfer.pk).update(state="released", sent_at=None)


def test_cents_are_rounded_up_out_of_our_own_pocket(till: Till) -> None:
    refund = till.refund(till.customer(), cents=125_050)
    transfer = till.released(refund)
    assert transfer.amount_cents == 125_100
    till.send()
    assert till.carry() == "paid"
    assert Refund.objects.get().state == "paid"
    rounding = Entry.objects.get(key=f"refund-rounding:{refund.pk}")
    assert set(rounding.postings.values_list("account__code", "amount_cents")) == {
        ("goodwill", 50),
        (f"refunds:{refund.pk}", -50),
    }
    assert Account.objects.get(code=f"refunds:{refund.pk}").balance_cents == 0
    assert discrepancies() == []


def test_a_refund_in_parts_is_paid_with_the_last_of_them(till: Till) -> None:
    phone = till.customer(balance=0)
    refund = till.refund(phone, cents=30_000_000)
    parts = [
        till.draft(refund, key=f"refund:{refund.pk}:{part}:1", part=part, amount_cents=cents)
        for part, cents in ((1, 25_000_000), (2, 5_000_000))
    ]
    prepared = preparing.prepare(parts, now=till.now)
    preparing.release([each.pk for each in prepared], now=till.now)
    assert till.send() == 2
    for number, each in enumerate(prepared, 1):
        each.refresh_from_db()
        assert till.carry(about=each.conversation_id) == "paid"
        assert Refund.objects.get().state == ("paid" if number == 2 else "sent")


def test_what_came_back_goes_out_by_another_attempt(till: Till) -> None:
    phone = till.customer(balance=499_900)
    refund = till.refund(phone)
    till.released(refund)
    till.send()
    assert till.carry() == "ended"
    assert Refund.objects.get().waits_for == "buyer"
    till.network.put(f"/subscribers/{phone}", json={"balance": 100}).raise_for_status()
    assert moving.requeue([refund.pk]) == [refund.pk]
    second = till.released(refund, attempt=2)
    till.send()
    second.refresh_from_db()
    assert till.carry(about=second.conversation_id) == "paid"
    assert Refund.objects.get().state == "paid"
    assert sorted(Transfer.objects.values_list("state", flat=True)) == ["paid", "returned"]
