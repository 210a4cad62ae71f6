"""How long after a callback's arrival its purchase reads *paid* to somebody outside, and on the buyer's own page.

The whole market serves, as it does in production: one process for shop and door, one `sokopesa worker`, PostgreSQL. The
callbacks fall due evenly. A reader of our own listens as the shop does, and looks the purchase up when it is named; a
few buyers keep their payment pages open.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator

import httpx
import psycopg

from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.load import drive
from benchmarks.market import market_on
from benchmarks.planting import callbacks, plant
from sokopesa.demo.run import SCRIPTS

RATE = 500.0
PAGES = 20
MEDIAN_PROMISED_MS, P99_PROMISED_MS = 150.0, 1000.0
LINGER = 10.0
"""Seconds that the last purchases may take."""

_SIGN_IN = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from sokopesa.orders.models import Purchase
sessions = {}
for purchase in Purchase.objects.select_related('buyer').filter(id__in=%s):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(purchase.buyer.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = purchase.buyer.get_session_auth_hash()
    session.create()
    sessions[purchase.number] = session.session_key
print(json.dumps(sessions))
"""


def measure(server: Server, *, seconds: float = 30.0, rate: float = RATE) -> list[Figure]:
    """Lags in milliseconds beside what we promise.

    Raises:
        BooksWrongError: a purchase was not paid.
    """
    url = server.fresh("lag")
    count = int(rate * seconds)
    warm_up = int(rate * 5)
    plant(url, purchases=warm_up + count)
    with market_on(url) as market:
        _, port = market.open_door(door_only=False)
        market.start_worker()
        reader = _Reader(url)
        reader.start()
        drive(port, reader.sending(callbacks(url, first=1, last=warm_up)), connections=64, rate=rate)
        reader.wait_for(warm_up)
        reader.forget()
        followed = _sign_in([warm_up + 1 + n * count // PAGES for n in range(PAGES)])
        pages = [_Page(port, number, session) for number, session in followed.items()]
        for page in pages:
            page.start()
        for page in pages:
            page.open.wait(LINGER)
        outcome = drive(
            port, reader.sending(callbacks(url, first=warm_up + 1, last=warm_up + count)), connections=64, rate=rate
        )
        reader.wait_for(count)
        for page in pages:
            page.join(LINGER)
        reader.stop()
    if outcome.refused or len(reader.lags) != count:
        raise BooksWrongError(f"{len(reader.lags)} of {count} purchases read as paid")
    shown = [page.paid_at - reader.sent[page.number] for page in pages if page.paid_at]
    if len(shown) != PAGES:
        raise BooksWrongError(f"{len(shown)} of {PAGES} open pages were told that they are paid")
    server.drop("lag")
    lags = sorted(reader.lags)
    return [
        _figure(f"from callback to paid at {rate:.0f}/s, median", statistics.median(lags), MEDIAN_PROMISED_MS),
        _figure(f"from callback to paid at {rate:.0f}/s, p99", lags[int(0.99 * len(lags))], P99_PROMISED_MS),
        _figure(f"… to the buyer's open page, median of {PAGES}", statistics.median(shown), P99_PROMISED_MS),
        _figure(f"… to the buyer's open page, longest of {PAGES}", max(shown), P99_PROMISED_MS),
    ]


def _figure(name: str, seconds: float, promised_ms: float) -> Figure:
    return Figure(name, round(seconds * 1000), "ms", promised_ms)


class _Reader(threading.Thread):
    """Listens for changed purchases and notes when each reads *paid*. ``sent`` and ``lags`` are in seconds."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._listening = threading.Event()
        self._stopping = False
        self.sent: dict[str, float] = {}
        self.lags: list[float] = []
        self._seen: set[str] = set()

    def start(self) -> None:
        super().start()
        self._listening.wait(LINGER)

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("LISTEN purchase")
            self._listening.set()
            told: set[str] = set()
            while not self._stopping:
                for notice in connection.notifies(timeout=0.2, stop_after=1):
                    told.update(notice.payload.split())
                paid = connection.execute(
                    "SELECT number FROM orders_purchase WHERE number = ANY (%s) AND state = 'paid'", [list(told)]
                ).fetchall()
                read_at = time.perf_counter()
                told.clear()
                for (number,) in paid:
                    if number in self.sent and number not in self._seen:
                        self._seen.add(number)
                        self.lags.append(read_at - self.sent[number])

    def sending(self, requests: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
        """The requests, noting when each leaves."""
        for number, request in requests:
            self.sent[number] = time.perf_counter()
            yield request

    def wait_for(self, count: int) -> None:
        give_up_at = time.monotonic() + LINGER
        while len(self.lags) < count and time.monotonic() < give_up_at:
            time.sleep(0.05)

    def forget(self) -> None:
        self.lags.clear()

    def stop(self) -> None:
        self._stopping = True
        self.join(LINGER)


class _Page(threading.Thread):
    """A buyer's open payment page: its stream of events, followed until it says that the purchase is paid."""

    def __init__(self, port: int, number: str, session: str) -> None:
        super().__init__(daemon=True)
        self.number = number
        self.open = threading.Event()
        self.paid_at = 0.0
        self._address = f"http://127.0.0.1:{port}/pay/{number}/events/"
        self._session = session

    def run(self) -> None:
        with (
            httpx.Client(cookies={"sessionid": self._session}, timeout=120) as client,
            client.stream("GET", self._address) as answer,
        ):
            for line in answer.iter_lines():
                self.open.set()
                if line == "event: done":
                    self.paid_at = time.perf_counter()
                    return


def _sign_in(purchases: list[int]) -> dict[str, str]:
    """Session keys of these purchases' buyers, by purchase number."""
    command = [str(SCRIPTS / "sokopesa"), "manage", "shell", "--no-imports", "--command", _SIGN_IN % purchases]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command
    sessions: dict[str, str] = json.loads(printed)
    return sessions
