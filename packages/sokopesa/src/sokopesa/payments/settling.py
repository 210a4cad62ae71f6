"""Settling what waits in the inbox together, and each message alone where one of them keeps the others from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from sokopesa.notices.actions import alert_operator
from sokopesa.payments.models import InboxMessage

log = structlog.get_logger(__name__)

Settle = Callable[[datetime, int, int | None], int]
"""Settles up to so many waiting messages, or with an id that one alone, in one transaction; how many there were."""


def settle_apart(settle: Settle, waiting: QuerySet[InboxMessage], *, now: datetime, limit: int) -> int:
    """Settle up to ``limit`` of the ``waiting`` messages and return how many there were.

    They share one transaction. If that fails by a fault of ours, each is settled alone, and a message that nothing was
    prepared for is set aside for an operator, so that it holds up no other. Where the database is away, or asks to
    begin again, nothing is set aside.
    """
    try:
        return settle(now, limit, None)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("settling_one_by_one")
        ids = waiting.filter(settled_at=None).order_by("id").values_list("id", flat=True)[:limit]
        return sum(_settle_or_set_aside(settle, message_id, now) for message_id in ids)


def _settle_or_set_aside(settle: Settle, message_id: int, now: datetime) -> int:
    try:
        return settle(now, 1, message_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("message_set_aside", message=message_id)
        with transaction.atomic():
            alone = InboxMessage.objects.filter(pk=message_id, settled_at=None)
            alone.update(settled_at=now, verdict=InboxMessage.Verdict.SET_ASIDE, remark=repr(error)[:200])
            alert_operator(
                text=f"M-PESA sent message {message_id}, which we could not settle. It is kept; please look at it.",
                key=f"set-aside-{message_id}",
            )
        return 1
