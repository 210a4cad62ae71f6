"""Deadlines are carried out as of their own moment, one failing holds up no other, and none is carried out twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.aftersale import deadlines
from sokopesa.orders import clocks
from sokopesa.orders.changing import locked
from sokopesa.orders.models import Clock, Order

pytestmark = pytest.mark.django_db
Market = Any


def promised(market: Market, days: int) -> Order:
    order = locked(market.paid_order().pk)
    clocks.start(order, Clock.Kind.DELIVER, due_at=market.now + timedelta(days=days))
    return order


def test_a_late_worker_records_the_deadlines_own_time(market: Market) -> None:
    order = promised(market, days=1)
    assert deadlines.apply_due(now=market.now + timedelta(hours=23)) == 0
    assert deadlines.apply_due(now=market.now + timedelta(days=9)) >= 1
    assert order.events.get(kind="promise-over").at == market.now + timedelta(days=1)
    assert not Clock.objects.filter(order=order, kind="deliver").exists()


def test_one_order_can_be_brought_up_to_date_by_itself(market: Market) -> None:
    order, other = promised(market, days=1), promised(market, days=1)
    assert deadlines.apply_for(order.pk, now=market.now + timedelta(days=2)) == 1
    assert other.events.filter(kind="promise-over").count() == 0


def test_one_that_fails_holds_up_no_other(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = promised(market, days=1), promised(market, days=2)
    carry = deadlines.CARRIED_OUT_BY[Clock.Kind.DELIVER]

    def fail_for_one(order: Order, clock: Clock) -> None:
        if order == broken:
            raise ValueError("a fault of ours")
        carry(order, clock)

    monkeypatch.setitem(deadlines.CARRIED_OUT_BY, Clock.Kind.DELIVER, fail_for_one)
    deadlines.apply_due(now=market.now + timedelta(days=2))
    assert sound.events.filter(kind="promise-over").count() == 1
    assert Clock.objects.filter(order=broken, kind="deliver").exists()
