"""The way of a refund as its buyer reads it: steps that were taken, why it waits, and what was promised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.payouts.models import Transfer
from sokopesa.refunds import moving, tracking
from sokopesa.refunds.actions import owe
from sokopesa.refunds.models import Refund
from sokopesa.refunds.tracking import Step, Track, track

pytestmark = pytest.mark.django_db
Market = Surplus = Any


@pytest.fixture
def refund(market: Market, surplus: Surplus) -> Refund:
    surplus.arrive("UKN1AAAAAA", 125_000)
    (owed,) = owe([surplus.debt(market.purchase())], now=market.now)
    return owed


def way(refund: Refund, market: Market, days: int = 0) -> Track:
    refund.refresh_from_db()
    return track([refund], now=market.now + timedelta(days=days))[refund.pk]


def taken(track: Track) -> list[str]:
    return [step.label for step in track.steps if step.is_done]


def pay(refund: Refund, market: Market, *, part: int, cents: int, receipt: str) -> None:
    """By a transfer, through all its states."""
    transfer = Transfer.objects.create(
        key=f"refund:{refund.pk}:{part}",
        purpose="refund",
        via="b2c",
        account=f"refunds:{refund.pk}",
        refund=refund,
        shortcode="614251",
        payee=refund.msisdn,
        amount_cents=cents,
        part=part,
        prepared_at=market.now,
    )
    of = Transfer.objects.filter(pk=transfer.pk)
    of.update(state="released", released_at=market.now)
    of.update(state="sent", sent_at=market.now + timedelta(minutes=part))
    of.update(state="paid", ended_at=market.now, receipt=receipt)


def test_each_step_is_done_once_it_was_taken(refund: Refund, market: Market) -> None:
    owed = way(refund, market)
    assert [step.label for step in owed.steps] == ["Owed to you", "Payment confirmed", "Sent to M-PESA", "Paid back"]
    assert taken(owed) == ["Owed to you"]
    assert (owed.waits, owed.late) == ("", "")
    assert owed.in_words.startswith("KES 1,250 owed, promised 26 Nov 2026 to ")
    moving.reconcile({refund.receipt: "list"}, now=market.now)
    confirmed = way(refund, market)
    assert taken(confirmed) == ["Owed to you", "Payment confirmed"]
    assert confirmed.steps[1].at == market.now
    assert "on its way (payment confirmed)" in confirmed.in_words
    moving.sent([refund.pk])
    assert way(refund, market).now == Step("Sent to M-PESA", None, "", is_done=True)
    moving.paid({refund.pk: market.now})
    assert len(taken(way(refund, market))) == 4
    assert way(refund, market, days=90).late == ""


def test_transfers_tell_when_it_was_sent_and_by_which_receipts_it_was_paid(refund: Refund, market: Market) -> None:
    moving.reconcile({refund.receipt: "statement"}, now=market.now)
    moving.sent([refund.pk])
    pay(refund, market, part=1, cents=100_000, receipt="UKP0000001")
    half = way(refund, market)
    assert half.steps[2].at == market.now + timedelta(minutes=1)
    assert (half.steps[3].is_done, half.steps[3].detail) == (False, "M-PESA receipt UKP0000001 to 0712 ***678")
    pay(refund, market, part=2, cents=25_000, receipt="UKP0000002")
    moving.paid({refund.pk: market.now})
    words = way(refund, market).in_words
    assert words == "KES 1,250 paid back 23 Nov 2026, M-PESA receipts UKP0000001, UKP0000002 to 0712 ***678"


def test_it_says_why_it_waits_and_that_it_is_late(refund: Refund, market: Market) -> None:
    moving.reconcile({refund.receipt: "statement"}, now=market.now)
    moving.hold({refund.pk: (Refund.Wait.FLOAT, "It needs KES 1,250.")})
    assert way(refund, market).waits.endswith("It goes on by itself. It needs KES 1,250.")
    moving.sent([refund.pk])
    moving.returned({refund.pk: (Refund.Wait.BUYER, "The wallet is full.")})
    back = way(refund, market)
    assert taken(back)[-2:] == ["Sent to M-PESA", "Came back to us"]
    assert back.waits.endswith("The wallet is full.")
    last = (refund.promised_until - market.now.date()).days
    assert way(refund, market, days=last).late == ""
    late = way(refund, market, days=last + 1)
    assert late.late.endswith(f"name refund {refund.number}.")
    assert "and late" in late.in_words


def test_rooms_above_add_their_steps_in_the_order_of_the_way(
    refund: Refund, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = Step("In refund file 12 of 24 Nov", market.now, "", is_done=True)
    batched = Step("In the weekly batch", None, "", is_done=False)
    told = {refund.pk: {Refund.State.BATCHED: batched, Refund.State.FILED: filed}, 0: {}}
    monkeypatch.setattr(tracking, "TELLERS", [*tracking.TELLERS, lambda refunds: told])
    labels = [step.label for step in way(refund, market).steps]
    assert labels[1:4] == ["Payment confirmed", "In refund file 12 of 24 Nov", "In the weekly batch"]


def test_many_cost_the_queries_of_one(market: Market, surplus: Surplus, django_assert_num_queries: Any) -> None:
    refunds = []
    for n in range(5):
        surplus.arrive(f"UKN{n:07d}", 10_000)
        refunds += owe([surplus.debt(market.purchase(), f"UKN{n:07d}", 10_000)], now=market.now)
    moving.reconcile({each.receipt: "list" for each in refunds}, now=market.now)
    moving.sent([each.pk for each in refunds])
    sent = list(Refund.objects.all())
    for some in (sent, sent[:1]):
        with django_assert_num_queries(2):  # transfers, and lines of files
            assert len(track(some, now=market.now)) == len(some)
