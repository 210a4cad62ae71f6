"""Two senders at once, two settlements at once, and a sender that dies at each of its three moments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import connection

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.models import Entry
from sokopesa.payouts import results
from sokopesa.payouts.models import Transfer

Till = Any
AllAtOnce = Callable[..., list[object]]


@pytest.fixture
def till(committing: None, network: httpx.Client, operator: None, till_for: Callable[[httpx.Client], Any]) -> Any:
    """As elsewhere, but what it does is committed."""
    return till_for(network)


def payments(network: httpx.Client, phones: list[str]) -> int:
    network.post("/quiet", json={"wait_seconds": 10}).raise_for_status()
    rows = network.get("/transactions").json()
    return len([row for row in rows if row["kind"] == "b2c" and row["payee"] in phones])


def test_two_senders_at_once_send_each_transfer_once(till: Till, all_at_once: AllAtOnce, network: httpx.Client) -> None:
    phones = [till.customer() for _ in range(12)]
    for phone in phones:
        till.released(till.refund(phone, cents=1_000))
    sent = all_at_once(till.send, till.send, till.send)
    assert sum(int(str(count)) for count in sent) == 12
    assert payments(network, phones) == 12
    assert set(Transfer.objects.values_list("tries", flat=True)) == {1}


def test_two_settlements_at_once_book_each_result_once(till: Till, all_at_once: AllAtOnce) -> None:
    for _ in range(6):
        till.released(till.refund(till.customer(), cents=1_000))
    assert till.send() == 6
    for row in till.told()[-6:] * 2:
        till.arrive(row["url"], row["body"].encode())
    work = lambda: sum(iter(lambda: results.settle(now=till.now, limit=3), 0))  # noqa: E731
    assert sum(int(str(count)) for count in all_at_once(work, work)) == 12
    assert Entry.objects.filter(kind="refund-paid").count() == 6


DYING = """
import os, signal, sys
import django
django.setup()
from sokopesa.kernel.clock import now
from sokopesa.payouts import sending
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
moment = sys.argv[1]
if moment == "before the call":
    sending._Sending._call = die
elif moment == "after the call":
    call = sending._Sending._call
    sending._Sending._call = lambda *args: (call(*args), die())
elif moment == "before the answer is kept":
    sending._record = die
sending.send_due(now=now(), clock=now)
"""


@pytest.mark.parametrize("moment", ["before the call", "after the call", "before the answer is kept"])
def test_a_sender_that_is_killed_leaves_what_is_asked_after_and_never_sent_again(
    till: Till, network: httpx.Client, moment: str
) -> None:
    phone = till.customer()
    till.trust(now=till.real_now())
    transfer = till.released(till.refund(phone))
    settings = connection.settings_dict
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sokopesa.settings",
        "DATABASE_URL": f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}",
        "SOKOPESA_MPESA_BASE_URL": CONFIGURATION.mpesa_base_url,
        "SOKOPESA_MPESA_CONSUMER_KEY": "test",
        "SOKOPESA_MPESA_CONSUMER_SECRET": "test",
        "SOKOPESA_MPESA_B2C_SHORTCODE": till.shortcode,
        "SOKOPESA_MPESA_B2C_INITIATOR": "testapi",
        "SOKOPESA_MPESA_B2C_INITIATOR_PASSWORD": "Safaricom999!*!",
        "SOKOPESA_MPESA_CERTIFICATE": str(CONFIGURATION.mpesa_certificate),
    }
    died = subprocess.run(
        [sys.executable, "-c", DYING, moment], env=environment, check=False, capture_output=True, text=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    transfer.refresh_from_db()
    assert (transfer.state, transfer.conversation_id) == ("sent", "")
    assert transfer.next_ask_at is not None
    assert till.send() == 0
    assert payments(network, [phone]) == (0 if moment == "before the call" else 1)
