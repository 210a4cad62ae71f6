"""What couriers' events do to the parcel that they are about, and events that came before their parcel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.notices.words import (
    PARCEL_LOST,
    PARCEL_LOST_CLAIM,
    PARCEL_TURNED_BACK,
    PARCEL_TURNED_BACK_CLAIM,
    SOLD_PARCEL_LOST,
    SOLD_PARCEL_TURNED_BACK,
)
from sokopesa.orders import clocks
from sokopesa.orders.changing import note_order
from sokopesa.orders.life import Actor
from sokopesa.orders.models import Clock, Order
from sokopesa.orders.telling import tell_buyer, tell_seller
from sokopesa.shipping import words
from sokopesa.shipping.carriers import is_known
from sokopesa.shipping.models import Shipment, TrackingEvent

Kind = TrackingEvent.Kind


def hold(numbers: Iterable[str]) -> None:
    """Nobody else registers a parcel with these numbers, or takes in events about them, until the transaction ends.
    Taken before any order is locked."""
    fetch(
        "SELECT pg_advisory_xact_lock(place) FROM ("
        "  SELECT DISTINCT hashtextextended('tracking ' || number, 0) AS place FROM unnest(%b::text[]) AS number"
        "  ORDER BY place"
        ") AS places",
        [sorted(set(numbers))],
    )


def is_about(carrier: str, shipment: Shipment) -> bool:
    """Whether an event of a courier of that name is about the parcel, whose number it bears. A courier of which we know
    nothing may be called otherwise by its own events."""
    return not carrier or carrier.casefold() == shipment.carrier.casefold() or not is_known(shipment.carrier)


def adopt(order: Order, shipment: Shipment, *, now: datetime) -> None:
    """Events with the parcel's number that came before it was registered become its own. The caller holds the number
    and has locked the order."""
    if not shipment.tracking_number:
        return
    waiting = TrackingEvent.objects.filter(shipment=None, tracking_number=shipment.tracking_number)
    own = [event for event in waiting if is_about(event.carrier, shipment)]
    TrackingEvent.objects.filter(pk__in=[event.pk for event in own]).update(shipment=shipment)
    follow(order, shipment, own, now=now)


def follow(order: Order, shipment: Shipment, fresh: Sequence[TrackingEvent], *, now: datetime) -> None:
    """What new events mean for the parcel and its order's timeline, in any order of their coming. The order is locked.

    A parcel is delivered once. A delivery from before the order was paid is another parcel's, and one after the courier
    turned back is to the seller; neither counts.
    """
    for event in sorted(fresh, key=lambda event: (event.at, event.pk)):
        if event.kind == Kind.DELIVERED:
            _delivered(order, shipment, event, now)
        elif event.kind in (Kind.RETURNED, Kind.LOST):
            _astray(order, shipment, event)


def _delivered(order: Order, shipment: Shipment, event: TrackingEvent, now: datetime) -> None:
    if shipment.delivered_at is not None:
        return
    paid_at = order.purchase.paid_at
    if paid_at is None or event.at < paid_at:
        note_order(order, at=event.at, kind="parcel-strange", text=words.strange_timeline(shipment), by=Actor.CARRIER)
        return
    turned = TrackingEvent.objects.filter(shipment=shipment, kind=Kind.RETURNED, at__lte=event.at)
    if turned.exists():
        text = words.came_back_timeline(shipment)
        note_order(order, at=event.at, kind="parcel-came-back", text=text, by=Actor.CARRIER)
        return
    shipment.delivered_at = max(min(event.at, now), shipment.shipped_at)
    shipment.save(update_fields=["delivered_at"])
    text = words.parcel_timeline(event, shipment)
    note_order(order, at=shipment.delivered_at, kind="parcel-delivered", text=text, by=Actor.CARRIER)


def _astray(order: Order, shipment: Shipment, event: TrackingEvent) -> None:
    """Lost, or on its way back. The promise stands; whether the buyer may dispute before it ends is the operator's
    choice."""
    text = words.parcel_timeline(event, shipment)
    note_order(order, at=event.at, kind=f"parcel-{event.kind}", text=text, by=Actor.CARRIER)
    if shipment.delivered_at is not None or order.state not in (Order.State.PARTLY_SHIPPED, Order.State.SHIPPED):
        return
    is_lost, key = event.kind == Kind.LOST, f"{shipment.pk}"
    if CONFIGURATION.dispute_when_lost:
        clocks.stop(order, Clock.Kind.DELIVER)
        tell_buyer(order, PARCEL_LOST_CLAIM if is_lost else PARCEL_TURNED_BACK_CLAIM, key, event.at)
    else:
        ends = clocks.end_of(order.promised_until)
        tell_buyer(order, PARCEL_LOST if is_lost else PARCEL_TURNED_BACK, key, event.at, until=ends)
    tell_seller(order, SOLD_PARCEL_LOST if is_lost else SOLD_PARCEL_TURNED_BACK, key, event.at)
