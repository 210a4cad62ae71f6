"""Asking for e-mails to be sent. They stand in an outbox of their own; `sokopesa.notices.delivery` carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

CHANNEL = "letters"
"""PostgreSQL channel on which delivery hears that there is an e-mail to send; the database function rings it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An e-mail for one address that its owner has confirmed. The same ``key`` is sent once."""

    to: str
    subject: str
    text: str
    kind: str
    key: str


def post_all(envelopes: Sequence[Envelope], *, urgent: bool = False) -> None:
    """Ask for the e-mails, all or none, in the caller's transaction; known keys are passed over.

    Raises:
        django.db.DataError: a text is longer than 4,000 characters, a subject than 120, or a key than 96.
        django.db.IntegrityError: a text or subject is empty, or ``to`` is not one address.
    """
    if not envelopes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT notices_post(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s)",
            [
                [envelope.key for envelope in envelopes],
                [envelope.kind for envelope in envelopes],
                [envelope.to for envelope in envelopes],
                [envelope.subject for envelope in envelopes],
                [envelope.text for envelope in envelopes],
                urgent,
            ],
        )
