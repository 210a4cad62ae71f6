"""Two at the same moment: one wins, and the other hears of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.disputes import answering, opening
from sokopesa.aftersale.disputes.models import Dispute, Side
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.queries import discrepancies
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.usefixtures("committing")
Race = Callable[..., list[object]]


def test_two_tabs_open_one_dispute(make_counter: Any, all_at_once: Race) -> None:
    counter = make_counter()
    line, key = counter.order().lines.get(), uuid.uuid4()

    def press(with_key: uuid.UUID) -> Dispute:
        return opening.open_dispute(line.pk, counter.claim(), key=with_key, by=counter.buyer, now=counter.now)

    outcomes = all_at_once(*[lambda: press(key)] * 3, *[lambda: press(uuid.uuid4())] * 3)
    opened = [each for each in outcomes if isinstance(each, Dispute)]
    assert len(set(opened)) == Dispute.objects.count() == 1
    assert Clock.objects.filter(kind="answer_dispute").count() == 1


def test_accept_and_withdraw_have_one_winner(make_counter: Any, all_at_once: Race) -> None:
    counter = make_counter()
    for _ in range(4):
        dispute = counter.open()
        claim = counter.plan_of(dispute, Side.BUYER)
        outcomes = all_at_once(
            lambda pk=dispute.pk, plan=claim.pk: answering.accept_claim(
                pk, plan_id=plan, by=counter.seller, now=counter.now
            ),
            lambda pk=dispute.pk: opening.withdraw(pk, by=counter.buyer, now=counter.now),
        )
        dispute.refresh_from_db()
        assert sum(isinstance(each, Refusal) for each in outcomes) == 1
        assert dispute.refunded_cents == (60_000 if dispute.outcome == "agreed" else 0)
        assert dispute.outcome in ("agreed", "withdrawn")
    assert discrepancies() == []


def test_many_workers_and_a_late_answer_grant_once(make_counter: Any, all_at_once: Race) -> None:
    counter = make_counter()
    disputes = [counter.open() for _ in range(4)]
    due = counter.now + timedelta(days=5)
    late = due + timedelta(hours=3)
    all_at_once(
        *[lambda: apply_due(now=late)] * 3,
        *[lambda pk=each.pk: answering.refuse(pk, words="No.", by=counter.seller, now=late) for each in disputes],
    )
    assert apply_due(now=late) == 0 or not Dispute.objects.exclude(state="closed").exists()
    assert set(Dispute.objects.values_list("outcome", "closed_at")) == {("unanswered", due)}
    assert Refund.objects.count() == 4
    assert set(Order.objects.values_list("refunded_cents", flat=True)) == {60_000}
