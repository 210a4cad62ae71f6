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


async def when_rung(
    channel: str, work: Callable[[], object], stop: asyncio.Event, *, rung: asyncio.Event | None = None
) -> None:
    """Do the work whenever PostgreSQL's channel rings, whenever somebody sets ``rung``, and once a round in case we did
    not hear it, until told to stop."""
    rung = rung or asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_listen(channel, rung, stop))
        while not stop.is_set():
            rung.clear()
            async with database_may_be_away():
                await in_thread(work)
            await pause(rung, ROUND_SECONDS)


async def _listen(channel: str, rung: asyncio.Event, stop: asyncio.Event) -> None:
    while not stop.is_set():
        async with (
            database_may_be_away(),
            await psycopg.AsyncConnection.connect(CONFIGURATION.database_url, autocommit=True) as bell,
        ):
            await bell.execute(f"LISTEN {channel}")
            rung.set()  # for what was announced while nobody listened
            while not stop.is_set():
                async for _ in bell.notifies(timeout=ROUND_SECONDS, stop_after=1):
                    rung.set()
        await pause(stop, ROUND_SECONDS)


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
