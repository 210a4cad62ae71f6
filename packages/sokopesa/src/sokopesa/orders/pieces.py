"""Pieces of an order were shipped or cancelled: its state and its deadlines follow from what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sokopesa.orders import clocks
from sokopesa.orders.changing import save
from sokopesa.orders.models import Clock, Order, OrderLine

Follow = Callable[[Order, datetime], None]

FOLLOWERS: list[Follow] = []
"""What rooms above do when pieces were shipped or cancelled, in the same transaction; their apps add to it. Each gets
the locked order, which is in its new state, and the moment."""

_BEFORE_ALL_LEFT = (Clock.Kind.SHIP, Clock.Kind.ANSWER_SHIP_TIME)


def lines_of(order: Order) -> list[OrderLine]:
    """Fresh from the database, in the order of their offers, in which goods are taken and put back."""
    return list(OrderLine.objects.filter(order=order).order_by("offer_id", "id"))


def follow(order: Order, *, at: datetime) -> None:
    """Bring the order into the state in which its pieces are. The caller has locked it and counted, in its lines, what
    was shipped or cancelled at that moment.

    While some pieces are open the deadline to ship stands. Once none is, the order is cancelled if nothing was shipped;
    else it is shipped: then the carrier's time runs to the promised day, and the buyer's protection beyond it.
    """
    lines = lines_of(order)
    if any(line.open_quantity for line in lines):
        if any(line.shipped_quantity for line in lines):
            order.state = Order.State.PARTLY_SHIPPED
            save(order, "state")
    elif any(line.shipped_quantity for line in lines):
        _all_left(order, at)
    else:
        order.state = Order.State.CANCELLED
        order.ship_time_asked = False
        save(order, "state", "ship_time_asked")
        clocks.stop(order, *_BEFORE_ALL_LEFT)
    for each in FOLLOWERS:
        each(order, at)


def _all_left(order: Order, at: datetime) -> None:
    order.state = Order.State.SHIPPED
    order.shipped_at = order.shipped_at or at
    order.ship_time_asked = False
    save(order, "state", "shipped_at", "ship_time_asked")
    clocks.stop(order, *_BEFORE_ALL_LEFT)
    promise_ends = clocks.end_of(order.promised_until)
    if at < promise_ends:
        clocks.start(order, Clock.Kind.DELIVER, due_at=promise_ends)
    clocks.start(order, Clock.Kind.PROTECTION, due_at=max(promise_ends, at) + clocks.PROTECTION)
