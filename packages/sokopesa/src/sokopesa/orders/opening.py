"""What follows a payment, and what settling does not wait for: its orders' deadlines begin, their sellers hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from sokopesa.kernel.calendar import add_business_days
from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.notices.actions import Message, send_all
from sokopesa.orders.clocks import MEANINGS, end_of
from sokopesa.orders.models import Clock, NewlyPaid, Order
from sokopesa.people.sellers import phones_of

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _Opened:
    order_id: int
    number: str
    seller_id: int
    ship_by: datetime


@transaction.atomic
def open_paid() -> int:
    """Start the deadline to ship of orders newly paid, counted from the payment, and tell their sellers. How many
    purchases were looked after. Any number of workers may do it beside each other."""
    queue = NewlyPaid.objects.select_for_update(skip_locked=True).order_by("purchase_id")
    purchase_ids = list(queue.values_list("purchase_id", flat=True)[:AT_ONCE])
    if not purchase_ids:
        return 0
    opened = _to_ship(purchase_ids)
    _start_clocks(opened)
    _tell_sellers(opened)
    NewlyPaid.objects.filter(purchase_id__in=purchase_ids).delete()
    return len(purchase_ids)


def _to_ship(purchase_ids: Sequence[int]) -> list[_Opened]:
    """Those of their orders that still await shipment, locked."""
    ends: dict[tuple[date, int], datetime] = {}

    def end(paid_on: date, days: int) -> datetime:
        if (paid_on, days) not in ends:
            ends[paid_on, days] = end_of(add_business_days(paid_on, days))
        return ends[paid_on, days]

    orders = Order.objects.filter(purchase_id__in=purchase_ids, state=Order.State.AWAITING_SHIPMENT)
    rows = (
        orders.select_for_update(of=("self",))
        .order_by("id")
        .values_list("id", "number", "seller_id", "purchase__paid_at", "handling_days")
    )
    return [
        _Opened(order_id, number, seller_id, end(nairobi_date(paid_at), days))
        for order_id, number, seller_id, paid_at, days in rows
        if paid_at is not None
    ]


def _start_clocks(opened: Sequence[_Opened]) -> None:
    """The same statement for one order and for a thousand."""
    fetch(
        """
        INSERT INTO orders_clock (order_id, seller_id, kind, owner, due_at)
        SELECT order_id, seller_id, %b::text, %b::text, due_at
        FROM unnest(%b::bigint[], %b::bigint[], %b::timestamptz[]) AS opened(order_id, seller_id, due_at)
        ON CONFLICT (order_id, kind, subject) DO NOTHING
        """,
        [
            Clock.Kind.SHIP.value,
            MEANINGS[Clock.Kind.SHIP].owner.value,
            [each.order_id for each in opened],
            [each.seller_id for each in opened],
            [each.ship_by for each in opened],
        ],
    )


def _tell_sellers(opened: Sequence[_Opened]) -> None:
    """One SMS to each of a shop's members, however many orders came at once."""
    by_seller: dict[int, list[_Opened]] = {}
    for each in opened:
        by_seller.setdefault(each.seller_id, []).append(each)
    phones = phones_of(by_seller)
    send_all(
        [
            Message(phone, _words(orders), kind="new-order", key=f"new-order:{orders[0].order_id}:{phone}")
            for seller_id, orders in by_seller.items()
            for phone in phones.get(seller_id, [])
        ]
    )


def _words(orders: Sequence[_Opened]) -> str:
    first = min(orders, key=lambda each: each.ship_by)
    last_day = (first.ship_by - timedelta(seconds=1)).astimezone(EAT)
    until = f"{last_day:%a} {last_day.day} {last_day:%b}"
    if len(orders) == 1:
        return f"New order {first.number}, paid. Please ship it by {until}; after that it is cancelled and refunded."
    return (
        f"{len(orders)} new orders, paid. Please ship {first.number} by {until}, and the others by their dates; "
        "what is not shipped in time is cancelled."
    )
