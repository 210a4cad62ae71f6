"""SMS by a worker that is a process: at once, through a database that goes away, and to the end when told to stop."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
from django.db import connection

from sokopesa.notices.actions import send
from sokopesa.notices.models import Notice

pytestmark = pytest.mark.usefixtures("committing")
StartWorker = WaitUntil = Any
PHONE = "254708374149"
TAKEN = {"SMSMessageData": {"Message": "Sent", "Recipients": [{"statusCode": 101, "number": f"+{PHONE}"}]}}


class _Carrier(BaseHTTPRequestHandler):
    """Africa's Talking's address; it takes a text, and says so once it may."""

    taken = 0
    may_answer = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).taken += 1
        self.may_answer.wait(30)
        self.send_response(201)
        self.end_headers()
        self.wfile.write(json.dumps(TAKEN).encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def carrier() -> Iterator[tuple[type[_Carrier], dict[str, str]]]:
    """The carrier, and the settings of a worker that is to use it."""
    _Carrier.taken = 0
    _Carrier.may_answer.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Carrier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield (
            _Carrier,
            {
                "SOKOPESA_SMS_PROVIDER": "africastalking",
                "SOKOPESA_AFRICASTALKING_URL": f"http://127.0.0.1:{server.server_port}",
                "SOKOPESA_AFRICASTALKING_USERNAME": "soko",
                "SOKOPESA_AFRICASTALKING_KEY": "the-key",
            },
        )
        _Carrier.may_answer.set()
        server.shutdown()


Carrier = tuple[type[_Carrier], dict[str, str]]


def is_sent(key: str) -> bool:
    return Notice.objects.get(key=key).state is Notice.State.SENT


def ask_for(key: str) -> None:
    send(to=PHONE, text="Hello", kind="test", key=key)


def drop_every_line() -> int:
    """As when the database restarts; how many lines others than this test had to it."""
    parameters = connection.get_connection_params()
    where = {name: parameters[name] for name in ("dbname", "user", "host")}
    with psycopg.connect(**where, autocommit=True) as killer:
        return killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid NOT IN (pg_backend_pid(), %s) AND backend_type = 'client backend'",
            [connection.connection.info.backend_pid],
        ).rowcount


def test_told_to_stop_it_waits_for_the_provider_and_records_what_it_said(
    carrier: Carrier, start_worker: StartWorker, wait_until: WaitUntil
) -> None:
    provider, settings = carrier
    process = start_worker(**settings)
    ask_for("under-way")
    wait_until(lambda: provider.taken == 1)
    process.send_signal(signal.SIGTERM)
    time.sleep(2)
    ask_for("too-late")
    assert process.poll() is None
    provider.may_answer.set()
    assert process.wait(30) == 0
    assert is_sent("under-way")
    assert provider.taken == 1
    assert Notice.objects.get(key="too-late").attempts == 0


def test_it_goes_on_after_the_database_dropped_every_line_and_forgets_no_yes(
    carrier: Carrier, start_worker: StartWorker, wait_until: WaitUntil
) -> None:
    provider, settings = carrier
    start_worker(**settings)
    ask_for("under-way")
    wait_until(lambda: provider.taken == 1)
    drop_every_line()
    provider.may_answer.set()
    wait_until(lambda: is_sent("under-way"))
    ask_for("afterwards")
    wait_until(lambda: is_sent("afterwards"))
    assert provider.taken == 2


def test_it_sends_at_once_when_the_bell_rings(
    carrier: Carrier, start_worker: StartWorker, wait_until: WaitUntil
) -> None:
    provider, settings = carrier
    provider.may_answer.set()
    start_worker(**settings)
    ask_for("first")
    wait_until(lambda: is_sent("first"))
    took = []
    for n in range(9):
        time.sleep(0.3)  # not in step with the worker's rounds
        asked_at = time.monotonic()
        ask_for(f"then-{n}")
        while provider.taken < n + 2:
            assert time.monotonic() - asked_at < 10
            time.sleep(0.01)
        took.append(time.monotonic() - asked_at)
    assert sorted(took)[4] < 0.25
