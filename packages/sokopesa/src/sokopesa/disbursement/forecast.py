"""What the account that pays will be asked for next, beside what stands in files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from sokopesa.disbursement.models import InstantRule
from sokopesa.refunds.models import Refund


@dataclass(frozen=True, slots=True)
class Need:
    """How many refunds, and cents."""

    count: int
    cents: int


def instant_need(*, now: datetime) -> Need:
    """Refunds that rules in force will let leave at once, as soon as their payments are confirmed and the rules' daily
    limits allow. Two queries."""
    covered = Q(pk__in=[])
    for rule in InstantRule.objects.filter(state=InstantRule.State.APPROVED, valid_from__lte=now):
        covered |= Q(cause=rule.cause, amount_cents__lte=rule.up_to_cents)
    ready = Refund.objects.filter(covered, state__in=(Refund.State.OWED, Refund.State.RECONCILED), waits_for="")
    found = ready.aggregate(count=Count("pk"), cents=Sum(F("amount_cents") + F("topped_up_cents")))
    return Need(found["count"], found["cents"] or 0)
