"""Buyer, seller and clock at the same moment, each with a connection of its own: one wins, and the books say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from sokopesa.aftersale import cancelling, deadlines
from sokopesa.aftersale.models import CancelRequest
from sokopesa.catalog.models import Offer
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.models import Refund

Case = Any
AllAtOnce = Callable[..., list[object]]


@pytest.fixture(autouse=True)
def _ends_in_true_books(committing: None) -> Iterator[None]:
    yield
    assert discrepancies() == []
    order = Order.objects.get()
    owed = sum(refund.amount_cents for refund in Refund.objects.all())
    assert (order.refunded_cents, -balance_cents(escrow(order.pk))) == (owed, order.total_cents - owed)
    assert order.cancel_asked == CancelRequest.objects.filter(state="pending").exists()
    assert order.cancel_asked == Clock.objects.filter(kind="answer_cancel").exists()
    back = sum(line.cancelled_quantity for line in order.lines.all())
    assert sum(Offer.objects.values_list("stock", flat=True)) == 19 + back  # ten of each, and one was sold by checkout


def refusals(outcomes: list[object]) -> list[object]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_asking_in_two_tabs_is_one_request(case: Case, all_at_once: AllAtOnce) -> None:
    outcomes = all_at_once(*[case.ask] * 4)
    assert refusals(outcomes) == []
    assert len(set(outcomes)) == CancelRequest.objects.count() == 1


def test_of_two_different_requests_one_is_made(case: Case, all_at_once: AllAtOnce) -> None:
    line = case.lines[0].pk
    outcomes = all_at_once(lambda: case.ask(quantities={line: 1}), lambda: case.ask(quantities={line: 2}), case.ask)
    assert [type(refusal) for refusal in refusals(outcomes)] == [NotNow, NotNow]
    assert CancelRequest.objects.count() == 1


def test_approving_twice_pays_once(case: Case, all_at_once: AllAtOnce) -> None:
    request = case.ask()
    outcomes = all_at_once(*[lambda: cancelling.approve(request, by=case.seller, now=case.now)] * 4)
    assert refusals(outcomes) == []
    assert Refund.objects.get().amount_cents == 135_000


@pytest.mark.parametrize("first", range(3))
def test_shipping_and_approving_have_one_winner(case: Case, all_at_once: AllAtOnce, first: int) -> None:
    request = case.ask()

    def ship() -> object:
        case.send()
        return "sent"

    def approve() -> object:
        return cancelling.approve(request, by=case.seller, now=case.now)

    outcomes = all_at_once(*((approve, ship) if first % 2 else (ship, approve)))
    order = Order.objects.get()
    if order.state == "cancelled":
        assert CancelRequest.objects.get().state == "approved"
        assert order.refunded_cents == 135_000
    else:
        assert (order.state, order.refunded_cents) == ("shipped", 0)
        assert CancelRequest.objects.get().state == "overtaken"
        assert [type(refusal) for refusal in refusals(outcomes)] == [NotNow]
    assert not any(line.shipped_quantity and line.cancelled_quantity for line in order.lines.all())


def test_approving_withdrawing_and_asking_anew_meet(case: Case, all_at_once: AllAtOnce) -> None:
    request = case.ask()
    outcomes = all_at_once(
        lambda: cancelling.approve(request, by=case.seller, now=case.now),
        lambda: cancelling.withdraw(request, by=case.buyer, now=case.now),
        lambda: cancelling.refuse(request, words="Packed.", by=case.seller, now=case.now),
        lambda: case.ask(reason="found_cheaper"),
    )
    won = CancelRequest.objects.get(pk=request.pk).state
    assert won in ("approved", "withdrawn", "refused")
    assert {type(refusal) for refusal in refusals(outcomes)} <= {NotNow}
    assert (Order.objects.get().state == "cancelled") == (won == "approved")


def test_at_the_deadline_the_clock_wins_against_everybody(case: Case, all_at_once: AllAtOnce) -> None:
    request = case.ask()
    Clock.objects.filter(kind="ship").update(due_at=request.answer_by + timedelta(hours=1))
    late = request.answer_by + timedelta(hours=2)
    outcomes = all_at_once(
        lambda: deadlines.apply_due(now=late),
        lambda: deadlines.apply_due(now=late),
        lambda: deadlines.apply_for(case.order.pk, now=late),
        lambda: cancelling.approve(request, by=case.seller, now=late),
        lambda: cancelling.withdraw(request, by=case.buyer, now=late),
        lambda: case.ask(now=late, reason="found_cheaper"),
    )
    deadlines.apply_due(now=late)
    assert {type(refusal) for refusal in refusals(outcomes)} <= {NotNow, TooLate}
    answered = CancelRequest.objects.get()
    assert (answered.state, answered.answered_at) == ("expired_approved", request.answer_by)
    assert Refund.objects.get().owed_at == request.answer_by
