"""Deadlines: whose turn it is, until when, and what happens then.

A deadline is a moment. Whoever carries it out late records it as of that moment (`sokopesa.aftersale.deadlines`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sokopesa.kernel.calendar import add_business_days
from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.orders.models import Clock, Order

Kind, Owner = Clock.Kind, Clock.Owner

ANSWER_CANCEL = timedelta(hours=72)
ANSWER_EXTENSION = timedelta(hours=48)
ANSWER_DISPUTE = timedelta(days=5)
NEGOTIATE = timedelta(days=7)
"""From opening a dispute; then a mediator steps in."""
SEND_BACK = timedelta(days=10)
TAKE_BACK_DELIVERED = timedelta(days=10)
TAKE_BACK = timedelta(days=30)
"""Without a scan that says delivered, counted from sending."""
RULE_WITHIN = timedelta(days=14)
APPEAL = timedelta(days=7)
PROTECTION = timedelta(days=15)
"""After delivery, or after the end of the promised time where nothing was delivered."""
AFTER_PROMISE = timedelta(days=3)
"""What protection leaves at least after the end of the promised time if only the courier says that the goods came: from
then on *not received* can be claimed, and the courier may be wrong."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whose move it is, what they are to do, and what happens if they do not, as both sides read it."""

    owner: Clock.Owner
    to_do: str
    otherwise: str


MEANINGS: dict[str, Meaning] = {
    Kind.SHIP: Meaning(
        Owner.SELLER, "The seller ships", "what is not shipped is cancelled and its money goes back to the buyer"
    ),
    Kind.ANSWER_CANCEL: Meaning(
        Owner.SELLER, "The seller answers the request to cancel", "it counts as approved and the money goes back"
    ),
    Kind.ANSWER_SHIP_TIME: Meaning(
        Owner.BUYER, "The buyer answers the seller's request for more time", "it counts as refused"
    ),
    Kind.DELIVER: Meaning(
        Owner.CARRIER, "The goods arrive", "the buyer may open a dispute because they were not received"
    ),
    Kind.PROTECTION: Meaning(
        Owner.BUYER, "The buyer confirms receipt or opens a dispute", "the order is completed and the seller is paid"
    ),
    Kind.ANSWER_PROTECTION: Meaning(
        Owner.SELLER, "The seller answers the request for longer protection", "it counts as refused"
    ),
    Kind.ANSWER_DISPUTE: Meaning(Owner.SELLER, "The seller answers the dispute", "the buyer's claim is granted"),
    Kind.ANSWER_OFFER: Meaning(Owner.EITHER, "Buyer and seller agree", "a mediator of the market decides"),
    Kind.SEND_BACK: Meaning(
        Owner.BUYER, "The buyer sends the goods back", "the dispute is closed and nothing is refunded"
    ),
    Kind.TAKE_BACK: Meaning(Owner.SELLER, "The seller confirms that the goods came back", "the refund is granted"),
    Kind.RULE: Meaning(Owner.MARKET, "A mediator decides", "the mediators' chief is told every day"),
    Kind.APPEAL: Meaning(Owner.EITHER, "Either side may appeal, once", "the ruling is final and is carried out"),
}


def end_of(day: date) -> datetime:
    """The midnight that ends this day in Nairobi."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=EAT)


def written(moment: datetime) -> str:
    """A deadline as people read it: ``Thu 26 Nov at 12:05``, and ``the end of Wed 25 Nov`` for the midnight after."""
    local = moment.astimezone(EAT)
    if local.time() == time():
        day = local.date() - timedelta(days=1)
        return f"the end of {day:%a} {day.day} {day:%b}"
    return f"{local:%a} {local.day} {local:%b} at {local:%H:%M}"


def ship_by(order: Order, *, paid_at: datetime) -> datetime:
    """The end of the last business day on which the seller ships an order paid at that moment."""
    return end_of(add_business_days(nairobi_date(paid_at), order.handling_days))


def start(order: Order, kind: Clock.Kind, *, due_at: datetime, subject: int = 0) -> Clock:
    """Set a deadline; one of this kind and subject that the order has is moved there, and reminders begin anew.

    The caller has locked the order.
    """
    clock, _ = Clock.objects.update_or_create(
        order=order,
        kind=kind,
        subject=subject,
        defaults={
            "seller_id": order.seller_id,
            "owner": MEANINGS[kind].owner,
            "due_at": due_at,
            "reminded": 0,
        },
    )
    return clock


def stop(order: Order, *kinds: Clock.Kind, subject: int | None = None) -> None:
    """These deadlines hold no longer, all of the kind or those of one subject. The caller has locked the order."""
    running = Clock.objects.filter(order=order, kind__in=kinds)
    if subject is not None:
        running = running.filter(subject=subject)
    running.delete()


def of(orders: Iterable[Order]) -> dict[int, list[Clock]]:
    """The running deadlines of each order, the next one first. One query."""
    running: dict[int, list[Clock]] = {}
    for clock in Clock.objects.filter(order__in=[order.pk for order in orders]).order_by("due_at", "id"):
        running.setdefault(clock.order_id, []).append(clock)
    return running
