"""Two people in finance, and money that one of them proposed to send back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from sokopesa.kernel import clock
from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.ledger.queries import balance_cents
from sokopesa.payments import releases
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Release
from sokopesa.people import factors
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff


class Desk:
    """A release that waits for its second person, whose time is ours to move."""

    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    _numbers = itertools.count(1)

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: datetime = clock.now().replace(microsecond=0)
        monkeypatch.setattr(clock, "now", lambda: self.now)
        n = next(self._numbers)
        maker = add_staff(phone=f"2547118{n:05d}", role=Role.FINANCE, name="Maker")
        self.second = add_staff(phone=f"2547119{n:05d}", role=Role.FINANCE, name="Second")
        payment = Payment(f"UKF{n:07d}", 125_000, self.now, "confirmation", msisdn="254722123456", account="RENT")
        credit_payments([payment], now=self.now)
        releases.propose(receipt=payment.receipt, purchase=None, reason="Rent.", maker=maker, now=self.now)
        self.release = Release.objects.get(receipt=payment.receipt)
        self.approve = f"/desk/decisions/{self.release.pk}/approve/"
        self.refuse = f"/desk/decisions/{self.release.pk}/refuse/"
        self._unmatched = balance_cents(UNMATCHED)

    def has_moved(self) -> bool:
        return balance_cents(UNMATCHED) != self._unmatched

    def state(self) -> str:
        self.release.refresh_from_db()
        return str(self.release.state)

    def browser(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.second)
        return client

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def enrol(self) -> None:
        """An hour ago, by whatever way."""
        factors.plant(user=self.second, secret=self.secret)

    def code(self) -> str:
        return factors.code_at(self.secret, self.now)


@pytest.fixture
def desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


@pytest.fixture
def text() -> Callable[[object], str]:
    return lambda response: " ".join(response.content.decode().split())  # type: ignore[attr-defined]
