"""How many payments a second two processes settle that do nothing else: callbacks in the inbox become booked money.

The books are checked after every run. For comparison the same code settles one payment in a transaction, which is what
a shop does that handles each callback by itself.
"""

from __future__ import annotations

import sys
import time

import psycopg

from benchmarks.books import check_books
from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.market import Market, market_on
from benchmarks.planting import fill_inbox, plant

PROCESSES = 2
PAYMENTS, WARM_UP = 60_000, 4_000
ONE_BY_ONE = 2_000
PATIENCE = 600.0


def measure(server: Server, *, payments: int = PAYMENTS) -> list[Figure]:
    """Payments a second, for purchases of one order and of three, and one by one.

    Raises:
        BooksWrongError: see `benchmarks.books`.
    """
    return [
        _run(server, "one order", payments=payments, orders_each=1),
        _run(server, "three orders", payments=payments, orders_each=3),
        _run(server, "one payment a transaction", payments=min(payments, ONE_BY_ONE), orders_each=1, limit="1"),
    ]


def _run(server: Server, what: str, *, payments: int, orders_each: int, limit: str = "") -> Figure:
    url = server.fresh("settlement")
    warm_up = min(WARM_UP, payments // 10)
    plant(url, purchases=warm_up + payments, orders_each=orders_each)
    with market_on(url) as market, psycopg.connect(url, autocommit=True) as watching:
        for number in range(PROCESSES):
            market.start(f"settling-{number}", [sys.executable, "-m", "benchmarks.settling", *limit.split()])
        fill_inbox(url, first=1, last=warm_up)
        _wait_until_settled(watching, market)
        fill_inbox(url, first=warm_up + 1, last=warm_up + payments)  # one commit, before which nobody sees any
        filled = time.perf_counter()
        _wait_until_settled(watching, market)
        ended = time.perf_counter()
    postings = check_books(url, payments=warm_up + payments)
    if not 2 <= postings <= 1 + orders_each:
        raise BooksWrongError(f"{postings} postings for a payment of {orders_each} orders")
    server.drop("settlement")
    return Figure(f"payments settled, {what} ({postings} postings)", round(payments / (ended - filled)), "1/s")


def _wait_until_settled(watching: psycopg.Connection[tuple[object, ...]], market: Market) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while True:
        row = watching.execute("SELECT EXISTS (SELECT FROM payments_inboxmessage WHERE settled_at IS NULL)").fetchone()
        if row == (False,):
            return
        for process in market.running:
            process.check()
        if time.monotonic() > give_up_at:
            raise BooksWrongError(f"not settled within {PATIENCE:.0f} seconds")
        time.sleep(0.02)
