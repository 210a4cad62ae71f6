"""From stage to stage: what every verb of a dispute does to its order, its deadline, its money and its timeline."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.aftersale.disputes.life import CLOCK_OF, CLOCKS, running
from sokopesa.aftersale.disputes.models import Dispute, DisputeEvent, Kind, Plan, Side
from sokopesa.aftersale.disputes.telling import tell_buyer, tell_seller
from sokopesa.aftersale.disputes.words import closed
from sokopesa.aftersale.giving_back import end_if_all_is_back, give_back
from sokopesa.notices.words import RETURN_ADDRESS, RETURN_AWAITS_ADDRESS, RETURN_NEEDS_ADDRESS
from sokopesa.orders import changing, clocks
from sokopesa.orders.clocks import end_of
from sokopesa.orders.models import Clock, Order
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund
from sokopesa.shipping.extending import settle_asked
from sokopesa.shipping.models import Extension

AT_LEAST_PROTECTED = timedelta(days=3)
"""What is left of an order's protection when its last dispute closes, if not more."""

State = Dispute.State


def locked(dispute_id: int) -> Dispute:
    """The dispute, read after its order was locked until the transaction ends. Raises `Dispute.DoesNotExist`."""
    order = changing.locked(Dispute.objects.values_list("order_id", flat=True).get(pk=dispute_id))
    dispute = Dispute.objects.select_related("line").get(pk=dispute_id)
    dispute.order = order
    return dispute


def enter(dispute: Dispute, state: Dispute.State, *, due_at: datetime) -> None:
    """The dispute's next stage, with its deadline in place of the one before."""
    clocks.stop(dispute.order, *CLOCKS, subject=dispute.pk)
    clock = clocks.start(dispute.order, CLOCK_OF[state], due_at=due_at, subject=dispute.pk)
    if state == State.SENDING_BACK and not dispute.return_to:
        clock.owner = Clock.Owner.SELLER  # who has to say where to
        clock.save(update_fields=["owner"])
    dispute.state = state
    dispute.save()


def due_at(dispute: Dispute) -> datetime:
    """When the running deadline of a live dispute ends."""
    clock = running(dispute)
    assert clock is not None
    return clock.due_at


def plan(dispute: Dispute, side: Side, *, by: User, kind: str, amount_cents: int, words: str, at: datetime) -> Plan:
    """Keep how a side would end the dispute."""
    return Plan.objects.create(
        dispute=dispute, side=side, by=by, kind=kind, amount_cents=amount_cents, words=words, at=at
    )


def latest_plan(dispute: Dispute, side: Side) -> Plan | None:
    """What a side proposes now."""
    return dispute.plans.filter(side=side).order_by("-id").first()


def await_return(dispute: Dispute, *, at: datetime) -> None:
    """The goods go back first; the buyer has ten days for it, or the seller to say where to."""
    due_at = at + clocks.SEND_BACK
    enter(dispute, State.SENDING_BACK, due_at=due_at)
    if dispute.return_to:
        text = "The goods go back to the seller. Then all of the money comes back."
        fact = record(dispute, at=at, by=Side.MARKET, kind="return", text=text)
        tell_buyer(fact, RETURN_ADDRESS, until=due_at)
    else:
        text = "The goods are to go back. The seller has to say where to; without an address no return is needed."
        fact = record(dispute, at=at, by=Side.MARKET, kind="return", text=text)
        tell_buyer(fact, RETURN_AWAITS_ADDRESS)
        tell_seller(fact, RETURN_NEEDS_ADDRESS, until=due_at)


def close(dispute: Dispute, outcome: Dispute.Outcome, *, at: datetime, cents: int = 0) -> DisputeEvent:
    """The dispute is over as of ``at``: money that is due goes back, which its buyer is told, and the order goes on.
    What else there is to tell, the caller tells."""
    order = dispute.order
    clocks.stop(order, *CLOCKS, subject=dispute.pk)
    refund = None
    if cents:
        refund = give_back(order, cents=cents, cause=Refund.Cause.DISPUTE, key=f"dispute:{dispute.number}", now=at)
    dispute.state, dispute.outcome, dispute.closed_at = State.CLOSED, outcome, at
    dispute.refund, dispute.refunded_cents = refund, refund.amount_cents if refund else 0
    dispute.save()
    _let_go(dispute, at)
    text = closed(dispute, dispute.refunded_cents)
    return record(dispute, at=at, by=Side.MARKET, kind="closed", text=text)


def hold(dispute: Dispute, *, at: datetime) -> None:
    """While a dispute lives its order's protection rests, and the seller is not paid."""
    order = dispute.order
    running = Clock.objects.filter(order=order, kind=Clock.Kind.PROTECTION).first()
    if running:
        dispute.protection_left = running.due_at - at
    else:
        resting = order.disputes.exclude(state=State.CLOSED).exclude(pk=dispute.pk)
        dispute.protection_left = resting.values_list("protection_left", flat=True).first()
    clocks.stop(order, Clock.Kind.PROTECTION)
    settle_asked(order, Extension.Kind.PROTECTION, at=at)
    order.disputed = True
    changing.save(order, "disputed")


def rest(order: Order, at: datetime) -> None:
    """The rest of a disputed order was shipped: its protection would begin, and rests until the dispute is over."""
    running = Clock.objects.filter(order=order, kind=Clock.Kind.PROTECTION).first()
    if order.disputed and running:
        live = order.disputes.exclude(state=State.CLOSED)
        live.update(protection_left=max(running.due_at - at, AT_LEAST_PROTECTED))
        clocks.stop(order, Clock.Kind.PROTECTION)


def _let_go(dispute: Dispute, at: datetime) -> None:
    """The order without this dispute: still disputed, refunded whole, or protected again for what was left."""
    order = dispute.order
    order.disputed = order.disputes.exclude(state=State.CLOSED).exists()
    changing.save(order, "disputed")
    if order.disputed or end_if_all_is_back(order):
        return
    if order.state in (Order.State.SHIPPED, Order.State.DELIVERED):
        clocks.start(order, Clock.Kind.PROTECTION, due_at=_protected_until(dispute, at))


def _protected_until(dispute: Dispute, at: datetime) -> datetime:
    order = dispute.order
    begun = Clock.objects.filter(order=order, kind=Clock.Kind.PROTECTION).first()
    if begun:  # the goods came while the dispute was open
        return max(begun.due_at, at + AT_LEAST_PROTECTED)
    if dispute.protection_left is not None:
        return at + max(dispute.protection_left, AT_LEAST_PROTECTED)
    promised = (order.delivered_at or end_of(order.promised_until)) + clocks.PROTECTION
    return max(promised, at + AT_LEAST_PROTECTED)


def record(dispute: Dispute, *, at: datetime, by: Side, kind: str, text: str) -> DisputeEvent:
    """Add to both timelines, the dispute's and its order's. Returns the dispute's line, by which sides are told."""
    changing.note_order(dispute.order, at=at, kind=f"dispute-{kind}", text=text, by=by)
    return DisputeEvent.objects.create(dispute=dispute, at=at, by=by, text=text)


def grant(dispute: Dispute, outcome: Dispute.Outcome, *, at: datetime) -> None:
    """What the buyer claims, happens: the money goes back, or the goods first."""
    if dispute.kind == Kind.RETURN:
        await_return(dispute, at=at)
    else:
        close(dispute, outcome, at=at, cents=dispute.amount_cents)
