"""Paid orders of several lines, with a buyer and somebody who acts for the shop."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sokopesa.aftersale import cancelling
from sokopesa.aftersale.models import CancelRequest
from sokopesa.orders.models import Order, OrderLine
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.shipping import parcels

sys.path.append(str(Path(__file__).parent))  # for any_life

_numbers = itertools.count(1)


@dataclass
class Case:
    """One paid order: two lines of KES 400 (three pieces) and KES 50 (one), shipping KES 100, KES 1,350 in all."""

    market: Any
    order: Order
    seller: User
    lines: list[OrderLine] = field(default_factory=list)

    @property
    def buyer(self) -> User:
        return self.order.purchase.buyer

    @property
    def now(self) -> datetime:
        moment: datetime = self.market.now
        return moment

    def ask(self, **other: Any) -> CancelRequest:
        facts = {"reason": "changed_mind", "by": self.buyer, "now": self.now} | other
        return cancelling.ask(self.order, **facts)

    def again(self) -> Order:
        """The order as it stands now."""
        self.order = Order.objects.select_related("purchase__buyer", "seller").get(pk=self.order.pk)
        self.lines = list(OrderLine.objects.filter(order=self.order).order_by("id"))
        return self.order

    def send(self, quantities: dict[int, int] | None = None, *, now: datetime | None = None) -> None:
        """Pieces leave in a parcel: all that are open, unless it is said how many of which line."""
        parcels.ship(self.order, quantities=quantities, by=self.seller, now=now or self.now)


def make_case(market: Any, shipping_cents: int = 10_000) -> Case:
    purchase = market.purchase(total_cents=125_000 + shipping_cents)
    order = purchase.orders.get()
    first = OrderLine.objects.get(order=order)
    second = market.offer(price_cents=5_000, shipping_cents=0)
    # Until the basket makes such orders, one is put together here.
    OrderLine.objects.filter(pk=first.pk).update(quantity=3, unit_cents=40_000, total_cents=120_000)
    OrderLine.objects.create(
        order=order, offer=second, quantity=1, unit_cents=5_000, total_cents=5_000, snapshot=first.snapshot
    )
    Order.objects.filter(pk=order.pk).update(goods_cents=125_000, shipping_cents=shipping_cents)
    market.pay(purchase)
    seller = add_member(seller=order.seller, phone=f"2547115{next(_numbers):05d}")
    case = Case(market, order, seller)
    case.again()
    return case


@pytest.fixture
def case(market: Any) -> Case:
    return make_case(market)


@pytest.fixture(name="make_case")
def case_maker(market: Any) -> Callable[..., Case]:
    """For tests that need several."""
    return lambda **other: make_case(market, **other)
