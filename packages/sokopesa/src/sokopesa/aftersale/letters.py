"""What buyers and sellers are told about cancelling: lines of the timeline, and SMS of at most 160 characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sokopesa.aftersale.models import CancelRequest
from sokopesa.notices.actions import Message, send_all
from sokopesa.orders.clocks import written
from sokopesa.orders.models import Clock, Order, OrderLine
from sokopesa.people.sellers import phones_of

GRANTED: dict[str, str] = {
    CancelRequest.State.APPROVED: "The seller agreed to cancel.",
    CancelRequest.State.EXPIRED_APPROVED: "The seller did not answer in time, so the request to cancel is approved.",
    CancelRequest.State.OVERDUE: "Delivery is more than 30 days late, so it was cancelled at once.",
}
"""The timeline's sentence for each way in which a request is granted."""


def asked(request: CancelRequest, lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> str:
    """The timeline's sentence when a buyer asks."""
    return f"The buyer asked to cancel {what(lines, pieces)}. Reason: {request.get_reason_display()}."


def what(lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> str:
    """``the whole order``, or how many pieces of how many."""
    count, whole = sum(pieces.values()), sum(line.quantity for line in lines)
    if count == whole:
        return "the whole order"
    return f"{count} of {whole} pieces"


def please_answer(order: Order, until: datetime) -> str:
    return (
        f"Order {order.number}: the buyer asks to cancel. Please answer by {written(until)}; "
        "without an answer it is cancelled and refunded."
    )


def please_ship(order: Order) -> str:
    clock = Clock.objects.filter(order=order, kind=Clock.Kind.SHIP).first()
    until = f" by {written(clock.due_at)}" if clock else ""
    return f"Order {order.number}: the buyer no longer asks to cancel. Please ship it{until}."


def you_were_silent(order: Order) -> str:
    return (
        f"Order {order.number}: you did not answer, so what the buyer asked to cancel is cancelled and refunded. "
        "Please do not ship it."
    )


def not_shipped(order: Order) -> str:
    return (
        f"Order {order.number} was not shipped in time. What is left of it is cancelled and refunded; do not ship it."
    )


def not_agreed(order: Order) -> str:
    return (
        f"The seller did not agree to cancel order {order.number}. My Orders, View Detail says why; "
        "there you can also ask again."
    )


def shipped_first(order: Order) -> str:
    return (
        f"Order {order.number} was shipped before the seller answered, so it is not cancelled. "
        "Once it arrives you can return it: Open Dispute."
    )


def tell_buyer(request: CancelRequest, about: str, text: str) -> None:
    """One SMS, once for each thing that happens to a request."""
    phone = request.order.purchase.buyer.phone
    send_all([Message(to=phone, text=text, kind="cancelling", key=f"cancel:{request.pk}:{about}")])


def tell_seller(request: CancelRequest, about: str, text: str) -> None:
    """The same to each of the shop's members."""
    tell_members(request.order, f"cancel:{request.pk}:{about}", text)


def tell_members(order: Order, key: str, text: str) -> None:
    """One SMS to each who acts for the order's seller, once for each key."""
    phones = phones_of([order.seller_id]).get(order.seller_id, [])
    send_all([Message(to=phone, text=text, kind="cancelling", key=f"{key}:{phone}") for phone in phones])
