"""The worker as a process: it does what waits for it, stops in order, and takes up what a killed one left."""

from __future__ import annotations

import signal
import time
from typing import Any

import httpx
import pytest
from django.db import connections

from sokopesa.kernel.clock import now
from sokopesa.notices.actions import send
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts
from sokopesa.payments.models import Prompt

pytestmark = pytest.mark.usefixtures("committing")
Market = StartWorker = WaitUntil = Any


def test_it_sends_asks_and_settles_without_anybody_clicking(
    market: Market, network: httpx.Client, start_worker: StartWorker, wait_until: WaitUntil
) -> None:
    """The callback is lost, so the payment is found by asking; the thanks arrive on the phone."""
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]}).raise_for_status()
    purchase = market.purchase()
    phone = purchase.buyer.phone
    network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 5_000}).raise_for_status()
    network.put(f"/subscribers/{phone}/autopilot", json={"answer": "pin", "after_seconds": 0}).raise_for_status()
    process = start_worker()
    prompts.ask(purchase=purchase, msisdn=phone, now=now())

    wait_until(lambda: Purchase.objects.get(pk=purchase.pk).state == "paid")
    wait_until(lambda: "We received KES 1,250" in network.get(f"/subscribers/{phone}/messages").text)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_killed_worker_leaves_nothing_undone_and_nothing_done_twice(
    market: Market, network: httpx.Client, start_worker: StartWorker, wait_until: WaitUntil
) -> None:
    """Killed at several moments while prompts and SMS wait; whoever comes next finishes."""
    purchases = [market.purchase() for _ in range(6)]
    for number, purchase in enumerate(purchases):
        phone = purchase.buyer.phone
        network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 5_000}).raise_for_status()
        network.put(f"/subscribers/{phone}/autopilot", json={"answer": "pin", "after_seconds": 0}).raise_for_status()
        prompts.ask(purchase=purchase, msisdn=phone, now=now())
        send(to=phone, text="Hello", kind="test", key=f"hello-{number}")
    for delay in (0.8, 1.2, 1.6):
        process = start_worker()
        time.sleep(delay)
        process.kill()
        process.wait()
    # What a dead worker held is taken up once its heartbeat is stale, or its claim is over; the test only makes
    # the wait shorter.
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    Prompt.objects.filter(next_ask_at__isnull=False).update(next_ask_at=now())
    Notice.objects.filter(next_try_at__isnull=False).update(next_try_at=now())
    start_worker()

    wait_until(lambda: not Purchase.objects.exclude(state="paid").exists())
    wait_until(lambda: not Notice.objects.filter(sent_at=None).exists())
    for purchase in purchases:
        assert len(network.get("/prompts", params={"msisdn": purchase.buyer.phone}).json()) == 1


def test_jobs_that_cannot_be_taken_now_are_taken_later_and_everything_else_goes_on(
    start_worker: StartWorker, wait_until: WaitUntil
) -> None:
    """Losing the database at the wrong moment ends the loop of the library that does our jobs."""
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_workers RENAME TO procrastinate_workers_away")
        try:
            process = start_worker()
            send(to="254708374149", text="Hello", kind="test", key="meanwhile")
            wait_until(lambda: Notice.objects.get().state is Notice.State.SENT)
            time.sleep(2)
            assert process.poll() is None
        finally:
            cursor.execute("ALTER TABLE procrastinate_workers_away RENAME TO procrastinate_workers")

        def is_registered() -> bool:
            cursor.execute("SELECT count(*) FROM procrastinate_workers")
            return bool(cursor.fetchone()[0])

        wait_until(is_registered)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
