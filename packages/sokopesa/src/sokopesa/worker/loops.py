"""Doing work again and again, on a bell or by the clock, through times in which the database is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections
from procrastinate.exceptions import ConnectorException

from sokopesa.configuration import CONFIGURATION

log = structlog.get_logger(__name__)

ROUND_SECONDS = 1.0
"""Who listens for a bell looks this often if it heard nothing; the janitor looks this often whether anybody is due."""

DATABASE_AWAY = (psycopg.OperationalError, OperationalError, InterfaceError, ConnectorException)


@contextlib.asynccontextmanager
async def database_may_be_away() -> AsyncIterator[None]:
    """What is tried inside ends without an error, but with a word in the log, if the database cannot be reached."""
    try:
        yield
    except DATABASE_AWAY as error:
        log.warning("database_away", error=str(error))


async def every(seconds: float, work: Callable[[], object], stop: asyncio.Event) -> None:
    """Do the work, again ``seconds`` after it was done, until told to stop."""
    while not stop.is_set():
        async with database_may_be_away():
            await in_thread(work)
        await pause(stop, seconds)


class Bells:
    """PostgreSQL's channels, all heard over one connection: PostgreSQL wakes every connection that listens, whatever
    channel was rung."""

    def __init__(self) -> None:
        self._rung: dict[str, list[asyncio.Event]] = {}

    def on(self, channel: str) -> asyncio.Event:
        """An event of the caller's own that is set whenever the channel rings. To be asked for before `listen`."""
        event = asyncio.Event()
        self._rung.setdefault(channel, []).append(event)
        return event

    async def listen(self, stop: asyncio.Event) -> None:
        """Hear the bells until told to stop. Whoever waits is woken too when we listen anew, for what nobody heard."""
        channels = "; ".join(f"LISTEN {channel}" for channel in self._rung)
        while not stop.is_set():
            async with (
                database_may_be_away(),
                await psycopg.AsyncConnection.connect(CONFIGURATION.database_url, autocommit=True) as line,
            ):
                await line.execute(channels)
                for channel in self._rung:
                    self._ring(channel)
                while not stop.is_set():
                    async for heard in line.notifies(timeout=ROUND_SECONDS):
                        self._ring(heard.channel)
            await pause(stop, ROUND_SECONDS)

    def _ring(self, channel: str) -> None:
        for event in self._rung[channel]:
            event.set()


async def when_rung(
    rung: asyncio.Event, work: Callable[[], object], stop: asyncio.Event, *, gather: float = 0.0
) -> None:
    """Do the work whenever ``rung`` is set, and once a round in case nobody heard the bell, until told to stop. What
    comes within ``gather`` seconds of the last time is done together."""
    while not stop.is_set():
        rung.clear()
        async with database_may_be_away():
            await in_thread(work)
        if gather:
            await pause(stop, gather)
        await pause(rung, ROUND_SECONDS)


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until the event is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)


async def in_thread(work: Callable[[], object]) -> None:
    """Run database work off the event loop, with connections that are still alive."""

    def run_it() -> None:
        close_old_connections()
        try:
            work()
        finally:
            close_old_connections()

    await sync_to_async(run_it, thread_sensitive=False)()
