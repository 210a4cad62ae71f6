"""What follows when all of an order has arrived, by the courier's word or by the buyer's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.notices.words import ORDER_DELIVERED
from sokopesa.orders import clocks
from sokopesa.orders.changing import note_order, save
from sokopesa.orders.life import Action, Actor, require
from sokopesa.orders.models import Clock, Order
from sokopesa.orders.telling import tell_buyer
from sokopesa.shipping import words
from sokopesa.shipping.models import Extension, Shipment

LEAST_NOTICE = timedelta(days=3)
"""However old the courier's word is when we learn of it, the buyer has this long before the seller is paid."""


def deliver_if_all_came(order: Order, *, now: datetime) -> bool:
    """A shipped order whose every parcel is delivered is delivered, at the moment at which the last one was. The caller
    has locked it.

    Not so if its protection has ended: what was announced for then happens, though the worker may have yet to do it.
    """
    if order.state != Order.State.SHIPPED:
        return False
    came = list(Shipment.objects.filter(order=order).values_list("delivered_at", flat=True))
    known = [at for at in came if at is not None]
    if not came or len(known) < len(came):
        return False
    if Clock.objects.filter(order=order, kind=Clock.Kind.PROTECTION, due_at__lte=now).exists():
        return False
    require(order, Action.DELIVER, now=now)
    may_claim = clocks.end_of(order.promised_until) + clocks.AFTER_PROMISE
    ends = deliver(order, at=max(known), protected_until=max(may_claim, now + LEAST_NOTICE))
    note_order(order, at=max(known), kind="delivered", text=words.delivered_timeline(ends), by=Actor.CARRIER)
    if ends is not None:
        tell_buyer(order, ORDER_DELIVERED, f"{order.pk}", max(known), until=ends)
    return True


def deliver(order: Order, *, at: datetime, protected_until: datetime | None = None) -> datetime | None:
    """The order, locked and allowed to by the caller, is delivered. Its protection lasts as long as it does after a
    delivery, but not less than ``protected_until``, if it lasted so long before. Returns when it ends now; None where a
    dispute holds it open."""
    order.state, order.delivered_at = Order.State.DELIVERED, at
    save(order, "state", "delivered_at")
    clocks.stop(order, Clock.Kind.DELIVER)
    ends = at + clocks.PROTECTION
    return _end_protection_earlier(order, max(ends, protected_until or ends))


def _end_protection_earlier(order: Order, ends: datetime) -> datetime | None:
    """The protection ends then, never later than it did; one that was lengthened stays as it is."""
    clock = Clock.objects.filter(order=order, kind=Clock.Kind.PROTECTION).first()
    if clock is None:
        return None
    lengthened = Extension.objects.filter(
        order=order, kind=Extension.Kind.PROTECTION, state=Extension.State.GRANTED
    ).exists()
    if not lengthened and ends < clock.due_at:
        clock = clocks.start(order, Clock.Kind.PROTECTION, due_at=ends)
    return clock.due_at
