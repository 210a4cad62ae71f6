"""Money that has arrived and cannot stay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sokopesa.disbursement.models import Goodwill
from sokopesa.ledger.accounts import UNMATCHED, mpesa
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.orders.models import Purchase
from sokopesa.refunds.actions import Debt
from sokopesa.refunds.models import Refund

OF_ORDERS = (Refund.Cause.CANCELLED_ORDER, Refund.Cause.UNSHIPPED, Refund.Cause.DISPUTE)
"""Causes that give back the money of an order which had been paid for."""


class Surplus:
    """Receipts whose money lies in *unmatched*, and the debts that follow from them."""

    paid_at = datetime(2026, 11, 23, 8, 59, 30, tzinfo=UTC)

    def arrive(self, receipt: str, cents: int) -> None:
        """M-PESA's money comes onto the books and has no home."""
        legs = (debit(mpesa("174379"), cents), credit(UNMATCHED, cents))
        book([Draft(key=f"receipt:{receipt}", kind="unmatched-payment", happened_at=self.paid_at, legs=legs)])

    def debt(self, purchase: Purchase | None, receipt: str = "UKN1AAAAAA", cents: int = 125_000, **other: Any) -> Debt:
        """All that the receipt brought is owed back, unless ``other`` says something else."""
        facts: dict[str, Any] = {
            "key": f"surplus:{receipt}",
            "cause": Refund.Cause.FURTHER_PAYMENT if purchase else Refund.Cause.UNKNOWN_ACCOUNT,
            "purchase_id": purchase.pk if purchase else None,
            "order_id": purchase.orders.get().pk if purchase and other.get("cause") in OF_ORDERS else None,
            "receipt": receipt,
            "amount_cents": cents,
            "msisdn": "254712345678",
            "from_account": UNMATCHED,
            "happened_at": self.paid_at,
        }
        return Debt(**facts | other)

    def given(self, market: Any, purchase: Purchase, cents: int) -> str:
        """Two people agreed to give so much as goodwill; the key under which it is owed."""
        facts = {"purchase": purchase, "amount_cents": cents, "reason": "Late.", "proposed_at": self.paid_at}
        proposal = Goodwill.objects.create(maker=market.buyer(), **facts)
        of = Goodwill.objects.filter(pk=proposal.pk)
        of.update(state="approved", decider=market.buyer(), decided_at=self.paid_at)
        return f"goodwill:{proposal.pk}"


@pytest.fixture
def surplus() -> Surplus:
    return Surplus()
