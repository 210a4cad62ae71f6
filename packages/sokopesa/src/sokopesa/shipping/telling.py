"""SMS to the two sides of an order. The words are in `shipping.words`."""

from __future__ import annotations

from sokopesa.notices.actions import Message, send_all
from sokopesa.orders.models import Order
from sokopesa.people.sellers import phones_of


def tell_buyer(order: Order, text: str, *, kind: str, key: str) -> None:
    """One SMS to the buyer, once for each ``key``."""
    send_all([Message(order.purchase.buyer.phone, text, kind=kind, key=f"{key}:buyer")])


def tell_seller(order: Order, text: str, *, kind: str, key: str) -> None:
    """One SMS to each of those who act for the shop, once for each ``key``."""
    phones = phones_of([order.seller_id]).get(order.seller_id, [])
    send_all([Message(phone, text, kind=kind, key=f"{key}:{phone}") for phone in phones])
