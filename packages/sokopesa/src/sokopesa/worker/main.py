"""Run everything that happens without anybody clicking. Any number of workers may run beside each other."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

import daraja
from sokopesa.aftersale import deadlines, reminding
from sokopesa.catalog import listed
from sokopesa.chat import away
from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import batching, delivering, filing, instant, portal, replies, returned
from sokopesa.kernel.clock import nairobi_date, now
from sokopesa.kernel.garbage import look_seldom
from sokopesa.ledger.sealing import seal
from sokopesa.media.uploads import AT_ONCE as FILES_AT_ONCE
from sokopesa.media.uploads import purge_abandoned
from sokopesa.notices.actions import CHANNEL as NOTICES
from sokopesa.notices.actions import alert_operator
from sokopesa.notices.delivery import Carrier, Courier, Postman
from sokopesa.notices.letters import CHANNEL as LETTERS
from sokopesa.notices.mail import mailer
from sokopesa.notices.providers import provider
from sokopesa.orders import opening
from sokopesa.payments import enquiring, gateway, janitor, lapsing, listing, purging, settlement
from sokopesa.payments.inbox import CHANNEL as INBOX
from sokopesa.payments.inbox import PAYOUTS
from sokopesa.payments.thanking import thank
from sokopesa.payouts import asking, balances, history, results, sending
from sokopesa.payouts.purging import purge_due as purge_questions
from sokopesa.reconciliation import bringing, confirming, matching
from sokopesa.reconciliation.enquiring import ask_due as ask_about_receipts
from sokopesa.shipping.adapters import api
from sokopesa.worker.loops import ROUND_SECONDS, Bells, database_may_be_away, every, in_thread, pause, when_rung

log = structlog.get_logger(__name__)

REVIVE_SECONDS = 15.0
ENQUIRE_SECONDS = 10.0
FEW = 4
GATHER_SECONDS, MOST_GATHER_SECONDS = 0.05, 0.15
GATHER_PER_MESSAGE = 0.0005
"""Seconds in which messages gather for the next batch: at least, at most, and for each message of the last one."""
OPEN_SECONDS = 2.0
INSTANT_SECONDS = 2.0
FINISH_SECONDS = 5.0
DEADLINE_SECONDS = 5.0
CONFIRM_SECONDS = 5.0
AWAY_SECONDS = 10.0
MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
RECENT = timedelta(hours=1)
"""What the frequent sweeps of M-PESA's list look back over; each such time all that the list remembers is swept."""
JOBS_AT_ONCE = 8
LAST_CHANCES = 10
"""Rounds for which a stopping worker waits for a database that is away, to record which notices were sent."""


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
    bells = Bells()
    look_seldom()
    async with jobs.open_async(), asyncio.TaskGroup() as tasks:
        working = tasks.create_task(_do_jobs(jobs, stop))
        tasks.create_task(when_rung(bells.on(INBOX), _settle_all, stop))
        courier = partial(Courier, provider(), per_second=CONFIGURATION.sms_per_second)
        tasks.create_task(_deliver_as_they_come(bells.on(NOTICES), courier, stop))
        tasks.create_task(_deliver_as_they_come(bells.on(LETTERS), partial(Postman, mailer()), stop))
        tasks.create_task(every(ROUND_SECONDS, lambda: janitor.ask_due(now=now(), clock=now), stop))
        tasks.create_task(every(ENQUIRE_SECONDS, lambda: enquiring.enquire_due(now=now(), clock=now), stop))
        tasks.create_task(when_rung(bells.on(PAYOUTS), _settle_payouts, stop))
        tasks.create_task(every(ROUND_SECONDS, lambda: sending.send_due(now=now(), clock=now), stop))
        tasks.create_task(every(ROUND_SECONDS, lambda: asking.ask_due(now=now(), clock=now), stop))
        tasks.create_task(every(MINUTE, lambda: balances.check_due(now=now(), clock=now), stop))
        tasks.create_task(every(CONFIGURATION.mpesa_sweep_every, lambda: _sweep(RECENT), stop))
        tasks.create_task(every(RECENT.total_seconds(), lambda: _sweep(listing.LONGEST_MEMORY), stop))
        tasks.create_task(every(OPEN_SECONDS, _open_all, stop))
        tasks.create_task(every(DEADLINE_SECONDS, lambda: deadlines.apply_due(now=now()), stop))
        if CONFIGURATION.tracking_api_url:
            tasks.create_task(
                every(CONFIGURATION.tracking_api_every, lambda: api.poll_quietly(now=now(), clock=now), stop)
            )
        tasks.create_task(every(INSTANT_SECONDS, lambda: instant.pay_due(now=now()), stop))
        tasks.create_task(every(MINUTE, _hand_over_files, stop))
        tasks.create_task(every(FINISH_SECONDS, lambda: batching.finish_due(now=now()), stop))
        tasks.create_task(every(MINUTE, lambda: returned.retry_due(now=now()), stop))
        tasks.create_task(every(CONFIRM_SECONDS, lambda: confirming.confirm_due(now=now()), stop))
        tasks.create_task(every(ENQUIRE_SECONDS, lambda: ask_about_receipts(now=now(), clock=now), stop))
        tasks.create_task(every(MINUTE, _reconcile, stop))
        tasks.create_task(every(HOUR, lambda: matching.run(now=now()), stop))
        tasks.create_task(every(MINUTE, lambda: reminding.remind_due(now=now()), stop))
        tasks.create_task(every(AWAY_SECONDS, _tell_all_away, stop))
        tasks.create_task(every(MINUTE, lambda: lapsing.lapse_due(now=now()), stop))
        tasks.create_task(every(MINUTE, lambda: seal(now=now()), stop))
        tasks.create_task(every(MINUTE, lambda: listed.follow_rates(on=nairobi_date(now())), stop))
        tasks.create_task(every(DAY, listed.recount_words, stop))
        tasks.create_task(every(HOUR, lambda: _purge_files(stop), stop))
        tasks.create_task(every(HOUR, lambda: bringing.purge_due(now=now()), stop))
        tasks.create_task(every(DAY, lambda: _purge_all(stop), stop))
        tasks.create_task(every(HOUR, lambda: history.thin(now=now()), stop))
        tasks.create_task(_revive_stalled(jobs, stop))
        tasks.create_task(bells.listen(stop))
        await stop.wait()
        working.cancel()
    gateway.hang_up()


async def _do_jobs(jobs: App, stop: asyncio.Event) -> None:
    """Do background jobs; cancelled, finish those that are begun. Losing the database ends the library's own loop, so
    another is begun."""
    while not stop.is_set():
        async with database_may_be_away():
            await jobs.run_worker_async(
                concurrency=JOBS_AT_ONCE, install_signal_handlers=False, delete_jobs="successful", wait=True
            )
        await pause(stop, ROUND_SECONDS)


async def _revive_stalled(jobs: App, stop: asyncio.Event) -> None:
    """Jobs whose worker was killed are begun again. Each is safe to repeat: it finds out what was done already."""
    while not stop.is_set():
        async with database_may_be_away():
            for job in await jobs.job_manager.get_stalled_jobs():
                log.warning("job_revived", task=job.task_name, job=job.id)
                await jobs.job_manager.retry_job(job)
        await pause(stop, REVIVE_SECONDS)


async def _deliver_as_they_come(rung: asyncio.Event, hire: Callable[..., Carrier], stop: asyncio.Event) -> None:
    """Carry what is to be sent whenever it is asked for, whenever something was handed over, and once a round. At the
    end what is under way is waited for and recorded."""
    loop = asyncio.get_running_loop()
    carrier = hire(clock=now, freed=lambda: loop.call_soon_threadsafe(rung.set))
    try:
        await when_rung(rung, carrier.carry, stop, gather=carrier.pause)
    finally:
        for _ in range(LAST_CHANCES):
            async with database_may_be_away():
                await in_thread(carrier.finish)
                break
            await asyncio.sleep(ROUND_SECONDS)


def _sweep(back: timedelta) -> None:
    try:
        if found := listing.sweep(now=now(), back=back):
            log.warning("payments_found_in_list", count=len(found))
    except (daraja.WrongCredentials, daraja.RejectedField) as refusal:
        text = f"M-PESA refuses its list of payments, so lost ones are not found: {refusal}"
        alert_operator(text=text[:300], key=f"list-refused-{now():%Y%m%d}")
    except daraja.DarajaError as error:
        log.warning("mpesa_gave_no_list", error=str(error))


def _reconcile() -> None:
    """Judge what statements brought since. Each hour all that is open is looked at again."""
    if matching.is_due():
        matching.run(now=now())


def _purge_all(stop: asyncio.Event) -> None:
    for purge in (purging.purge_due, purge_questions):
        while not stop.is_set() and purge(now=now()):
            pass


def _purge_files(stop: asyncio.Event) -> None:
    while not stop.is_set() and purge_abandoned(now()) == FILES_AT_ONCE:
        pass


def _open_all() -> None:
    while opening.open_paid(then=thank):
        pass


def _tell_all_away() -> None:
    while away.tell_away(now=now()):
        pass


def _settle_all() -> None:
    """Until nothing waits. A batch of a few costs nearly what a full one does, so where messages stream in we let them
    gather for a moment, and the more come the longer.
    """
    while settled := settlement.settle(now=now()):
        if FEW < settled < settlement.BATCH:
            time.sleep(min(max(GATHER_SECONDS, settled * GATHER_PER_MESSAGE), MOST_GATHER_SECONDS))


def _hand_over_files() -> None:
    """Close the refund files that are due, deliver them, read what came back, and tell of what does not come."""
    filing.close_due(now=now())
    delivering.deliver_due(now=now(), clock=now)
    replies.take_in(now=now())
    portal.remind_due(now=now())


def _settle_payouts() -> None:
    while results.settle(now=now()):
        pass
