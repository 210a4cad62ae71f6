"""Orders that are paid for, with the verbs of both sides at hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sokopesa.orders import checkout as steps
from sokopesa.orders.models import Clock, Order, OrderLine
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.shipping import parcels
from sokopesa.shipping.models import Shipment
from sokopesa.shipping.tracking import Scan, TakenIn, take_in

Market = Any


class Trade:
    """A paid order of three kettles (KES 3,600 and KES 50 shipping), its buyer and somebody who acts for its shop.

    It is paid on Monday 23 November 2026 at 12:00 in Nairobi; three business days to ship, so until the end of
    Thursday; promised for Thursday as well.
    """

    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    _numbers = itertools.count(1)

    def __init__(self, market: Market) -> None:
        self.market = market
        self.buyer: User = market.buyer()
        self.order, self.seller = self.paid(self.buyer)

    def paid(self, buyer: User | None = None, *, quantity: int = 3, is_tracked: bool = True) -> tuple[Order, User]:
        """A further order, and its seller's person."""
        buyer, number = buyer or self.market.buyer(), next(self._numbers)
        checkout = self.market.checkout(buyer=buyer, offer=self.market.offer(stock=50), quantity=quantity)
        total = 120_000 * quantity + 5_000
        purchase = steps.place(checkout_id=checkout.pk, agreed_total_cents=total, now=self.now)
        self.market.pay(purchase)
        order = purchase.orders.get()
        order.is_tracked = is_tracked
        order.promised_from, order.promised_until = date(2026, 11, 25), date(2026, 11, 26)
        order.save(update_fields=["is_tracked", "promised_from", "promised_until"])
        return order, add_member(seller=order.seller, phone=f"2547220{number:05d}")

    @property
    def line(self) -> OrderLine:
        return self.order.lines.get()

    def ship(
        self, pieces: int | None = None, *, number: str = "", after: timedelta = timedelta(), **other: Any
    ) -> Shipment:
        """So many pieces, or all that are left; a new DHL number each time."""
        facts: dict[str, Any] = {
            "quantities": None if pieces is None else {self.line.pk: pieces},
            "carrier": "DHL",
            "tracking_number": number or f"{3_000_000_000 + next(self._numbers)}",
        }
        return parcels.ship(self.order, by=self.seller, now=self.now + after, **facts | other)

    def scan(
        self, parcel: Shipment, kind: str, at: datetime, *, place: str = "Nairobi", learned: datetime | None = None
    ) -> TakenIn:
        """The courier's word about the parcel; we learn of it at once unless told otherwise."""
        said = Scan(parcel.carrier, parcel.tracking_number, at, kind, place)
        return take_in([said], now=learned or at)

    def state(self) -> str:
        self.order.refresh_from_db()
        return str(self.order.state)

    def due(self) -> dict[str, datetime]:
        """The running deadlines of the order."""
        return dict(Clock.objects.filter(order=self.order).values_list("kind", "due_at"))

    def timeline(self) -> list[tuple[str, datetime]]:
        return list(self.order.events.values_list("kind", "at"))


@pytest.fixture
def trade(db: None, market: Market) -> Trade:
    return Trade(market)


@pytest.fixture
def make_trade(market: Market) -> Callable[[], Trade]:
    """For tests that open the database in their own way."""
    return lambda: Trade(market)
