"""What every verb that changes an order does: lock it, move it, add to its timeline."""

from __future__ import annotations

from datetime import datetime

from sokopesa.orders.models import Event, Order


def locked(order_id: int) -> Order:
    """The order, held until the transaction ends, with its purchase and seller. Raises `Order.DoesNotExist`."""
    orders = Order.objects.select_for_update(of=("self",)).select_related("purchase__buyer", "seller")
    return orders.get(pk=order_id)


def save(order: Order, *fields: str) -> None:
    """Write these fields of an order that the caller has locked."""
    order.save(update_fields=fields)


def note_order(order: Order, *, at: datetime, kind: str, text: str, by: str = "") -> Event:
    """Add a line to the order's timeline. ``by`` is an `Actor`'s value, or empty."""
    return Event.objects.create(purchase_id=order.purchase_id, order=order, at=at, kind=kind, by=by, text=text)
