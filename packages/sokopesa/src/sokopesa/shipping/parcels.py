"""Shipping an order, whole or in parts.

A request to cancel what leaves is answered by that: `sokopesa.orders.pieces.follow` tells the room that keeps it. Of
shipping and approving that come together the first to lock the order wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from sokopesa.orders.changing import locked, note_order
from sokopesa.orders.life import Action, Actor, require
from sokopesa.orders.models import Order, OrderLine
from sokopesa.orders.pieces import follow, lines_of
from sokopesa.people.models import User
from sokopesa.people.sellers import acts_for
from sokopesa.shipping import words
from sokopesa.shipping.arriving import deliver_if_all_came
from sokopesa.shipping.carriers import read_label
from sokopesa.shipping.errors import MorePackedThanLeft, NothingPacked, NotOfThisOrder, NotYours, TrackingTaken
from sokopesa.shipping.extending import settle_asked
from sokopesa.shipping.following import adopt, hold
from sokopesa.shipping.models import Extension, Shipment, ShipmentLine
from sokopesa.shipping.telling import tell_buyer


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
        NotYours: ``by`` does not act for the seller.
        sokopesa.orders.errors.NotNow: the order is not one to ship.
        sokopesa.orders.errors.TooLate: a deadline has passed.
        ParcelRefused: courier, number or pieces are not right; nothing was shipped.
    """
    name, number = read_label(carrier, tracking_number, is_tracked=order.is_tracked)
    hold([number] if number else [])
    order = locked(order.pk)
    if not acts_for(by, order.seller_id):
        raise NotYours
    key = key or uuid4().hex
    if known := shipped_by(order, key):
        return known
    require(order, Action.SHIP, now=now)
    lines = lines_of(order)
    packed = _pack(lines, quantities)
    _require_free(order, name, number)
    shipment = Shipment.objects.create(
        order=order, carrier=name, tracking_number=number, shipped_at=now, shipped_by=by, key=_whole(order, key)
    )
    for line, count in packed:
        line.shipped_quantity += count
        line.save(update_fields=["shipped_quantity"])
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment=shipment, line=line, quantity=count) for line, count in packed]
    )
    is_whole = not any(line.open_quantity for line in lines)
    text = words.shipped_timeline(shipment, packed, is_whole=is_whole)
    note_order(order, at=now, kind="shipped", text=text, by=Actor.SELLER)
    adopt(order, shipment, now=now)
    follow(order, at=now)
    sms = words.shipped_sms(order, shipment, is_whole=is_whole)
    tell_buyer(order, sms, kind="parcel", key=f"shipped:{shipment.pk}")
    return shipment


def shipped_by(order: Order, key: str) -> Shipment | None:
    """The parcel that the form with this key has made, if it has."""
    return Shipment.objects.filter(key=_whole(order, key)).first()


def follow_pieces(order: Order, at: datetime) -> None:
    """Pieces of the order, which is locked, were shipped or cancelled. Once none is left to ship, nobody needs more
    time for it; and if every parcel has come by then, the order is delivered."""
    if order.state in (Order.State.SHIPPED, Order.State.CANCELLED):
        settle_asked(order, Extension.Kind.SHIP_TIME, at=at)
        deliver_if_all_came(order, now=at)


def _whole(order: Order, key: str) -> str:
    return f"{order.pk}:{key}"[:64]


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
