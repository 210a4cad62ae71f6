"""Shipping an order, whole or in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Max

from sokopesa.orders import clocks
from sokopesa.orders.changing import locked, note_order, save
from sokopesa.orders.life import Action, Actor, require
from sokopesa.orders.models import Clock, Order, OrderLine
from sokopesa.people.models import User
from sokopesa.shipping import words
from sokopesa.shipping.arriving import deliver_if_all_came
from sokopesa.shipping.carriers import read_label
from sokopesa.shipping.errors import MorePackedThanLeft, NothingPacked, NotOfThisOrder, TrackingTaken
from sokopesa.shipping.extending import settle_asked
from sokopesa.shipping.following import adopt, hold
from sokopesa.shipping.models import Extension, Shipment, ShipmentLine
from sokopesa.shipping.telling import tell_buyer

WHEN_SHIPPED: list[Callable[[Order, Shipment], None]] = []
"""What rooms above do in the same transaction when a parcel leaves: an open request to cancel what it holds is
answered by that. Each gets the locked order, before its state follows."""


@transaction.atomic
def ship(
    order: Order,
    *,
    by: User,
    now: datetime,
    quantities: Mapping[int, int] | None = None,
    carrier: str = "",
    tracking_number: str = "",
    key: str = "",
) -> Shipment:
    """A parcel leaves with so many pieces of each line (id → number), or with all that is left. ``key`` is the form's:
    the same one again returns the parcel that it made.

    Raises:
        sokopesa.orders.errors.NotNow: the order is not one to ship.
        sokopesa.orders.errors.TooLate: a deadline has passed.
        ParcelRefused: courier, number or pieces are not right; nothing was shipped.
    """
    name, number = read_label(carrier, tracking_number, is_tracked=order.is_tracked)
    hold([number] if number else [])
    order = locked(order.pk)
    key = f"{order.pk}:{key or uuid4().hex}"[:64]
    if known := Shipment.objects.filter(key=key).first():
        return known
    require(order, Action.SHIP, now=now)
    packed = _pack(list(order.lines.order_by("id")), quantities)
    _require_free(order, name, number)
    shipment = Shipment.objects.create(
        order=order, carrier=name, tracking_number=number, shipped_at=now, shipped_by=by, key=key
    )
    for line, count in packed:
        line.shipped_quantity += count
        line.save(update_fields=["shipped_quantity"])
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment=shipment, line=line, quantity=count) for line, count in packed]
    )
    is_whole = not any(line.open_quantity for line in order.lines.all())
    text = words.shipped_timeline(shipment, packed, is_whole=is_whole)
    note_order(order, at=now, kind="shipped", text=text, by=Actor.SELLER)
    for follow in WHEN_SHIPPED:
        follow(order, shipment)
    adopt(order, shipment, now=now)
    settle(order, at=now)
    sms = words.shipped_sms(order, shipment, is_whole=is_whole)
    tell_buyer(order, sms, kind="parcel", key=f"shipped:{shipment.pk}")
    return shipment


def settle(order: Order, *, at: datetime) -> None:
    """The state and the deadlines follow from what was shipped and cancelled of an order to ship, which the caller has
    locked. Nothing happens while nothing was shipped, or once the order is shipped.

    When nothing is left the seller's deadline ends, and those of courier and buyer begin: the goods are due when the
    promised time ends, and the protection some days after that, or after a later shipping.
    """
    lines = list(OrderLine.objects.filter(order=order))
    if order.state not in (Order.State.AWAITING_SHIPMENT, Order.State.PARTLY_SHIPPED):
        return
    if not any(line.shipped_quantity for line in lines):
        return
    if any(line.open_quantity for line in lines):
        order.state = Order.State.PARTLY_SHIPPED
        save(order, "state")
        return
    left_at = Shipment.objects.filter(order=order).aggregate(last=Max("shipped_at"))["last"]
    order.state, order.shipped_at = Order.State.SHIPPED, left_at or at
    save(order, "state", "shipped_at")
    settle_asked(order, Extension.Kind.SHIP_TIME, at=at)
    clocks.stop(order, Clock.Kind.SHIP)
    promise_ends = clocks.end_of(order.promised_until)
    if promise_ends > at:
        clocks.start(order, Clock.Kind.DELIVER, due_at=promise_ends)
    clocks.start(order, Clock.Kind.PROTECTION, due_at=max(promise_ends, at) + clocks.PROTECTION)
    deliver_if_all_came(order, now=at)


def _pack(lines: Sequence[OrderLine], quantities: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    """The lines with how many pieces of each go, none with nothing."""
    if quantities is None:
        quantities = {line.pk: line.open_quantity for line in lines}
    if quantities.keys() - {line.pk for line in lines}:
        raise NotOfThisOrder
    packed = [(line, quantities.get(line.pk, 0)) for line in lines]
    for line, count in packed:
        if not 0 <= count <= line.open_quantity:
            raise MorePackedThanLeft(line.snapshot["title"], line.open_quantity)
    packed = [(line, count) for line, count in packed if count]
    if not packed:
        raise NothingPacked
    return packed


def _require_free(order: Order, carrier: str, number: str) -> None:
    """Its caller holds the number, so nobody else registers it meanwhile."""
    taken = Shipment.objects.select_related("order").filter(tracking_number=number, carrier=carrier).first()
    if number and taken:
        own = taken.order.seller_id == order.seller_id
        raise TrackingTaken(carrier, number, order_number=taken.order.number if own else "")
