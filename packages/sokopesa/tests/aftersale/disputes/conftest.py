"""Orders that were paid and shipped, about which there is something to say."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from any_life.evidence import ready_file

from sokopesa.aftersale.disputes import answering
from sokopesa.aftersale.disputes.claims import Claim
from sokopesa.aftersale.disputes.models import Dispute, Plan, Side
from sokopesa.aftersale.disputes.opening import open_dispute
from sokopesa.orders import clocks
from sokopesa.orders.models import Clock, Order, OrderLine, Purchase
from sokopesa.orders.numbers import new_number, reference
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff

PAID_AT = datetime(2026, 11, 2, 6, 0, tzinfo=clocks.EAT)
PROMISED = date(2026, 11, 20)
DELIVERED_AT = datetime(2026, 11, 18, 15, 30, tzinfo=clocks.EAT)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=clocks.EAT)
"""A Monday at noon in Nairobi, three days after the promised one."""

_codes = itertools.count(1)


@dataclass
class Counter:
    """A shop with a member, a buyer, mediators; and orders between them as they stand after shipping."""

    market: Any
    now: datetime = NOW
    buyer: User = field(init=False)
    seller: User = field(init=False)
    mediators: list[User] = field(init=False)

    def __post_init__(self) -> None:
        n = next(_codes)
        self.offer = self.market.offer()
        self.buyer = self.market.buyer()
        self.seller = add_member(seller=self.offer.seller, phone=f"2547220{n:05d}", name="Shop keeper")
        self.mediators = [
            add_staff(phone=f"25473{m}0{n:05d}", role=Role.MEDIATOR, name=f"Mediator {m}") for m in range(3)
        ]

    def order(
        self,
        *,
        state: str = "delivered",
        lines: Sequence[tuple[int, int]] = ((120_000, 1),),
        shipping_cents: int = 5_000,
        shipped: bool = True,
    ) -> Order:
        """Paid on 2 November, promised until the 20th. ``lines`` are prices and quantities."""
        goods = sum(price * quantity for price, quantity in lines)
        amounts = {"goods_cents": goods, "shipping_cents": shipping_cents, "total_cents": goods + shipping_cents}
        number = new_number()
        purchase = Purchase.objects.create(
            number=number, reference=reference(number), buyer=self.buyer, placed_at=PAID_AT, **amounts
        )
        order = Order.objects.create(
            purchase=purchase,
            number=f"{number}-1",
            seller=self.offer.seller,
            deliver_to=["Asha Test", "Moi Avenue"],
            deliver_phone=self.buyer.phone,
            promised_from=PROMISED - timedelta(days=4),
            promised_until=PROMISED,
            **amounts,
        )
        for price, quantity in lines:
            OrderLine.objects.create(
                order=order,
                offer=self.offer,
                quantity=quantity,
                unit_cents=price,
                total_cents=price * quantity,
                snapshot={
                    "title": "Steel kettle",
                    "picture": "storefront/logo.svg",
                    "description": "Boils water.",
                    "details": [["Volume", "2 l"]],
                    "ships_from": "Nairobi",
                    "is_import": False,
                    "rate": None,
                },
                shipped_quantity=0,
            )
        self.pay(purchase)
        if shipped:
            self.ship(order, state)
        order.refresh_from_db()
        return order

    def pay(self, purchase: Purchase) -> None:
        payment = Payment(
            receipt=f"UKX{next(_codes):07d}",
            amount_cents=purchase.total_cents,
            paid_at=PAID_AT,
            learned_from="confirmation",
            purchase_id=purchase.pk,
            msisdn=self.buyer.phone,
        )
        credit_payments([payment], now=PAID_AT)

    def ship(self, order: Order, state: str = "delivered") -> None:
        """Shipped by hand as yet, with the protection that the order has then."""
        for line in order.lines.all():
            OrderLine.objects.filter(pk=line.pk).update(shipped_quantity=line.quantity)
        shipped_at = PAID_AT + timedelta(days=2)
        Order.objects.filter(pk=order.pk).update(state="shipped", shipped_at=shipped_at)
        begins = clocks.end_of(PROMISED)
        if state == "delivered":
            Order.objects.filter(pk=order.pk).update(state="delivered", delivered_at=DELIVERED_AT)
            begins = DELIVERED_AT
        clocks.start(order, Clock.Kind.PROTECTION, due_at=begins + clocks.PROTECTION)

    def claim(self, **other: Any) -> Claim:
        facts: dict[str, Any] = {
            "kind": "refund_only",
            "reason": "damaged",
            "amount_cents": 60_000,
            "details": "The lid is broken. Kifuniko kimevunjika 😞",
        } | other
        if "evidence" not in facts:
            facts["evidence"] = self.files(self.buyer)
        return Claim(**facts)

    def files(self, owner: User, count: int = 1) -> list[uuid.UUID]:
        return [ready_file(owner, at=NOW) for _ in range(count)]

    def open(self, order: Order | None = None, *, now: datetime | None = None, **claim: Any) -> Dispute:
        order = order or self.order()
        line = order.lines.order_by("id").first()
        return open_dispute(line.pk, self.claim(**claim), key=uuid.uuid4(), by=self.buyer, now=now or self.now)

    def refuse(self, dispute: Dispute, *, now: datetime | None = None) -> None:
        """The seller refuses, with evidence."""
        evidence = self.files(self.seller)
        answering.refuse(dispute.pk, words="It left us whole.", evidence=evidence, by=self.seller, now=now or self.now)

    def plan_of(self, dispute: Dispute, side: Side) -> Plan:
        return Plan.objects.filter(dispute=dispute, side=side).latest("id")


@pytest.fixture
def make_counter(market: Any) -> Any:
    """For tests that open the database in their own way."""
    return lambda: Counter(market)


@pytest.fixture
def counter(db: None, market: Any) -> Counter:
    return Counter(market)
