"""What buyers and sellers read about parcels on timelines. What they are told is in `sokopesa.notices.words`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sokopesa.kernel.money import format_kes
from sokopesa.orders.clocks import written
from sokopesa.orders.models import OrderLine
from sokopesa.shipping.models import Extension, Shipment, TrackingEvent


def days(count: int) -> str:
    """``1 day``, ``5 days``."""
    return f"{count} day{'' if count == 1 else 's'}"


# Shipping


def shipped_timeline(shipment: Shipment, packed: Sequence[tuple[OrderLine, int]], *, is_whole: bool) -> str:
    """For instance: ``The seller shipped 2 × Steel kettle by DHL Express, 1234567890.``"""
    what = "everything" if is_whole else ", ".join(f"{count} × {line.snapshot['title']}" for line, count in packed)
    room = 200
    what = what if len(what) <= room else f"{what[: room - 1]}…"
    return f"The seller shipped {what}{_by(shipment)}."


def _by(shipment: Shipment) -> str:
    if not shipment.carrier:
        return ""
    return f" by {shipment.carrier}" + (f", {shipment.tracking_number}" if shipment.tracking_number else "")


# Arriving


def parcel_timeline(event: TrackingEvent, shipment: Shipment) -> str:
    """What the courier says, for the kinds that stand in an order's timeline."""
    where = f" in {event.place}" if event.place else ""
    said = {
        TrackingEvent.Kind.DELIVERED: f"delivered the parcel{where}.",
        TrackingEvent.Kind.RETURNED: f"sends the parcel back to the seller{where}.",
        TrackingEvent.Kind.LOST: "reports the parcel as lost.",
    }[TrackingEvent.Kind(event.kind)]
    return f"{shipment.carrier or 'The courier'} {said}"


def came_back_timeline(shipment: Shipment) -> str:
    return f"{shipment.carrier or 'The courier'} delivered the parcel back to the seller."


def strange_timeline(shipment: Shipment) -> str:
    return f"{shipment.tracking_number} was delivered before this order was paid, so it is another parcel's number."


def delivered_timeline(ends: datetime | None) -> str:
    return f"Everything has arrived.{_check_until(ends)}"


def confirmed_timeline(ends: datetime | None) -> str:
    return f"The buyer confirmed that everything has arrived.{_check_until(ends)}"


def _check_until(ends: datetime | None) -> str:
    return f" The buyer can open a dispute until {written(ends)}; then the seller is paid." if ends else ""


# Completing


def completed_timeline(seller_cents: int, commission_cents: int, *, by_buyer: bool) -> str:
    why = "The buyer says that all is well." if by_buyer else "The protection has ended."
    kept = f", the market keeps {format_kes(commission_cents)}" if commission_cents else ""
    return f"{why} The order is completed: the seller gets {format_kes(seller_cents)}{kept}."


# More time


def asked_timeline(extension: Extension, answer_by: datetime) -> str:
    count = days(extension.days)
    if extension.kind == Extension.Kind.SHIP_TIME:
        return f"The seller asks for {count} more to ship. Without the buyer's answer by {written(answer_by)} it is no."
    return f"The buyer asks for {count} more of protection. Without an answer by {written(answer_by)} it is no."


def answered_timeline(extension: Extension, ends: datetime) -> str:
    """``ends`` is the deadline as it now stands."""
    ship = extension.kind == Extension.Kind.SHIP_TIME
    who, what = ("buyer", "The seller ships by") if ship else ("seller", "The protection lasts until")
    match extension.state:
        case Extension.State.GRANTED:
            return f"The {who} agreed to {days(extension.days)} more. {what} {written(ends)}."
        case Extension.State.REFUSED:
            return f"The {who} refused more time. {what} {written(ends)}, as before."
        case _:
            return f"The {who} did not answer in time, so there is no more time. {what} {written(ends)}, as before."


def lengthened_timeline(extension: Extension, ends: datetime) -> str:
    return f"The seller made the protection {days(extension.days)} longer. It lasts until {written(ends)}."
