"""Questions to M-PESA are not kept for ever: what came of them stands in what they were about."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from sokopesa.payments.purging import AT_ONCE, KEPT_FOR
from sokopesa.payouts.concluding import IN_FLIGHT
from sokopesa.payouts.models import Question


@transaction.atomic
def purge_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Delete up to ``limit`` questions that were asked longer ago than `KEPT_FOR`; how many there were.

    One about a transfer that has not ended stays until M-PESA has answered it.
    """
    over = Q(answered_at__isnull=False) | Q(transfer=None) | ~Q(transfer__state__in=IN_FLIGHT)
    due = Question.objects.filter(over, asked_at__lt=now - KEPT_FOR).order_by("asked_at")
    ids = due.select_for_update(of=("self",), skip_locked=True).values_list("id", flat=True)[:limit]
    deleted, _ = Question.objects.filter(id__in=list(ids)).delete()
    return deleted
