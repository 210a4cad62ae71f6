"""Two tabs, two importers, a seller and a courier at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders.models import Clock, Order
from sokopesa.shipping.models import Shipment, TrackingEvent
from sokopesa.shipping.receiving import accept, confirm
from sokopesa.shipping.tracking import Scan, TakenIn, take_in

Trade = Any
AllAtOnce = Callable[..., list[object]]
DAY = timedelta(days=1)


@pytest.fixture
def trade(committing: None, make_trade: Callable[[], Trade]) -> Trade:
    return make_trade()


def test_a_form_sent_by_two_tabs_is_one_parcel(trade: Trade, all_at_once: AllAtOnce) -> None:
    made = all_at_once(*[lambda: trade.ship(2, key="form", number="3000000009")] * 4)
    assert len(set(made)) == Shipment.objects.count() == 1
    assert trade.line.shipped_quantity == 2


def test_no_piece_goes_twice_and_no_number_is_two_parcels(trade: Trade, all_at_once: AllAtOnce) -> None:
    all_at_once(*[lambda: trade.ship(2, number="3000000009")] * 2, *[lambda: trade.ship(2)] * 2)
    assert Shipment.objects.count() == 1
    assert trade.state() == "partly_shipped"


def test_two_importers_of_the_same_events_deliver_once(trade: Trade, all_at_once: AllAtOnce) -> None:
    parcel = trade.ship()
    kinds = ("accepted", "in_transit", "delivered")
    scans = [Scan(parcel.carrier, parcel.tracking_number, trade.now + DAY, kind) for kind in kinds]
    done = all_at_once(*[lambda: take_in(scans, now=trade.now + DAY)] * 4)
    assert sorted(each.new for each in done if isinstance(each, TakenIn)) == [0, 0, 0, 3]
    assert trade.state() == "delivered"
    assert [kind for kind, _ in trade.timeline()].count("delivered") == 1


@pytest.mark.parametrize("first", range(3))
def test_an_event_never_misses_the_parcel_that_is_registered_meanwhile(
    trade: Trade, all_at_once: AllAtOnce, first: int
) -> None:
    number = f"300000001{first}"
    works = [
        lambda: take_in([Scan("DHL Express", number, trade.now, "delivered")], now=trade.now),
        lambda: trade.ship(number=number),
    ]
    all_at_once(*(works if first % 2 else works[::-1]))
    assert TrackingEvent.objects.get().shipment == Shipment.objects.get()
    assert trade.state() == "delivered"


def test_at_the_end_of_the_protection_the_seller_is_paid_once(trade: Trade, all_at_once: AllAtOnce) -> None:
    parcel = trade.ship()
    ends = Clock.objects.get(kind="protection").due_at
    late = ends + timedelta(hours=1)
    outcomes = all_at_once(
        lambda: apply_due(now=late),
        lambda: apply_due(now=late),
        lambda: accept(trade.order, by=trade.buyer, now=late),
        lambda: confirm(trade.order, by=trade.buyer, now=late),
        lambda: take_in([Scan("", parcel.tracking_number, trade.now + DAY, "delivered")], now=late),
    )
    apply_due(now=late)
    assert all(isinstance(outcome, Refusal) for outcome in outcomes[2:4])
    order = Order.objects.get()
    assert (order.state, order.completed_at) == ("completed", ends)
    assert -balance_cents(f"seller:{order.seller_id}") == 346_750
    assert discrepancies() == []
