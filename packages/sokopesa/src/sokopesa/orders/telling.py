"""Telling the two sides of an order what happened to it. The words are in `sokopesa.notices.words`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sokopesa.notices.events import Event
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.orders.models import Order
from sokopesa.people.sellers import members_of


def tell_buyer(order: Order, event: Event, key: str, now: datetime, *, by_sms: bool = True, **said: Any) -> None:
    """The buyer, once for each event and ``key``. The order's number and its shop's name are said by themselves.

    ``by_sms`` is false where the phone is told already, by `refunds.actions.owe` for instance.
    """
    tell_all([Telling((order.purchase.buyer_id,), event, key, _about(order, event, said), by_sms)], now=now)


def tell_seller(order: Order, event: Event, key: str, now: datetime, **said: Any) -> None:
    """The same to each of those who act for the shop."""
    tell_all([Telling(_members(order), event, key, _about(order, event, said))], now=now)


def tell_both(order: Order, event: Event, key: str, now: datetime, **said: Any) -> None:
    """The same to both sides."""
    people = (order.purchase.buyer_id, *_members(order))
    tell_all([Telling(people, event, key, _about(order, event, said))], now=now)


def _members(order: Order) -> list[int]:
    return [user.pk for user in members_of([order.seller_id]).get(order.seller_id, [])]


def _about(order: Order, event: Event, said: Mapping[str, Any]) -> dict[str, Any]:
    shop = {"shop": order.seller.name} if "shop" in event.parameters else {}
    return {"order": order.number, **shop, **said}
