"""Sending notices."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from procrastinate.types import JSONDict

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.errors import NotDelivered
from sokopesa.notices.models import Notice
from sokopesa.notices.providers import provider

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A text for one phone (``to`` is an MSISDN). The same ``key`` is sent once, however often it is asked for."""

    to: str
    text: str
    kind: str
    key: str


def send(*, to: str, text: str, kind: str, key: str) -> None:
    """Store one notice and defer its delivery, both in the caller's transaction."""
    send_all([Message(to, text, kind, key)])


@transaction.atomic
def send_all(messages: Sequence[Message]) -> None:
    """Store the notices and defer their delivery, all in the caller's transaction; known keys are passed over."""
    from sokopesa.notices.jobs import deliver_notice

    wanted = [Notice(key=m.key, kind=m.kind, to=m.to, text=m.text) for m in messages]
    keys = [notice.key for notice in wanted]
    known = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
    Notice.objects.bulk_create([notice for notice in wanted if notice.key not in known], ignore_conflicts=True)
    fresh = Notice.objects.filter(key__in=set(keys) - known).values_list("id", flat=True)
    if fresh:
        jobs: list[JSONDict] = [{"notice_id": notice_id} for notice_id in fresh]
        deliver_notice.batch_defer(*jobs)


def alert_operator(*, text: str, key: str) -> None:
    """Tell the operator of a fault that only a person with access to the M-PESA account can mend.

    It never fails: what it tells of must be recorded even where telling is impossible.
    """
    log.error("operator_needed", text=text, key=key)
    if not CONFIGURATION.operator_phone:
        return
    with suppress(DatabaseError), transaction.atomic():
        send(to=CONFIGURATION.operator_phone, text=text, kind="operator", key=f"operator:{key}")


def deliver(*, notice_id: int, now: datetime) -> None:
    """Hand one notice to the provider. No transaction is open while we talk to it.

    Raises:
        NotDelivered: the provider did not take it; the job tries again later.
    """
    notice = Notice.objects.get(id=notice_id)
    if notice.sent_at is not None:
        return
    try:
        provider().send(to=notice.to, text=notice.text)
    except NotDelivered as error:
        Notice.objects.filter(id=notice_id).update(attempts=F("attempts") + 1, last_error=str(error)[:200])
        raise
    Notice.objects.filter(id=notice_id).update(attempts=F("attempts") + 1, sent_at=now, last_error="")
