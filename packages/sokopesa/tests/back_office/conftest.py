"""Staff before the desk, and what lies on it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from second_factor import fresh_factor

import daraja
from sokopesa.disbursement import batching, filing
from sokopesa.disbursement.models import Batch, RefundFile
from sokopesa.kernel import clock
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund


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


class Vault(Bench):
    """And puts refunds on their way out of the market."""

    def refund(self, cents: int = 125_000, *, days_ago: int = 7, **more: Any) -> Refund:
        """Owed since so many days, and confirmed by M-PESA's statement at once."""
        refund = self.owed(cents, days_ago=days_ago, **more)
        moving.reconcile({refund.receipt: "statement"}, now=refund.owed_at)
        refund.refresh_from_db()
        return refund

    def owed(self, cents: int = 125_000, *, days_ago: int = 7, purchase: Purchase | None = None) -> Refund:
        """Out of a payment that came for nothing, or once more for a purchase."""
        number, at = next(self._numbers), self.now - timedelta(days=days_ago)
        receipt = f"UKF{number:07d}"
        legs = (debit(accounts.mpesa("174379"), cents), credit(accounts.UNMATCHED, cents))
        book([Draft(key=f"receipt:{receipt}", kind="unmatched-payment", happened_at=at, legs=legs)])
        debt = Debt(
            key=f"surplus:{receipt}",
            cause=Refund.Cause.FURTHER_PAYMENT if purchase else Refund.Cause.UNKNOWN_ACCOUNT,
            purchase_id=purchase.pk if purchase else None,
            receipt=receipt,
            amount_cents=cents,
            received_cents=cents,
            msisdn=purchase.buyer.phone if purchase else f"2547{20_000_000 + number}",
            from_account=accounts.UNMATCHED,
            happened_at=at,
        )
        return owe([debt], now=at)[0]

    def fill(self, cents: int = 1_000_000_000) -> None:
        """The account that pays is filled from the bank."""
        legs = (debit(accounts.b2c("614251"), cents), credit(accounts.BANK, cents))
        book([Draft(key=f"float:{next(self._numbers)}", kind="float", happened_at=self.now, legs=legs)])

    def filed(self, *cents: int) -> list[RefundFile]:
        """Refunds in files that those who pay have; another call's come into later files."""
        for each in cents:
            self.refund(each)
        last = RefundFile.objects.order_by("-number").first()
        files = filing.close_due(now=max(self.now, last.cut_off_at + timedelta(days=5)) if last else self.now)
        for file in files:
            file.state, file.answered_at = RefundFile.State.ACKNOWLEDGED, file.closed_at
            file.save(update_fields=["state", "answered_at"])
        return files

    def prepared(self, *cents: int, via: str = "api", filled: int = 1_000_000_000) -> Batch:
        """A disbursement of these that waits for its second person."""
        self.filed(*cents)
        self.fill(filled)
        return batching.prepare(maker=self.member(), now=self.now, via=Batch.Via(via))


@pytest.fixture
def vault(db: None, market: Any) -> Vault:
    return Vault(market)


@pytest.fixture
def count_queries() -> Callable[[Client, str], int]:
    """How many a page takes, once it has been looked at before."""

    def count(client: Client, address: str) -> int:
        assert client.get(address).status_code == 200
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address).status_code == 200
        return len(ran)

    return count


@pytest.fixture
def bench(vault: Vault) -> Bench:
    return vault


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
