"""Staff before the desk, and what lies on it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from second_factor import fresh_factor

import daraja
from sokopesa.kernel import clock
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff


class Bench:
    """Puts things on the desk, as of now: pages reckon ages by the real clock."""

    def __init__(self, market: Any) -> None:
        self.market = market
        self.now: datetime = clock.now()
        self._numbers: Iterator[int] = itertools.count(1)

    def member(self, role: str = "finance") -> User:
        n = next(self._numbers)
        return add_staff(phone=f"2547112{n:05d}", role=Role(role), name=f"{role.title()} {n}")

    def purchase(self, **more: Any) -> Purchase:
        """Placed half an hour ago."""
        purchase: Purchase = self.market.purchase(**more)
        Purchase.objects.filter(pk=purchase.pk).update(placed_at=self.now - timedelta(minutes=30))
        purchase.refresh_from_db()
        return purchase

    def payment(self, account: str, *, cents: int = 125_000, minutes_ago: int = 5, msisdn: str = "") -> Receipt:
        """Money without a home."""
        code = f"UKD{next(self._numbers):07d}"
        at = self.now - timedelta(minutes=minutes_ago)
        payment = Payment(code, cents, at, "confirmation", msisdn=msisdn or "254722123456", account=account)
        credit_payments([payment], now=at)
        return Receipt.objects.get(code=code)

    def prompt(self, state: str = "sent", *, seconds_ago: int = 30, **more: Any) -> Prompt:
        purchase = self.purchase()
        at = self.now - timedelta(seconds=seconds_ago)
        facts = {"next_ask_at": self.now, "checkout_request_id": f"ws_CO_{purchase.number}"} | more
        return Prompt.objects.create(
            purchase=purchase,
            attempt=1,
            msisdn=purchase.buyer.phone,
            amount_cents=purchase.total_cents,
            state=state,
            token_digest=daraja.token_digest(daraja.callback_token()),
            requested_at=at,
            sent_at=at,
            **facts,
        )

    def message(
        self, body: object = None, *, verdict: str = "paid", minutes_ago: float = 3, **more: Any
    ) -> InboxMessage:
        facts = {"trusted": True, "source": "196.201.214.200", "headers": {"user-agent": "Jersey/2.5.1"}, "remark": ""}
        return InboxMessage.objects.create(
            kind="stk",
            token_digest=b"x" * 32,
            body=body if isinstance(body, bytes) else json.dumps(body or {}).encode(),
            received_at=self.now - timedelta(minutes=minutes_ago),
            settled_at=self.now if verdict else None,
            verdict=verdict,
            **facts | more,
        )


@pytest.fixture
def bench(db: None, market: Any) -> Bench:
    return Bench(market)


SignedIn = Callable[[User], Client]


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser of somebody's own, who gave their second factor a moment ago if they work here."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return fresh_factor(client) if user.is_staff else client

    return sign_in


@pytest.fixture
def finance(bench: Bench, signed_in: SignedIn) -> Client:
    return signed_in(bench.member())


@pytest.fixture
def support(bench: Bench, signed_in: SignedIn) -> Client:
    return signed_in(bench.member("support"))
