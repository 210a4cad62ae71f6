"""Money that lies in the ledger account *unmatched*: payments that nobody could place yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Subquery

from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.ledger.queries import balance_cents
from sokopesa.payments.models import Receipt, Release
from sokopesa.refunds.models import Refund


def unmatched() -> QuerySet[Receipt]:
    """Receipts whose money lies in *unmatched*: they have no purchase, and nothing of them is owed back to anybody."""
    owed_back = Refund.objects.filter(receipt=OuterRef("code"))
    return Receipt.objects.filter(~Exists(owed_back), purchase=None)


def with_standing(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """The receipts, each with ``standing``: the id of a release that waits for a second person, or None."""
    waiting = Release.objects.filter(receipt=OuterRef("pk"), state=Release.State.PROPOSED)
    return receipts.annotate(standing=Subquery(waiting.values("pk")[:1]))


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What lies there: the account's balance, how many receipts, and when the oldest of them was paid."""

    cents: int
    count: int
    oldest: datetime | None


def unmatched_total() -> Unmatched:
    """All of it. The sum is the ledger's, so it is right also where a receipt is not what it should be."""
    found = unmatched().aggregate(count=Count("code"), oldest=Min("paid_at"))
    return Unmatched(cents=-balance_cents(UNMATCHED), count=found["count"], oldest=found["oldest"])
