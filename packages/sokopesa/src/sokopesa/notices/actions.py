"""Asking for notices to be sent. What is asked for stands in the outbox; `sokopesa.notices.delivery` carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection, transaction

from sokopesa.configuration import CONFIGURATION

log = structlog.get_logger(__name__)

CHANNEL = "notices"
"""PostgreSQL channel on which delivery hears that there is something to send; the database function rings it."""

OPERATOR = "operator"
"""The kind of notice that tells an operator of a fault."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text for one phone (``to`` is an MSISDN). The same ``key`` is sent once, however often it is asked for."""

    to: str
    text: str
    kind: str
    key: str


def send(*, to: str, text: str, kind: str, key: str, urgent: bool = False) -> None:
    """Ask for one notice, in the caller's transaction. ``urgent``: somebody waits at a screen for it."""
    send_all([Message(to, text, kind, key)], urgent=urgent)


def send_all(messages: Sequence[Message], *, urgent: bool = False) -> None:
    """Ask for the notices, all or none, in the caller's transaction; known keys are passed over.

    It is one call of the database function ``notices_send``, which other rooms' functions call by themselves.

    Raises:
        django.db.DataError: a text is longer than 320 characters, or a key than 96.
        django.db.IntegrityError: a text is empty, or ``to`` is no Kenyan MSISDN.
    """
    if not messages:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT notices_send(%s::text[], %s::text[], %s::text[], %s::text[], %s)",
            [
                [message.key for message in messages],
                [message.kind for message in messages],
                [message.to for message in messages],
                [message.text for message in messages],
                urgent,
            ],
        )


def alert_operator(*, text: str, key: str) -> None:
    """Tell the operator of a fault that only a person with access to the M-PESA account can mend.

    It never fails: what it tells of must be recorded even where telling is impossible.
    """
    log.error("operator_needed", text=text, key=key)
    if not CONFIGURATION.operator_phone:
        return
    with suppress(DatabaseError), transaction.atomic():
        send(to=CONFIGURATION.operator_phone, text=text, kind=OPERATOR, key=f"operator:{key}")
