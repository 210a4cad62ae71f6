"""How many callbacks a second the door keeps durably, and how long the answer takes at half of that.

Load generator, door and PostgreSQL share this machine. The limit is the bare database: the very same rows, inserted by
the same statement in batches as large as the door's were, with nothing around it.
"""

from __future__ import annotations

import asyncio
import itertools
import time

import psycopg
import uvloop

from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.load import Outcome, drive
from benchmarks.market import market_on
from benchmarks.planting import callbacks, plant
from sokopesa.payments.inbox import Arrival, store

CALLBACKS = 20_000
"""Different ones; they come again and again."""
P99_PROMISED_MS = 100.0


def measure(server: Server, *, seconds: float = 10.0) -> list[Figure]:
    """Rates at 64 and 256 connections, each beside the bare insert; the answer's time at half of the better rate.

    Raises:
        BooksWrongError: the inbox does not hold exactly what was acknowledged.
    """
    url = server.fresh("intake")
    plant(url, purchases=CALLBACKS)
    requests = [request for _, request in callbacks(url, first=1, last=CALLBACKS)]
    figures, best = [], 0.0
    with market_on(url) as market, psycopg.connect(url, autocommit=True) as watching:
        door, port = market.open_door()
        drive(port, itertools.cycle(requests), connections=64, seconds=min(2.0, seconds))
        for connections in (64, 256):
            kept, commits, spent = _kept(watching), _commits(watching), door.processor_seconds()
            outcome = drive(port, itertools.cycle(requests), connections=connections, seconds=seconds)
            spent = door.processor_seconds() - spent
            _check(watching, kept, outcome)
            batch = max(1, round(outcome.accepted / max(1, _commits(watching) - commits)))
            bare = uvloop.run(_bare_rate(url, batch=batch, seconds=seconds / 2))
            what = f"callbacks kept, {connections} connections"
            figures += [
                Figure(f"{what} (limit: insert of {batch} rows)", round(outcome.rate), "1/s", round(bare)),
                Figure(f"door's processor time, {connections} connections", _micro(spent, outcome), "µs/callback"),
            ]
            best = max(best, outcome.rate)
        kept = _kept(watching)
        outcome = drive(port, itertools.cycle(requests), connections=256, seconds=seconds, rate=best / 2)
        _check(watching, kept, outcome)
    half = f"answer at {best / 2:,.0f} callbacks/s"
    figures += [
        Figure(f"{half}, median", round(outcome.percentile(0.5) * 1000, 1), "ms"),
        Figure(f"{half}, p99", round(outcome.percentile(0.99) * 1000, 1), "ms", P99_PROMISED_MS),
    ]
    server.drop("intake")
    return figures


def _kept(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT count(*) FROM payments_inboxmessage").fetchone()
    assert row
    return int(str(row[0]))


def _commits(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Commits of this database; sessions report theirs within a second of the last one."""
    time.sleep(1.1)
    row = connection.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row
    return int(str(row[0]))


def _check(connection: psycopg.Connection[tuple[object, ...]], before: int, outcome: Outcome) -> None:
    if outcome.refused or (kept := _kept(connection) - before) != outcome.accepted:
        raise BooksWrongError(f"{outcome.refused} callbacks refused; {kept} kept of {outcome.accepted} acknowledged")


def _micro(seconds: float, outcome: Outcome) -> float:
    return round(seconds / outcome.accepted * 1e6, 1)


async def _bare_rate(url: str, *, batch: int, seconds: float) -> float:
    """Rows a second of the door's own statement in a loop, on two connections as the door has."""
    arrivals = [_arrival(n) for n in range(batch)]
    stop_at = time.perf_counter() + seconds

    async def insert() -> int:
        rows = 0
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while time.perf_counter() < stop_at:
                await store(connection, arrivals)
                rows += batch
        return rows

    return sum(await asyncio.gather(insert(), insert())) / seconds


def _arrival(n: int) -> Arrival:
    headers = '{"content-type": "application/json;charset=UTF-8", "content-length": "444", "user-agent": "Apache"}'
    return Arrival(
        kind="stk",
        token_digest=n.to_bytes(32, "big"),
        source="196.201.214.200",
        trusted=True,
        headers=headers,
        body=b"x" * 444,
    )
