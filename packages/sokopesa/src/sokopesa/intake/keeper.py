"""Keeping arrivals in batches: each commit takes whatever has come in during the one before it.

No timer is needed, for the previous commit is the timer: a lone callback is kept at once, and under load one commit
serves dozens of them. Nobody is told "kept" before the commit that kept it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from sokopesa.payments.inbox import Arrival, store

log = structlog.get_logger(__name__)

FLUSHERS = 2
"""Commits under way at once: while one waits for the disk the other gathers and sends."""
MOST_AT_ONCE = 500
MOST_WAITING = 20_000
"""Arrivals in memory; beyond that it is more honest to ask M-PESA to try again."""
PATIENCE = 5.0
"""Seconds that an arrival may wait for the database before M-PESA is told to try again."""

_Waiting = tuple[Arrival, "asyncio.Future[bool]"]


class Keeper:
    """`keep` may be called from any number of requests; `open` and `close` belong to the server's lifespan."""

    def __init__(self, database_url: str) -> None:
        self._pool = AsyncConnectionPool(
            database_url,
            min_size=1,
            max_size=FLUSHERS,
            open=False,
            timeout=PATIENCE,
            # The pool doubles its waits while the database is away; given up, it tries anew with the next arrival.
            reconnect_timeout=PATIENCE,
            kwargs={"autocommit": True},
        )
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._flushers: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Begin to keep what comes."""
        await self._pool.open(wait=False)
        self._flushers = [asyncio.create_task(self._flush()) for _ in range(FLUSHERS)]

    async def close(self) -> None:
        """Keep what has come, then stop."""
        await self._waiting.join()
        for flusher in self._flushers:
            flusher.cancel()
            with suppress(asyncio.CancelledError):
                await flusher
        await self._pool.close()

    async def keep(self, arrival: Arrival) -> bool:
        """True once the arrival is durable; False if it could not be kept."""
        if self._waiting.qsize() >= MOST_WAITING:
            return False
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((arrival, kept))
        return await kept

    async def _flush(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < MOST_AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._settle(batch)
            for _ in batch:
                self._waiting.task_done()

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Store the batch; if the database objects to something in it, each by itself: one cannot harm the others."""
        try:
            async with self._pool.connection() as connection:
                await store(connection, [arrival for arrival, _ in batch])
        except psycopg.DataError as error:
            if len(batch) > 1:
                for waiting in batch:
                    await self._settle([waiting])
                return
            _tell(batch, kept=False, why=error)
        except (psycopg.Error, PoolTimeout) as error:
            _tell(batch, kept=False, why=error)
        else:
            _tell(batch, kept=True)


def _tell(batch: list[_Waiting], *, kept: bool, why: Exception | None = None) -> None:
    if why is not None:
        log.error("callbacks_not_kept", count=len(batch), error=str(why))
    for _, future in batch:
        if not future.done():
            future.set_result(kept)
