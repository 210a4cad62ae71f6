"""What happens in a dispute when a deadline passes, as of that deadline. `sokopesa.aftersale.deadlines` calls it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.answering import hand_over
from sokopesa.aftersale.disputes.life import CLOCK_OF
from sokopesa.aftersale.disputes.models import Dispute, Side
from sokopesa.aftersale.disputes.ruling import carry_out
from sokopesa.kernel.clock import nairobi_date
from sokopesa.notices.actions import alert_operator
from sokopesa.orders.models import Clock, Order

State, Outcome = Dispute.State, Dispute.Outcome

EVERY_DAY = timedelta(days=1)


def grant_unanswered(order: Order, clock: Clock) -> None:
    """The seller did not answer: the claim is granted (R53)."""
    dispute = _dispute(order, clock)
    text = "The seller did not answer in time, so the claim is granted."
    stages.record(dispute, at=clock.due_at, by=Side.MARKET, kind="unanswered", text=text)
    stages.grant(dispute, Outcome.UNANSWERED, at=clock.due_at)


def step_in(order: Order, clock: Clock) -> None:
    """Seven days have passed without an agreement: a mediator decides."""
    text = "Buyer and seller did not agree in time, so the market decides."
    hand_over(_dispute(order, clock), by=Side.MARKET, text=text, at=clock.due_at)


def give_up(order: Order, clock: Clock) -> None:
    """The goods were not sent back. That is the buyer's loss, unless nobody said where to."""
    dispute = _dispute(order, clock)
    if dispute.return_to:
        stages.close(dispute, Outcome.NOT_RETURNED, at=clock.due_at)
    else:
        stages.close(dispute, Outcome.NO_ADDRESS, at=clock.due_at, cents=dispute.whole_cents)


def take_as_back(order: Order, clock: Clock) -> None:
    """The seller did not say that anything is wrong with the return, so the goods count as back."""
    dispute = _dispute(order, clock)
    text = "The seller did not answer in time, so the goods count as back."
    stages.record(dispute, at=clock.due_at, by=Side.MARKET, kind="taken-back", text=text)
    stages.close(dispute, Outcome.RETURNED, at=clock.due_at, cents=dispute.whole_cents)


def make_final(order: Order, clock: Clock) -> None:
    """Nobody appealed: the decision is carried out."""
    dispute = _dispute(order, clock)
    decided = stages.latest_plan(dispute, Side.MARKET)
    assert decided is not None
    text = "Nobody appealed, so the decision is final."
    stages.record(dispute, at=clock.due_at, by=Side.MARKET, kind="final", text=text)
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
