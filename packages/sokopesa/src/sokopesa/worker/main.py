"""Run everything that happens without anybody clicking. Any number of workers may run beside each other."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from datetime import timedelta

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import now
from sokopesa.ledger.sealing import seal
from sokopesa.notices.actions import alert_operator
from sokopesa.payments import gateway, janitor, lapsing, listing, settlement
from sokopesa.payments.inbox import CHANNEL

log = structlog.get_logger(__name__)

ROUND_SECONDS = 1.0
"""The janitor looks this often whether anybody is due; settlement looks this often if it heard nothing."""
REVIVE_SECONDS = 15.0
MINUTE = 60.0
RECENT = timedelta(hours=1)
"""What the frequent sweeps of M-PESA's list look back over; each such time all that the list remembers is swept."""
JOBS_AT_ONCE = 8
DATABASE_AWAY = (psycopg.OperationalError, OperationalError, InterfaceError, ConnectorException)


async def run() -> None:
    """Work until told to stop (SIGTERM or SIGINT), then finish what is begun.

    Raises whatever ends one of its tasks, for a worker that does only half of its work must not look alive.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    jobs = app.with_connector(connector.get_worker_connector())
    async with jobs.open_async(), asyncio.TaskGroup() as tasks:
        worker = tasks.create_task(
            jobs.run_worker_async(
                concurrency=JOBS_AT_ONCE, install_signal_handlers=False, delete_jobs="successful", wait=True
            )
        )
        tasks.create_task(_settle_as_they_come(stop))
        tasks.create_task(_every(ROUND_SECONDS, lambda: janitor.ask_due(now=now(), clock=now), stop))
        tasks.create_task(_every(CONFIGURATION.mpesa_sweep_every, lambda: _sweep(RECENT), stop))
        tasks.create_task(_every(RECENT.total_seconds(), lambda: _sweep(listing.LONGEST_MEMORY), stop))
        tasks.create_task(_every(MINUTE, lambda: lapsing.lapse_due(now=now()), stop))
        tasks.create_task(_every(MINUTE, lambda: seal(now=now()), stop))
        tasks.create_task(_revive_stalled(jobs, stop))
        await stop.wait()
        worker.cancel()
    gateway.hang_up()


async def _revive_stalled(jobs: App, stop: asyncio.Event) -> None:
    """Jobs whose worker was killed are begun again. Each is safe to repeat: it finds out what was done already."""
    while not stop.is_set():
        try:
            for job in await jobs.job_manager.get_stalled_jobs():
                log.warning("job_revived", task=job.task_name, job=job.id)
                await jobs.job_manager.retry_job(job)
        except DATABASE_AWAY as error:
            log.warning("database_away", error=str(error))
        await _pause(stop, REVIVE_SECONDS)


async def _settle_as_they_come(stop: asyncio.Event) -> None:
    """Settle whenever the door rings, and once a round in case we did not hear it."""
    while not stop.is_set():
        try:
            async with await psycopg.AsyncConnection.connect(CONFIGURATION.database_url, autocommit=True) as bell:
                await bell.execute(f"LISTEN {CHANNEL}")
                while not stop.is_set():
                    await _in_thread(_settle_all)
                    async for _ in bell.notifies(timeout=ROUND_SECONDS, stop_after=1):
                        pass
        except DATABASE_AWAY as error:
            log.warning("database_away", error=str(error))
            await _pause(stop, ROUND_SECONDS)


async def _every(seconds: float, work: Callable[[], object], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await _in_thread(work)
        except DATABASE_AWAY as error:
            log.warning("database_away", error=str(error))
        await _pause(stop, seconds)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _sweep(back: timedelta) -> None:
    try:
        if found := listing.sweep(now=now(), back=back):
            log.warning("payments_found_in_list", count=len(found))
    except (daraja.WrongCredentials, daraja.RejectedField) as refusal:
        text = f"M-PESA refuses its list of payments, so lost ones are not found: {refusal}"
        alert_operator(text=text[:300], key=f"list-refused-{now():%Y%m%d}")
    except daraja.DarajaError as error:
        log.warning("mpesa_gave_no_list", error=str(error))


def _settle_all() -> None:
    while settlement.settle(now=now()):
        pass


async def _in_thread(work: Callable[[], object]) -> None:
    """Run database work off the event loop, with connections that are still alive."""

    def run_it() -> None:
        close_old_connections()
        try:
            work()
        finally:
            close_old_connections()

    await sync_to_async(run_it, thread_sensitive=False)()
