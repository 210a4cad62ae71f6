"""What waits for a seller, page by page, and at the same cost however much there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sokopesa.orders.models import Clock, Order
from sokopesa.people.sellers import add_member
from sokopesa.shipping.extending import ask_protection
from sokopesa.shipping.queries import (
    counts_for_seller,
    order_for_seller,
    orders_of_seller,
    to_ship,
    waiting_for_seller,
)
from sokopesa.shipping.receiving import accept

pytestmark = pytest.mark.django_db
Trade = Any


def shop_of(trade: Trade, count: int) -> list[Order]:
    """So many further orders of the same shop, each due an hour after the one before."""
    orders = []
    for number in range(count):
        order, _ = trade.paid()
        Order.objects.filter(pk=order.pk).update(seller=trade.order.seller)
        due_at = Clock.objects.get(order=trade.order).due_at + timedelta(hours=number // 2)
        Clock.objects.filter(order=order).update(seller=trade.order.seller, due_at=due_at)
        orders.append(order)
    return orders


def test_orders_to_ship_come_in_pages_those_due_first_first(trade: Trade) -> None:
    orders = [trade.order, *shop_of(trade, 5)]
    other, _ = trade.paid()
    seen: list[int] = []
    after = None
    while page := to_ship(trade.order.seller_id, after=after, size=2):
        seen += [order.pk for order, _ in page]
        after = (page[-1][1].due_at, page[-1][1].pk)
    assert seen == [order.pk for order in orders]
    assert other.pk not in seen
    trade.ship()
    assert trade.order.pk not in [order.pk for order, _ in to_ship(trade.order.seller_id)]


def test_they_cost_the_same_queries_for_one_and_for_ten(trade: Trade) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            for order, _ in to_ship(trade.order.seller_id):
                assert order.purchase.buyer.phone
                assert [line.snapshot["title"] for line in order.lines.all()]
            orders_of_seller(trade.order.seller_id)
            counts_for_seller(trade.order.seller_id)
        return len(seen)

    few = queries()
    shop_of(trade, 9)
    assert queries() == few == 6


def test_a_seller_finds_its_own_orders_and_nobody_elses(trade: Trade) -> None:
    assert order_for_seller(trade.seller, trade.order.number) == trade.order
    stranger = add_member(seller=trade.paid()[0].seller, phone="254722999999")
    for user, number in ((stranger, trade.order.number), (trade.seller, "1"), (trade.buyer, trade.order.number)):
        with pytest.raises(Order.DoesNotExist):
            order_for_seller(user, number)
    unpaid = trade.market.purchase().orders.get()
    with pytest.raises(Order.DoesNotExist):
        order_for_seller(add_member(seller=unpaid.seller, phone="254722999998"), unpaid.number)
    assert orders_of_seller(unpaid.seller_id) == []


def test_requests_of_buyers_wait_for_the_seller_until_the_order_is_over(trade: Trade) -> None:
    trade.ship()
    ask_protection(trade.order, days=5, by=trade.buyer, now=trade.now)
    kind = Clock.Kind.ANSWER_PROTECTION
    assert [order.pk for order, _ in waiting_for_seller(trade.order.seller_id, kind)] == [trade.order.pk]
    assert counts_for_seller(trade.order.seller_id)[kind] == 1
    accept(trade.order, by=trade.buyer, now=trade.now)
    assert counts_for_seller(trade.order.seller_id) == {}
    assert [order.pk for order in orders_of_seller(trade.order.seller_id, states=["completed"])] == [trade.order.pk]
