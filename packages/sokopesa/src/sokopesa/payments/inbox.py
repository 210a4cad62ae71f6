"""Keeping what came through the callback door. Nothing is acknowledged to M-PESA before `store` has committed."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

CHANNEL = "inbox"
"""PostgreSQL channel on which settlement hears that there is something to settle."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request to the door, as it came. ``token_digest`` is the SHA-256 of the secret in its address."""

    token_digest: bytes
    source: str | None
    trusted: bool
    headers: dict[str, str]
    body: bytes


async def store(connection: AsyncConnection[object], arrival: Arrival) -> None:
    """Keep the arrival and wake settlement; durable when this returns on an autocommit connection."""
    await connection.execute(
        """
        WITH kept AS (
            INSERT INTO payments_inboxmessage (token_digest, source, trusted, headers, body, verdict, remark)
            VALUES (%s, %s, %s, %s, %s, '', '')
        )
        SELECT pg_notify(%s, '')
        """,
        [
            arrival.token_digest,
            arrival.source,
            arrival.trusted,
            Jsonb(arrival.headers),
            arrival.body,
            CHANNEL,
        ],
    )
