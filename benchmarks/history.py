"""What settling costs beside millions of older payments: the same run on young tables and on old ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.database import Server
from benchmarks.figures import Figure
from benchmarks.planting import SHORTCODE, plant
from benchmarks.settlement import rate_of

SLICE = 100_000
LANES = 2
DAYS = 100
TABLES = (
    "orders_purchase",
    "orders_order",
    "orders_event",
    "payments_prompt",
    "payments_receipt",
    "payments_inboxmessage",
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
    "notices_notice",
)
"""Into which a payment writes."""
_SLICE_OF_THE_PAST = (Path(__file__).parent / "history.sql").read_text(encoding="utf-8")


def measure(server: Server, *, settled: int = 10_000_000, payments: int = 60_000, rounds: int = 4) -> list[Figure]:
    """Payments a second with nothing settled before, and with ``settled`` payments in all the tables.

    Both take turns, and the best of each counts: what is asked is the cost of size, not of the machine's mood.

    Raises:
        BooksWrongError: see `benchmarks.books`.
    """
    old_url = server.fresh("old")
    _live_through(old_url, settled)
    young_url = server.fresh("young")
    young = old = 0
    for number in range(rounds):
        young = max(young, rate_of(young_url, payments=payments, settled_before=number * payments))
        old = max(old, rate_of(old_url, payments=payments, settled_before=settled))
    server.drop("young")
    server.drop("old")
    return [
        Figure(f"payments settled, {settled:,} settled before (limit: none before)", old, "1/s", young),
    ]


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
        with _without_indexes(connection):
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


@contextmanager
def _without_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """Indexes are built when the tables are full, which takes a third of the time; primary keys stay."""
    constraints = connection.execute(
        """
        SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'u' AND conrelid::regclass::text = ANY (%s)
        """,
        [list(TABLES)],
    ).fetchall()
    for table, name, _ in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")  # type: ignore[arg-type]
    indexes = connection.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE NOT indisprimary AND indrelid::regclass::text = ANY (%s)
        """,
        [list(TABLES)],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")  # type: ignore[arg-type]
    yield
    connection.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        connection.execute(definition)  # type: ignore[arg-type]
    for table, name, definition in constraints:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")  # type: ignore[arg-type]


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
