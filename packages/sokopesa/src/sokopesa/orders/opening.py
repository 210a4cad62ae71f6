"""What follows a payment, and what settling does not wait for: its orders' deadlines begin, their sellers hear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django.db import transaction

from sokopesa.kernel.calendar import add_business_days
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.notices import words
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.orders.clocks import MEANINGS, end_of
from sokopesa.orders.models import Clock, Order
from sokopesa.people.sellers import members_of

AT_ONCE = 1000
MOST_HANDLING_DAYS = 20


class _News(NamedTuple):
    """New orders of one seller: how many, and which is to be shipped first."""

    seller_id: int
    orders: int
    first_id: int
    first_number: str
    ship_by: datetime
    paid_at: datetime


@transaction.atomic
def open_paid(*, then: Callable[[Sequence[int]], None] | None = None) -> int:
    """Start the deadline to ship of orders newly paid, counted from the payment, and tell their sellers. How many
    purchases were looked after. Any number of workers may do it beside each other, and it costs the same few
    statements for one as for a thousand. ``then`` is given their ids, in the same transaction."""
    purchase_ids, paid_on = _take()
    if purchase_ids:
        _tell_sellers(_start_clocks(purchase_ids, paid_on))
        if then:
            then(purchase_ids)
    return len(purchase_ids)


def _take() -> tuple[list[int], list[date]]:
    """Purchases off the queue, and the days of Nairobi on which they were paid."""
    [(purchase_ids, paid_on)] = fetch(
        """
        WITH taken AS (
            DELETE FROM orders_newlypaid WHERE purchase_id = ANY (ARRAY(
                SELECT purchase_id FROM orders_newlypaid ORDER BY purchase_id LIMIT %b FOR UPDATE SKIP LOCKED
            )) RETURNING purchase_id
        )
        SELECT coalesce(array_agg(purchase_id), '{}'),
            coalesce(array_agg(DISTINCT (paid_at AT TIME ZONE 'Africa/Nairobi')::date), '{}')
        FROM taken JOIN orders_purchase purchase ON purchase.id = taken.purchase_id
        """,
        [AT_ONCE],
    )
    return purchase_ids, paid_on


def _start_clocks(purchase_ids: Sequence[int], paid_on: Iterable[date]) -> list[_News]:
    """Set the deadlines of those orders that still await shipment; what is new to each seller."""
    ends = [(day, days, _last_moment(day, days)) for day in paid_on for days in range(MOST_HANDLING_DAYS + 1)]
    rows = fetch(
        """
        WITH opened AS (
            SELECT o.id, o.number, o.seller_id, ship.due_at, purchase.paid_at
            FROM orders_order o JOIN orders_purchase purchase ON purchase.id = o.purchase_id
            JOIN unnest(%b::date[], %b::int[], %b::timestamptz[]) AS ship(paid_on, days, due_at)
                ON ship.paid_on = (purchase.paid_at AT TIME ZONE 'Africa/Nairobi')::date AND ship.days = o.handling_days
            WHERE o.purchase_id = ANY (%b::bigint[]) AND o.state = 'awaiting_shipment'
            ORDER BY o.id FOR NO KEY UPDATE OF o
        ), started AS (
            INSERT INTO orders_clock (order_id, seller_id, kind, owner, due_at)
            SELECT id, seller_id, %b::text, %b::text, due_at FROM opened
            ON CONFLICT (order_id, kind, subject) DO NOTHING
        )
        SELECT DISTINCT ON (seller_id) seller_id, count(*) OVER (PARTITION BY seller_id), id, number, due_at, paid_at
        FROM opened ORDER BY seller_id, due_at, id
        """,
        [
            [day for day, _, _ in ends],
            [days for _, days, _ in ends],
            [due_at for _, _, due_at in ends],
            list(purchase_ids),
            Clock.Kind.SHIP.value,
            MEANINGS[Clock.Kind.SHIP].owner.value,
        ],
    )
    return [_News(*row) for row in rows]


def ship_by(order: Order) -> datetime:
    """When the time to ship a paid order ends, whether its deadline has been started yet or not."""
    assert order.purchase.paid_at is not None
    return _last_moment(nairobi_date(order.purchase.paid_at), order.handling_days)


@lru_cache(maxsize=1024)
def _last_moment(paid_on: date, days: int) -> datetime:
    return end_of(add_business_days(paid_on, days))


def _tell_sellers(news: Sequence[_News]) -> None:
    """Each of a shop's members once, however many orders came at once."""
    members = members_of(each.seller_id for each in news)
    tellings = [
        _telling(each, [user.pk for user in members[each.seller_id]]) for each in news if each.seller_id in members
    ]
    if tellings:
        tell_all(tellings, now=max(each.paid_at for each in news))


def _telling(news: _News, members: Sequence[int]) -> Telling:
    said = {"order": news.first_number, "until": news.ship_by}
    if news.orders == 1:
        return Telling(members, words.ORDER_TO_SHIP, f"{news.first_id}", said)
    return Telling(members, words.ORDERS_TO_SHIP, f"{news.first_id}", {**said, "count": news.orders})
