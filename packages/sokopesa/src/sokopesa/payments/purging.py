"""Strangers' messages are not kept for ever: whoever finds the door could fill the disk."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sokopesa.payments.models import InboxMessage

KEPT_FOR = timedelta(days=90)
"""Long enough to look into an attempt at fraud."""

WORTHLESS = (InboxMessage.Verdict.STRANGER, InboxMessage.Verdict.UNTRUSTED, InboxMessage.Verdict.UNREADABLE)
"""Verdicts on messages that nothing was concluded from."""

AT_ONCE = 1_000


@transaction.atomic
def purge_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Delete up to ``limit`` messages that came to nothing and are older than `KEPT_FOR`; how many there were.

    What reached a prompt's own address stays, whatever it said, and so does everything that a receipt came from, that
    was doubted or that is not settled yet.
    """
    due = InboxMessage.objects.filter(verdict__in=WORTHLESS, prompt=None, received_at__lt=now - KEPT_FOR)
    ids = due.select_for_update(skip_locked=True).order_by("received_at").values_list("id", flat=True)[:limit]
    deleted, _ = InboxMessage.objects.filter(id__in=list(ids)).delete()
    return deleted
