"""What settling costs beside millions of older payments: the same run on young tables and on old ones."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg

from benchmarks.database import Server
from benchmarks.figures import Figure
from benchmarks.planting import SHORTCODE, plant
from benchmarks.settlement import rate_of

SLICE = 100_000
LANES = 2
DAYS = 100
_SLICE_OF_THE_PAST = (Path(__file__).parent / "history.sql").read_text(encoding="utf-8")


def measure(server: Server, *, settled: int = 10_000_000, payments: int = 60_000, rounds: int = 3) -> list[Figure]:
    """Payments a second with nothing settled before, and with ``settled`` payments in all the tables.

    The best of each: what is asked is the cost of size, not of the machine's mood.

    Raises:
        BooksWrongError: see `benchmarks.books`.
    """
    young = _best(server, "young", before=0, payments=payments, rounds=rounds)
    old = _best(server, "old", before=settled, payments=payments, rounds=rounds)
    return [
        Figure("payments settled, nothing settled before", young, "1/s"),
        Figure(f"payments settled, {settled:,} settled before", old, "1/s", young),
    ]


def _best(server: Server, name: str, *, before: int, payments: int, rounds: int) -> int:
    url = server.fresh(name)
    if before:
        _live_through(url, before)
    best = max(rate_of(url, payments=payments, settled_before=before) for _ in range(rounds))
    server.drop(name)
    return best


def _live_through(url: str, total: int) -> None:
    """Plant the settled payments 1 to ``total``, a few slices at a time."""
    plant(url, purchases=0)
    lanes = [threading.Thread(target=_live, args=(url, total, lane)) for lane in range(LANES)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO ledger_account (id, code, kind, guarded, balance_cents) VALUES (1, %s, 'asset', false, %s)",
            [f"mpesa:{SHORTCODE}", total * 100_000],
        )
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        for table, identity in {
            "orders_purchase": 0,
            "orders_order": 0,
            "ledger_account": 1000,
            "ledger_entry": 0,
        }.items():
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, total + identity])
        connection.execute("INSERT INTO planted (n) VALUES (%s)", [total])  # what is planted next comes after
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _live(url: str, total: int, lane: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for first in range(1 + lane * SLICE, total + 1, LANES * SLICE):
            last = min(first + SLICE - 1, total)
            connection.execute(
                _SLICE_OF_THE_PAST.format(first=first, last=last, total=total, days=DAYS, shortcode=SHORTCODE)
            )
            connection.commit()
