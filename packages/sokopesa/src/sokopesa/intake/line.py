"""A line to the database that mends itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import psycopg

from sokopesa.payments.inbox import Arrival, ring, store

PATIENCE = 5.0
"""Seconds that an arrival may wait for the database before M-PESA is told to try again."""
PAUSE = 0.1
"""Seconds before a database that went away is tried again."""


class Line:
    """One connection to the database, opened when it is needed and anew when it was lost."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: psycopg.AsyncConnection[object] | None = None

    async def store(self, arrivals: Sequence[Arrival]) -> None:
        """Keep them, all or none.

        Raises:
            psycopg.Error: none is known to be kept.
            TimeoutError: so too, after `PATIENCE`.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE
        while True:
            try:
                async with asyncio.timeout_at(give_up_at):
                    await store(await self._open(), arrivals)
            except psycopg.OperationalError:
                # Perhaps it was kept all the same: then it is kept twice, which settlement sees and M-PESA may do too.
                await self.close()
                if loop.time() + PAUSE > give_up_at:
                    raise
                await asyncio.sleep(PAUSE)
            except TimeoutError:
                await self.close()
                raise
            else:
                return

    async def ring(self, channels: Iterable[str]) -> None:
        """Wake whoever settles.

        Raises:
            psycopg.Error: they were not woken.
            TimeoutError: so too, after `PATIENCE`.
        """
        async with asyncio.timeout(PATIENCE):
            await ring(await self._open(), channels)

    async def _open(self) -> psycopg.AsyncConnection[object]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
