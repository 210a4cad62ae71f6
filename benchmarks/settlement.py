"""How many payments a second two processes settle that do nothing else: callbacks in the inbox become booked money.

The books are checked after every run. For comparison the same code settles one payment in a transaction, which is what
a shop does that handles each callback by itself.
"""

from __future__ import annotations

import sys
import time

import psycopg

from benchmarks import bare
from benchmarks.books import check_books
from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.market import Market, market_on
from benchmarks.planting import fill_inbox, plant

PROCESSES = 2
PAYMENTS, WARM_UP = 60_000, 4_000
ONE_BY_ONE = 2_000
BATCH = 1_000
"""Of the bare statements; the market's own is `sokopesa.payments.settlement.BATCH`."""
PATIENCE = 600.0


def measure(server: Server, *, payments: int = PAYMENTS) -> list[Figure]:
    """Payments a second, for purchases of one order and of three, each beside its statements run bare; and one by one.

    Raises:
        BooksWrongError: see `benchmarks.books`.
    """
    few = min(payments, ONE_BY_ONE)
    figures = []
    for what, orders_each in (("three orders", 3), ("one order", 1)):
        bare = _bare(server, payments=payments, orders_each=orders_each)
        url = server.fresh("settlement")
        rate = rate_of(url, payments=payments, orders_each=orders_each)
        figures.append(
            Figure(f"payments settled, {what} each ({orders_each + 1} postings); beside bare SQL", rate, "1/s", bare)
        )
        server.drop("settlement")
    by_ones = rate_of(server.fresh("settlement"), payments=few, limit="1")
    server.drop("settlement")
    return [*figures, Figure("one payment a transaction; beside them together", by_ones, "1/s", figures[-1].value)]


def rate_of(url: str, *, payments: int, orders_each: int = 1, limit: str = "", settled_before: int = 0) -> int:
    """Payments a second that `PROCESSES` settling processes make of new callbacks; the books are checked.

    ``settled_before`` is how many payments the database held when it was handed over.
    """
    warm_up = min(WARM_UP, payments // 10)
    with psycopg.connect(url, autocommit=True) as watching, market_on(url) as market:
        first = plant(url, purchases=warm_up + payments, orders_each=orders_each)
        for number in range(PROCESSES):
            market.start(f"settling-{number}", [sys.executable, "-m", "benchmarks.settling", *limit.split()])
        fill_inbox(url, first=first, last=first + warm_up - 1)
        _wait_until_settled(watching, market)
        fill_inbox(url, first=first + warm_up, last=first + warm_up + payments - 1)  # seen by nobody before its commit
        filled = time.perf_counter()
        _wait_until_settled(watching, market)
        ended = time.perf_counter()
    if not settled_before:
        postings = check_books(url, payments=warm_up + payments)
        if postings != 1 + orders_each:
            raise BooksWrongError(f"{postings} postings for a payment of {orders_each} orders")
    return round(payments / (ended - filled))


def _bare(server: Server, *, payments: int, orders_each: int) -> int:
    """The same callbacks by the same statements from prepared rows: what the database alone would do."""
    url = server.fresh("bare")
    plant(url, purchases=payments, orders_each=orders_each)
    fill_inbox(url, first=1, last=payments)
    bare.prepare(url)
    began = time.perf_counter()
    bare.settle_all(url, connections=PROCESSES, size=BATCH)
    took = time.perf_counter() - began
    check_books(url, payments=payments)
    server.drop("bare")
    return round(payments / took)


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
