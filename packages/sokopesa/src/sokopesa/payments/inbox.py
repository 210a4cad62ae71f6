"""Keeping what came through the callback door. Nothing is acknowledged to M-PESA before `store` has committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from psycopg import AsyncConnection

CHANNEL = "inbox"
PAYOUTS = "payouts"
"""PostgreSQL channels on which settlement hears that there is something to settle: payments, or results of payouts."""


class Arrival(NamedTuple):
    """One request to the door, as it came. ``token_digest`` is the SHA-256 of the secret in its address, ``headers`` a
    JSON object."""

    kind: str
    token_digest: bytes
    source: str | None
    trusted: bool
    headers: str
    body: bytes

    @property
    def channel(self) -> str:
        """Where those listen who settle it."""
        return PAYOUTS if self.kind == "payout" else CHANNEL


async def store(connection: AsyncConnection[object], arrivals: Sequence[Arrival]) -> None:
    """Keep the arrivals, all or none; durable when this returns on an autocommit connection. Then `ring`."""
    await connection.execute(
        """
        INSERT INTO payments_inboxmessage (kind, token_digest, source, trusted, headers, body, verdict, remark)
        SELECT kind, token_digest, source::inet, trusted, headers::jsonb, body, '', ''
        FROM unnest(%b::text[], %b::bytea[], %b::text[], %b::bool[], %b::text[], %b::bytea[])
            AS arrival(kind, token_digest, source, trusted, headers, body)
        """,
        [
            [arrival.kind for arrival in arrivals],
            [arrival.token_digest for arrival in arrivals],
            [arrival.source for arrival in arrivals],
            [arrival.trusted for arrival in arrivals],
            [arrival.headers for arrival in arrivals],
            [arrival.body for arrival in arrivals],
        ],
    )


async def ring(connection: AsyncConnection[object], channels: Iterable[str]) -> None:
    """Wake those who settle what is kept. Who is not woken looks by himself within a second.

    Transactions that ring commit one after another, all of PostgreSQL over. So keeping and ringing are two.
    """
    await connection.execute("SELECT pg_notify(channel, '') FROM unnest(%s::text[]) AS channel", [[*channels]])
