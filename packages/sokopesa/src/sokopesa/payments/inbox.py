"""Keeping what came through the callback door. Nothing is acknowledged to M-PESA before `store` has committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection

CHANNEL = "inbox"
"""PostgreSQL channel on which settlement hears that there is something to settle."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request to the door, as it came. ``token_digest`` is the SHA-256 of the secret in its address, ``headers`` a
    JSON object."""

    kind: str
    token_digest: bytes
    source: str | None
    trusted: bool
    headers: str
    body: bytes


async def store(connection: AsyncConnection[object], arrivals: Sequence[Arrival]) -> None:
    """Keep the arrivals, all or none, and wake settlement; durable when this returns on an autocommit connection."""
    await connection.execute(
        """
        WITH kept AS (
            INSERT INTO payments_inboxmessage (kind, token_digest, source, trusted, headers, body, verdict, remark)
            SELECT kind, token_digest, source::inet, trusted, headers::jsonb, body, '', ''
            FROM unnest(%b::text[], %b::bytea[], %b::text[], %b::bool[], %b::text[], %b::bytea[])
                AS arrival(kind, token_digest, source, trusted, headers, body)
        )
        SELECT pg_notify(%s, '')
        """,
        [
            [arrival.kind for arrival in arrivals],
            [arrival.token_digest for arrival in arrivals],
            [arrival.source for arrival in arrivals],
            [arrival.trusted for arrival in arrivals],
            [arrival.headers for arrival in arrivals],
            [arrival.body for arrival in arrivals],
            CHANNEL,
        ],
    )
