"""What happens in a dispute when a deadline passes, as of that deadline. `sokopesa.aftersale.deadlines` calls it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.answering import hand_over
from sokopesa.aftersale.disputes.life import CLOCK_OF
from sokopesa.aftersale.disputes.models import Dispute, Side
from sokopesa.aftersale.disputes.ruling import carry_out
from sokopesa.aftersale.disputes.telling import ending, tell_both, tell_buyer, tell_seller
from sokopesa.kernel.clock import nairobi_date
from sokopesa.notices.actions import alert_operator
from sokopesa.notices.words import (
    DISPUTE_GRANTED,
    DISPUTE_GRANTED_ON_SELLER,
    RETURN_NOT_NEEDED,
    RETURN_NOT_NEEDED_ON_SELLER,
    RETURN_NOT_SENT,
    RETURN_RECEIVED,
    RETURN_TAKEN_AS_RECEIVED,
    RULING_FINAL,
)
from sokopesa.orders.models import Clock, Order

State, Outcome = Dispute.State, Dispute.Outcome

EVERY_DAY = timedelta(days=1)


def grant_unanswered(order: Order, clock: Clock) -> None:
    """The seller did not answer: the claim is granted (R53)."""
    dispute = _dispute(order, clock)
    text = "The seller did not answer in time, so the claim is granted."
    fact = stages.record(dispute, at=clock.due_at, by=Side.MARKET, kind="unanswered", text=text)
    plan = ending(dispute.kind, dispute.amount_cents)
    tell_buyer(fact, DISPUTE_GRANTED, by_sms=False, plan=plan)
    tell_seller(fact, DISPUTE_GRANTED_ON_SELLER, plan=plan, until=clock.due_at)
    stages.grant(dispute, Outcome.UNANSWERED, at=clock.due_at)


def step_in(order: Order, clock: Clock) -> None:
    """Seven days have passed without an agreement: a mediator decides."""
    text = "Buyer and seller did not agree in time, so the market decides."
    hand_over(_dispute(order, clock), by=Side.MARKET, text=text, at=clock.due_at)


def give_up(order: Order, clock: Clock) -> None:
    """The goods were not sent back. That is the buyer's loss, unless nobody said where to."""
    dispute = _dispute(order, clock)
    if dispute.return_to:
        fact = stages.close(dispute, Outcome.NOT_RETURNED, at=clock.due_at)
        tell_both(fact, RETURN_NOT_SENT, until=clock.due_at)
    else:
        fact = stages.close(dispute, Outcome.NO_ADDRESS, at=clock.due_at, cents=dispute.whole_cents)
        tell_buyer(fact, RETURN_NOT_NEEDED, amount=dispute.whole_cents)
        tell_seller(fact, RETURN_NOT_NEEDED_ON_SELLER, amount=dispute.whole_cents, until=clock.due_at)


def take_as_back(order: Order, clock: Clock) -> None:
    """The seller did not say that anything is wrong with the return, so the goods count as back."""
    dispute = _dispute(order, clock)
    text = "The seller did not answer in time, so the goods count as back."
    fact = stages.record(dispute, at=clock.due_at, by=Side.MARKET, kind="taken-back", text=text)
    tell_buyer(fact, RETURN_RECEIVED, by_sms=False, amount=dispute.whole_cents)
    tell_seller(fact, RETURN_TAKEN_AS_RECEIVED, amount=dispute.whole_cents, until=clock.due_at)
    stages.close(dispute, Outcome.RETURNED, at=clock.due_at, cents=dispute.whole_cents)


def make_final(order: Order, clock: Clock) -> None:
    """Nobody appealed: the decision is carried out."""
    dispute = _dispute(order, clock)
    decided = stages.latest_plan(dispute, Side.MARKET)
    assert decided is not None
    text = "Nobody appealed, so the decision is final."
    fact = stages.record(dispute, at=clock.due_at, by=Side.MARKET, kind="final", text=text)
    tell_both(fact, RULING_FINAL)
    carry_out(dispute, decided, at=clock.due_at)


def chase(order: Order, clock: Clock) -> None:
    """A mediator is late. The market tells itself every day; for buyer and seller nothing changes."""
    dispute = _dispute(order, clock)
    alert_operator(
        text=f"Dispute {dispute.number} waits for a mediator since {nairobi_date(clock.due_at)}; it is overdue.",
        key=f"ruling-late:{dispute.number}:{clock.due_at:%Y%m%d}",
    )
    Clock.objects.filter(pk=clock.pk).update(due_at=clock.due_at + EVERY_DAY)


def _dispute(order: Order, clock: Clock) -> Dispute:
    """The dispute of the deadline. The caller has locked the order."""
    dispute = Dispute.objects.select_related("line").get(pk=clock.subject)
    dispute.order = order
    assert CLOCK_OF[dispute.state] == clock.kind
    return dispute


CARRIED_OUT_BY: dict[str, Callable[[Order, Clock], None]] = {
    Clock.Kind.ANSWER_DISPUTE: grant_unanswered,
    Clock.Kind.ANSWER_OFFER: step_in,
    Clock.Kind.SEND_BACK: give_up,
    Clock.Kind.TAKE_BACK: take_as_back,
    Clock.Kind.APPEAL: make_final,
    Clock.Kind.RULE: chase,
}
