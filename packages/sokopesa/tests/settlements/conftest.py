"""Shops that have earned something, people of finance, and a float to pay from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff
from sokopesa.settlements import payees
from sokopesa.settlements.models import Payee


class Till:
    """``now`` is a Monday morning in Nairobi. Amounts are in cents."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self._numbers: Iterator[int] = itertools.count(1)
        self.maker, self.checker = self.finance(), self.finance()

    def finance(self) -> User:
        return add_staff(phone=f"2547113{next(self._numbers):05d}", role=Role.FINANCE)

    def shop(self, *, earned: int = 0, paid_at: str | None = "254711400001") -> Seller:
        """A shop with one member; ``paid_at`` is a phone, or where it is paid is not known."""
        n = next(self._numbers)
        shop = Seller.objects.create(name=f"Shop {n:04d}", slug=f"shop-{n}", town="Nakuru", joined_on=self.now.date())
        add_member(seller=shop, phone=f"2547114{n:05d}")
        if paid_at:
            self.payee(shop, number=paid_at)
        if earned:
            self.earn(shop, earned)
        return shop

    def member(self, shop: Seller) -> User:
        return User.objects.filter(memberships__seller=shop).order_by("pk")[0]

    def payee(self, shop: Seller, *, kind: str = "phone", number: str = "254711400001", reference: str = "") -> Payee:
        asked = payees.ask(
            seller=shop,
            kind=Payee.Kind(kind),
            number=number,
            reference=reference,
            by=self.member(shop),
            now=self.now,
        )
        return payees.approve(asked.pk, by=self.checker, now=self.now)

    def earn(self, shop: Seller, cents: int) -> None:
        """An order is completed; below nought, money is given back after completion."""
        n = next(self._numbers)
        arrived, escrow = accounts.mpesa(CONFIGURATION.mpesa_shortcode), accounts.seller(shop.pk)
        legs = (
            (debit(arrived, cents), credit(escrow, cents))
            if cents > 0
            else (
                debit(escrow, -cents),
                credit(arrived, -cents),
            )
        )
        book([Draft(key=f"earned:{n}", kind="order-completed", happened_at=self.now, legs=legs, memo=f"Order {n}")])

    def fill(self, cents: int, account: str = accounts.b2c(CONFIGURATION.mpesa_b2c_shortcode)) -> None:
        """The float is filled from the bank."""
        n = next(self._numbers)
        legs = (debit(account, cents), credit(accounts.BANK, cents))
        book([Draft(key=f"float:{n}", kind="float", happened_at=self.now, legs=legs)])


@pytest.fixture
def till(db: None) -> Till:
    return Till()


@pytest.fixture
def till_committing(committing: None) -> Any:
    return Till()
