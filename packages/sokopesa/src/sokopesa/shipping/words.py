"""What buyers and sellers read about parcels, in SMS and on timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sokopesa.kernel.money import format_kes
from sokopesa.orders.clocks import written
from sokopesa.orders.models import Order, OrderLine
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


def shipped_sms(order: Order, shipment: Shipment, *, is_whole: bool) -> str:
    part = "is" if is_whole else "is partly"
    arrives = order.promised_until
    return f"Order {order.number} {part} on its way{_by(shipment)}. It arrives by {arrives.day} {arrives:%b}."


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


def astray_sms(order: Order, event: TrackingEvent, *, ends: datetime, may_dispute: bool) -> str:
    what = "is lost" if event.kind == TrackingEvent.Kind.LOST else "goes back to the seller"
    way = (
        "You can open a dispute now."
        if may_dispute
        else f"If it does not come by {written(ends)}, open a dispute: your money is safe."
    )
    return f"Order {order.number}: the courier says a parcel {what}. {way}"


def astray_sms_to_seller(order: Order, event: TrackingEvent) -> str:
    what = "is lost" if event.kind == TrackingEvent.Kind.LOST else "comes back to you"
    return f"Order {order.number}: the courier says that a parcel {what}. Please tell the buyer what you do about it."


def delivered_timeline(ends: datetime | None) -> str:
    return f"Everything has arrived.{_check_until(ends)}"


def confirmed_timeline(ends: datetime | None) -> str:
    return f"The buyer confirmed that everything has arrived.{_check_until(ends)}"


def confirmed_sms(order: Order, ends: datetime | None) -> str:
    paid = f" Without a dispute you are paid after {written(ends)}." if ends else ""
    return f"Order {order.number}: the buyer confirmed that everything has arrived.{paid}"


def _check_until(ends: datetime | None) -> str:
    return f" The buyer can open a dispute until {written(ends)}; then the seller is paid." if ends else ""


def delivered_sms(order: Order, ends: datetime) -> str:
    return (
        f"Order {order.number} has arrived, says the courier. Not there or not right? Open a dispute until "
        f"{written(ends)}; then the seller is paid."
    )


# Completing


def completed_timeline(seller_cents: int, commission_cents: int, *, by_buyer: bool) -> str:
    why = "The buyer says that all is well." if by_buyer else "The protection has ended."
    kept = f", the market keeps {format_kes(commission_cents)}" if commission_cents else ""
    return f"{why} The order is completed: the seller gets {format_kes(seller_cents)}{kept}."


def completed_sms_to_seller(order: Order, seller_cents: int) -> str:
    return f"Order {order.number} is completed: you have earned {format_kes(seller_cents)}."


def completed_sms_to_buyer(order: Order) -> str:
    return f"Order {order.number} is completed and the seller is paid. Thank you for buying with us."


# More time


def asked_timeline(extension: Extension, answer_by: datetime) -> str:
    count = days(extension.days)
    if extension.kind == Extension.Kind.SHIP_TIME:
        return f"The seller asks for {count} more to ship. Without the buyer's answer by {written(answer_by)} it is no."
    return f"The buyer asks for {count} more of protection. Without an answer by {written(answer_by)} it is no."


def asked_sms(order: Order, extension: Extension, answer_by: datetime) -> str:
    count = days(extension.days)
    if extension.kind == Extension.Kind.SHIP_TIME:
        return (
            f"Order {order.number}: the seller asks for {count} more to ship. Agree or refuse by {written(answer_by)} "
            "under My Orders; no answer means no."
        )
    return (
        f"Order {order.number}: the buyer asks for {count} more of protection. Answer by {written(answer_by)}; "
        "no answer means no."
    )


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


def answered_sms(order: Order, extension: Extension, ends: datetime) -> str:
    said = {
        Extension.State.GRANTED: f"{days(extension.days)} more, agreed.",
        Extension.State.REFUSED: "your request for more time was refused.",
    }.get(Extension.State(extension.state), "your request for more time was not answered in time.")
    what = "Ship it by" if extension.kind == Extension.Kind.SHIP_TIME else "Your protection lasts until"
    return f"Order {order.number}: {said} {what} {written(ends)}."


def lengthened_timeline(extension: Extension, ends: datetime) -> str:
    return f"The seller made the protection {days(extension.days)} longer. It lasts until {written(ends)}."


def lengthened_sms(order: Order, extension: Extension, ends: datetime) -> str:
    return (
        f"Order {order.number}: the seller gives you {days(extension.days)} more to check the goods or open a dispute, "
        f"until {written(ends)}."
    )
