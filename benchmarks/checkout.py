"""Whole checkouts over HTTP, from an empty basket to an order whose prompt is handed to the worker: client, server and
PostgreSQL on one machine. Beside them the same SQL run bare."""

from __future__ import annotations

import itertools
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.buying import Bought, Wish, buy
from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.market import market_on
from benchmarks.planting import BUYERS, SELLERS, plant
from benchmarks.recording import Recording
from benchmarks.replaying import LEARNED_FROM, replay

CLIENTS, WORKERS = 4, 2
MOST_QUERIES, LEAST_RATE, MOST_MILLISECONDS = 25, 100, 120
RECORDED_BUYER, RECORDED_OFFER = 19_993, 1_907
"""Numbers that nothing else in the recorded statements is."""
WARM_UP = 2.0

_SEQUENCES = ("orders_basket", "orders_basketitem", "orders_purchase", "orders_order", "procrastinate_jobs")


_PLACED = """
SELECT count(*) FROM orders_purchase purchase
JOIN payments_prompt prompt ON prompt.purchase_id = purchase.id AND prompt.amount_cents = purchase.total_cents
JOIN procrastinate_jobs job ON job.args ->> 'prompt_id' = prompt.id::text
WHERE purchase.number = ANY (%s)
"""
_WRONG_STOCK = """
SELECT count(*) FROM catalog_offer offer LEFT JOIN (
    SELECT offer_id, sum(quantity) AS pieces FROM orders_orderline GROUP BY offer_id
) AS sold ON sold.offer_id = offer.id WHERE offer.stock <> 1000000 - coalesce(sold.pieces, 0)
"""


def measure(server: Server, *, seconds: float = 15.0, alone_seconds: float = 10.0) -> list[Figure]:
    """Four clients, then one, then the same statements bare by four and by one.

    Raises:
        BooksWrongError: a purchase without its prompt, or stock that is not what was sold.
    """
    url = server.fresh("checkout")
    plant(url, purchases=0)
    _set_sequences(url)
    with tempfile.TemporaryDirectory(prefix="sokopesa-bench-") as folder:
        file = Path(folder) / "recording"
        recorded = _record(file)
        wishes = _wishes(recorded)
        with market_on(url) as market:
            door, port = market.open_door(door_only=False, workers=WORKERS)
            warm = buy(port, wishes, clients=CLIENTS, seconds=WARM_UP)
            _analyse(url)
            before = door.processor_seconds()
            load = os.getloadavg()[0]
            many = buy(port, wishes, clients=CLIENTS, seconds=seconds)
            used = door.processor_seconds() - before
            alone = buy(port, wishes, clients=1, seconds=alone_seconds)
        _check(url, [warm, many, alone])
        bare = replay(file, first=BUYERS // 2, clients=CLIENTS, seconds=seconds / 2)
        bare_alone = replay(file, first=BUYERS // 2 + 7_000, clients=1, seconds=alone_seconds / 2)
    server.drop("checkout")
    return [
        Figure("whole checkouts over HTTP, 4 clients", round(many.rate, 1), "1/s", LEAST_RATE),
        Figure("one client, p95 of the whole", round(alone.percentile(0.95) * 1000, 1), "ms", MOST_MILLISECONDS),
        Figure("one client, median of the whole", round(alone.percentile(0.5) * 1000, 1), "ms"),
        Figure("queries a checkout", recorded.queries, "queries", MOST_QUERIES),
        Figure("with 4 clients, beside the same SQL run bare", round(many.rate, 1), "1/s", round(bare, 1)),
        Figure("with one client, beside the same SQL run bare", round(alone.rate, 1), "1/s", round(bare_alone, 1)),
        Figure("processor time of the server, a checkout", round(1000 * used / len(many.numbers), 2), "ms"),
        Figure("load of the machine when it was measured", round(load, 1), "processes"),
    ]


def _set_sequences(url: str) -> None:
    """What the database numbers while we record is told from everything else by its size."""
    with psycopg.connect(url, autocommit=True) as connection:
        for place, table in enumerate(_SEQUENCES, start=1):
            connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, LEARNED_FROM * (1 + 100 * place)]
            )


def _analyse(url: str) -> None:
    """Plans were made for empty tables. In a market's first minute PostgreSQL does this by itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _record(file: Path) -> Recording:
    command = [sys.executable, "-m", "benchmarks.recording"]
    subprocess.run(  # noqa: S603 - our own command
        [*command, str(BUYERS), str(RECORDED_BUYER), str(RECORDED_OFFER), str(file)], check=True
    )
    recorded: Recording = pickle.loads(file.read_bytes())  # noqa: S301 - our own file
    return recorded


def _wishes(recorded: Recording) -> Iterator[Wish]:
    """Every checkout by the next buyer, of another seller's offer."""
    for n in itertools.count():
        buyer, offer = 1 + n % (BUYERS // 2), 1 + n * 7 % SELLERS
        yield Wish(buyer, offer, recorded.tokens[buyer - 1])


def _check(url: str, runs: list[Bought]) -> None:
    numbers = [number for run in runs for number in run.numbers]
    with psycopg.connect(url) as connection:
        placed = connection.execute(_PLACED, [numbers]).fetchone()
        wrong = connection.execute(_WRONG_STOCK).fetchone()
    if placed != (len(set(numbers)),) or wrong != (0,):
        raise BooksWrongError(f"{placed} prompts for {len(numbers)} purchases; stock is wrong for {wrong} offers")
