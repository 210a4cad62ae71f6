"""The worker as a process: it does what waits for it, stops in order, and takes up what a killed one left."""

from __future__ import annotations

import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connections

from sokopesa.configuration import CONFIGURATION
from sokopesa.embedded_postgres import EmbeddedPostgres
from sokopesa.kernel.clock import now
from sokopesa.notices.actions import send
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts
from sokopesa.payments.models import Prompt

pytestmark = pytest.mark.usefixtures("committing")
Market = Callbacks = Any
StartWorker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker(django_db_setup: None, postgres: EmbeddedPostgres, network: httpx.Client) -> Iterator[StartWorker]:
    environment = {
        **os.environ,
        "DATABASE_URL": postgres.url(connections["default"].settings_dict["NAME"]),
        "SOKOPESA_MPESA_BASE_URL": CONFIGURATION.mpesa_base_url,
        "SOKOPESA_MPESA_PASSKEY": CONFIGURATION.mpesa_passkey.get_secret_value(),
        "SOKOPESA_MPESA_CONSUMER_KEY": "test",
        "SOKOPESA_MPESA_CONSUMER_SECRET": "test",
        "SOKOPESA_SMS_PROVIDER": "simulator",
        "SOKOPESA_SMS_SIMULATOR_URL": CONFIGURATION.sms_simulator_url,
        "SOKOPESA_MPESA_FIRST_QUESTION": "0.5",
    }
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [str(Path(sysconfig.get_path("scripts")) / "sokopesa"), "worker"]
        running.append(subprocess.Popen(command, env=environment))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    give_up_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.1)


def test_it_sends_asks_and_settles_without_anybody_clicking(
    market: Market, network: httpx.Client, start_worker: StartWorker
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
    market: Market, network: httpx.Client, start_worker: StartWorker
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
