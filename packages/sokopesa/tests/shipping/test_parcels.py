"""Shipping whole and in parts: what may go, what is checked, and whose deadline runs afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.notices.models import Notice
from sokopesa.orders.changing import locked
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.pieces import follow
from sokopesa.shipping.errors import ParcelRefused
from sokopesa.shipping.models import Shipment, ShipmentLine, TrackingEvent

pytestmark = pytest.mark.django_db
Trade = Any

THURSDAY_ENDS = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
"""Midnight in Nairobi."""


def test_paying_starts_the_sellers_deadline(trade: Trade) -> None:
    assert trade.due() == {"ship": THURSDAY_ENDS}


def test_shipping_all_ends_it_and_starts_those_of_courier_and_buyer(trade: Trade) -> None:
    parcel = trade.ship(after=timedelta(hours=3))
    assert trade.state() == "shipped"
    assert trade.order.shipped_at == trade.now + timedelta(hours=3)
    assert trade.due() == {"deliver": THURSDAY_ENDS, "protection": THURSDAY_ENDS + timedelta(days=15)}
    assert (parcel.carrier, parcel.shipped_by) == ("DHL Express", trade.seller)
    assert trade.line.open_quantity == 0
    event = trade.order.events.last()
    assert event.by == "seller"
    assert event.text == f"The seller shipped everything by DHL Express, {parcel.tracking_number}."
    sms = Notice.objects.get(to=trade.buyer.phone, kind="order-shipped")
    assert sms.text.endswith(f"by DHL Express, tracking no. {parcel.tracking_number}. Expect it by 26 Nov.")


def test_shipping_some_keeps_the_deadline_for_the_rest(trade: Trade) -> None:
    trade.ship(1)
    assert (trade.state(), trade.due()) == ("partly_shipped", {"ship": THURSDAY_ENDS})
    trade.ship(2)
    assert trade.state() == "shipped"
    assert "ship" not in trade.due()
    assert [row.quantity for row in ShipmentLine.objects.order_by("id")] == [1, 2]


def test_the_same_form_sent_twice_is_one_parcel(trade: Trade) -> None:
    first = trade.ship(1, key="form-1", number="3000000007")
    assert trade.ship(1, key="form-1", number="3000000007") == first
    assert Shipment.objects.count() == 1
    assert trade.line.open_quantity == 2


@pytest.mark.parametrize(
    ("pieces", "words"), [(4, "only 3 are left to ship"), (0, "Choose at least one piece"), (-1, "only 3 are left")]
)
def test_only_what_is_there_can_go(trade: Trade, pieces: int, words: str) -> None:
    with pytest.raises(ParcelRefused, match=words):
        trade.ship(pieces)
    assert not Shipment.objects.exists()


def test_what_is_shipped_is_not_shipped_again(trade: Trade) -> None:
    trade.ship()
    with pytest.raises(NotNow, match="was shipped already"):
        trade.ship(number="3000000001")


@pytest.mark.parametrize(
    ("carrier", "number", "field", "words"),
    [
        ("", "1234567890", "carrier", "Name the courier"),
        ("DHL", "", "tracking_number", "Enter the tracking number"),
        ("dhl express", "12345", "tracking_number", "those have ten digits"),
        ("Posta", "RR123456784KE", "tracking_number", "has a slip"),
        ("Fargo Courier", "0712 345 678", "tracking_number", "That is a phone number"),
        ("Fargo Courier", "ABC", "tracking_number", "5 to 40"),
        ("Fargo Courier", "PACKAGE", "tracking_number", "does not look like"),
        ("Fargo Courier", "11111111", "tracking_number", "does not look like"),
        ("Fargo Courier", "FC<b>123", "tracking_number", "only letters and digits"),
        ("x" * 41, "AB12345", "carrier", "Shorten"),
    ],
)
def test_a_tracked_order_needs_a_label_that_can_be_right(
    trade: Trade, carrier: str, number: str, field: str, words: str
) -> None:
    with pytest.raises(ParcelRefused, match=words) as refused:
        trade.ship(carrier=carrier, tracking_number=number)
    assert refused.value.field == field
    assert trade.state() == "awaiting_shipment"


@pytest.mark.parametrize(
    ("carrier", "number", "stored"),
    [
        ("posta", "rr 123 456 785 ke", ("Posta Kenya", "RR123456785KE")),
        ("DHL Kenya", "１２３４-567890", ("DHL Express", "1234567890")),
        (" Fargo  Courier ", "fc-00123/4", ("Fargo Courier", "FC001234")),
    ],
)
def test_labels_are_stored_tidied(trade: Trade, carrier: str, number: str, stored: tuple[str, str]) -> None:
    parcel = trade.ship(carrier=carrier, tracking_number=number)
    assert (parcel.carrier, parcel.tracking_number) == stored


def test_without_tracking_courier_and_number_may_stay_empty(trade: Trade) -> None:
    trade.order, trade.seller = trade.paid(is_tracked=False)
    parcel = trade.ship(carrier="", tracking_number="")
    assert str(parcel) == f"parcel {parcel.pk}"
    assert trade.state() == "shipped"


def test_a_number_is_one_parcels(trade: Trade) -> None:
    trade.ship(1, number="3000000001")
    with pytest.raises(ParcelRefused, match=f"registered already for order {trade.order.number}"):
        trade.ship(1, number="3000000001")
    trade.order, trade.seller = trade.paid()
    with pytest.raises(ParcelRefused, match="registered already for another order"):
        trade.ship(number="3000000001")


def test_after_the_deadline_it_is_too_late_even_if_nobody_carried_it_out(trade: Trade) -> None:
    with pytest.raises(TooLate, match="ended on Fri 27 Nov at 00:00"):
        trade.ship(after=timedelta(days=5))
    assert trade.state() == "awaiting_shipment"


def test_goods_of_another_order_cannot_go_in_this_ones_parcel(trade: Trade) -> None:
    other, _ = trade.paid()
    with pytest.raises(ParcelRefused, match="not part of this order"):
        trade.ship(quantities={other.lines.get().pk: 1})
    parcel = trade.ship(1)
    with pytest.raises(IntegrityError, match="another order"), transaction.atomic():
        ShipmentLine.objects.create(shipment=parcel, line=other.lines.get(), quantity=1)
    another = Shipment.objects.create(order=trade.order, shipped_at=trade.now, shipped_by=trade.seller, key="x")
    with pytest.raises(IntegrityError, match="its parcels say"), transaction.atomic():
        ShipmentLine.objects.create(shipment=another, line=trade.line, quantity=1)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shipping_shipment SET tracking_number = 'X12345'",
        "UPDATE shipping_shipment SET delivered_at = now() + interval '1 day'",
        "UPDATE shipping_shipmentline SET quantity = 1",
        "UPDATE shipping_trackingevent SET kind = 'lost'",
        "UPDATE shipping_trackingevent SET shipment_id = NULL",
        "DELETE FROM shipping_trackingevent",
        "DELETE FROM shipping_shipmentline",
        "TRUNCATE shipping_shipment CASCADE",
    ],
)
def test_the_database_refuses_to_change_what_left_and_what_was_scanned(trade: Trade, change: str) -> None:
    trade.scan(trade.ship(), "delivered", trade.now + timedelta(days=1))
    assert TrackingEvent.objects.count() == 1
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="is not changed or deleted"), transaction.atomic():
        connection.cursor().execute(change)


def test_when_the_rest_is_cancelled_the_order_is_shipped(trade: Trade) -> None:
    trade.ship(1, after=timedelta(hours=1))
    trade.order.lines.update(cancelled_quantity=2)
    follow(locked(trade.order.pk), at=THURSDAY_ENDS)
    assert trade.state() == "shipped"
    assert trade.order.shipped_at == THURSDAY_ENDS
    assert trade.due() == {"protection": THURSDAY_ENDS + timedelta(days=15)}
