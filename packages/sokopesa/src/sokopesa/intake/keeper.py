"""Keeping arrivals in batches: each commit takes whatever has come in during the one before it.

A lone callback is kept at once. Where many come, the next commit waits until there is a good handful for it, or a few
milliseconds are over: a commit of thirty costs little more than one of five. Nobody is told "kept" before the commit
that kept it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import psycopg
import structlog

from sokopesa.intake.line import PATIENCE, Line
from sokopesa.intake.ringer import Ringer
from sokopesa.payments.inbox import Arrival

log = structlog.get_logger(__name__)

FLUSHERS = 2
"""Commits under way at once: while one waits for the disk the other gathers and sends."""
MOST_AT_ONCE = 500
MANY = 8
"""Arrivals in one commit from which on more are on their way."""
HANDFUL = 40
GATHER_SECONDS = 0.008
"""How many the next commit then waits for, and how long."""
MOST_WAITING = 20_000
"""Arrivals in memory; beyond that it is more honest to ask M-PESA to try again."""


class _Waiting(NamedTuple):
    """``since`` is by the event loop's clock."""

    arrival: Arrival
    kept: asyncio.Future[bool]
    since: float


class Keeper:
    """`keep` may be called from any number of requests; `open` and `close` belong to the server's lifespan."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiting: deque[_Waiting] = deque()
        self._bell = asyncio.Event()
        self._handful = asyncio.Event()
        self._many_come = False
        self._closing = False
        self._flushers: list[asyncio.Task[None]] = []
        self._ringer = Ringer(Line(database_url))

    async def open(self) -> None:
        """Begin to keep what comes."""
        self._flushers = [asyncio.create_task(self._flush(Line(self._url))) for _ in range(FLUSHERS)]
        self._ringer.begin()

    async def close(self) -> None:
        """Keep what has come, then stop."""
        self._closing = True
        self._bell.set()
        self._handful.set()
        await asyncio.gather(*self._flushers)
        await self._ringer.end()

    async def keep(self, arrival: Arrival) -> bool:
        """True once the arrival is durable; False if it could not be kept."""
        if self._closing or len(self._waiting) >= MOST_WAITING:
            return False
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(_Waiting(arrival, kept, loop.time()))
        self._bell.set()
        if len(self._waiting) >= HANDFUL:
            self._handful.set()
        return await kept

    async def _flush(self, line: Line) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._bell.clear()
                await self._bell.wait()
                continue
            if self._many_come and not await self._gather():
                continue
            count = min(len(self._waiting), MOST_AT_ONCE)
            self._many_come = count >= MANY
            await self._settle(line, [self._waiting.popleft() for _ in range(count)])
        await line.close()

    async def _gather(self) -> bool:
        """Wait until there is a handful, or the first has waited for long enough. False if all were taken meanwhile."""
        if len(self._waiting) < HANDFUL and not self._closing:
            self._handful.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._waiting[0].since + GATHER_SECONDS):
                    await self._handful.wait()
        return bool(self._waiting)

    async def _settle(self, line: Line, batch: Sequence[_Waiting]) -> None:
        """Store the batch; if the database objects to something in it, each by itself: one cannot harm the others."""
        try:
            await line.store([waiting.arrival for waiting in batch])
        except psycopg.DataError:
            if len(batch) > 1:
                for waiting in batch:
                    await self._settle(line, [waiting])
                return
            log.exception("callback_refused_by_database")
            _tell(batch, kept=False)
        except Exception:  # whatever it is: a flusher that dies would leave everybody waiting for ever
            log.exception("callbacks_not_kept", count=len(batch))
            _tell(batch, kept=False)
            self._turn_away_the_impatient()
        else:
            _tell(batch, kept=True)
            self._ringer.ring({waiting.arrival.channel for waiting in batch})

    def _turn_away_the_impatient(self) -> None:
        """A batch that fails may have taken all of its patience, and whoever waited behind it as long has no more."""
        arrived_before = asyncio.get_running_loop().time() - PATIENCE
        while self._waiting and self._waiting[0].since <= arrived_before:
            _tell([self._waiting.popleft()], kept=False)


def _tell(batch: Sequence[_Waiting], *, kept: bool) -> None:
    for waiting in batch:
        if not waiting.kept.done():
            waiting.kept.set_result(kept)
