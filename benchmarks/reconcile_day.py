"""How long it takes to judge a day of M-PESA's statement beside a ledger of many, as on every morning, and to look at
it.

What is planted is what settlement leaves: receipts, entries and postings over many days, each in an escrow account of
its own, of which the last day stands in the statement, line by line, with a few differences. The same join as one bare
statement stands beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import psycopg

from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.planting import SHORTCODE

PLANTED = 3
"""Differences of each of three kinds."""

_SIDES = """
SET session_replication_role = replica;
INSERT INTO ledger_account (id, code, kind, guarded, balance_cents) VALUES
    (1, 'mpesa:{shortcode}', 'asset', false, {entries}::bigint * 100000),
    (2, 'unmatched', 'liability', true, 0);
INSERT INTO ledger_account (id, code, kind, guarded, balance_cents)
SELECT n + 2, 'escrow:' || n, 'liability', true, -100000 FROM generate_series(1::bigint, {entries}) AS n;
CREATE UNLOGGED TABLE past AS SELECT n,
    date_trunc('day', now() AT TIME ZONE 'Africa/Nairobi') AT TIME ZONE 'Africa/Nairobi'
        - interval '1 day' * ({days} - ({days} * (n - 0.5))::float / {entries}) AS at,
    'U' || chr(65 + (n % 26)::int) || upper(lpad(to_hex(n * 2654435761 % 4294967296), 8, '0')) AS receipt
FROM generate_series(1::bigint, {entries}) AS n;
INSERT INTO payments_receipt (
    code, shortcode, msisdn, account, amount_cents, charge_cents, tariff, paid_at, learned_at, learned_from, unplaced)
SELECT receipt, '{shortcode}', '254712345678', 'X' || n, 100000, 1000, 'paybill-2023-07-29', at, at, 'confirmation', '?'
FROM past;
INSERT INTO ledger_entry (id, key, kind, memo, happened_at, booked_at)
SELECT n, 'receipt:' || receipt, 'unmatched-payment', 'M-PESA receipt ' || receipt, at, at FROM past;
INSERT INTO ledger_posting (entry_id, account_id, amount_cents)
SELECT n, account_id, cents FROM past, LATERAL (VALUES (1, 100000), (n + 2, -100000)) AS leg(account_id, cents);
SELECT setval('ledger_entry_id_seq', {entries}), setval('ledger_account_id_seq', {entries} + 2);
"""

_STATEMENT = """
SET session_replication_role = replica;
CREATE UNLOGGED TABLE told AS
SELECT row_number() OVER (ORDER BY n) AS line, n, date_trunc('second', at) AS at, receipt,
    CASE WHEN n % {every} = 1 THEN 99900 ELSE 100000 END AS cents
FROM past WHERE at >= (SELECT max(at) FROM past) - interval '1 day' AND n % {every} <> 2;
INSERT INTO reconciliation_statementimport (
    id, shortcode, account, source, file_name, sha256, period_from, period_until, opening_cents, closing_cents,
    line_count, known_count, passed_over, break_count, imported_at)
SELECT 1, '{shortcode}', 'utility', 'csv', 'day.csv', repeat('a', 64), min(at), max(at), {before}::bigint,
    {before}::bigint + sum(cents), count(*), 0, 0, 0, now() FROM told;
INSERT INTO reconciliation_statementline (
    statement_import_id, line_number, shortcode, account, receipt, reason, occurrence, completed_at, initiated_at,
    paid_in_cents, withdrawn_cents, balance_cents, details, other_party, msisdn, linked, reference)
SELECT 1, line, '{shortcode}', 'utility', receipt, 'Pay Bill', 1, at, at, cents, 0,
    {before} + sum(cents) OVER (ORDER BY line), 'Pay Bill from 254712345678 - JOHN DOE Acc. X' || n,
    '254712345678 - JOHN DOE', '254712345678', '', 'X' || n
FROM told;
-- As yesterday's run left it.
INSERT INTO reconciliation_beginning (code, shortcode, account, begins_at, balance_cents, booked_cents)
SELECT 'mpesa:{shortcode}', '{shortcode}', 'utility', min(at), {before}, {before} FROM told;
INSERT INTO reconciliation_progress (id, entry, snapshot)
SELECT 1, min(n) - 1, pg_current_snapshot()::text FROM told;
"""

_BARE = """
SELECT count(*) FILTER (WHERE posting.amount_cents = line.paid_in_cents), count(*) FILTER (WHERE entry.id IS NULL)
FROM reconciliation_statementline line
LEFT JOIN ledger_entry entry ON entry.key = 'receipt:' || line.receipt
LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id AND posting.account_id = 1
WHERE line.statement_import_id = 1
"""

_JUDGE = """
import json, time
from datetime import timedelta
from sokopesa.cli.django import set_up_django
set_up_django()
from sokopesa.kernel.clock import nairobi_date, now
from sokopesa.reconciliation import closing, matching
began = time.perf_counter()
judged = matching.run(now=now())
ended = time.perf_counter()
closing.look(day=nairobi_date(now()) - timedelta(days=1))
looked = time.perf_counter() - ended
print(json.dumps([ended - began, looked, judged.matched, judged.opened]))
"""


def measure(server: Server, *, lines: int = 100_000, entries: int = 1_000_000) -> list[Figure]:
    """Seconds for a day of ``lines`` beside ``entries`` entries, booked and judged, as one bare join, and looked at.

    Raises:
        BooksWrongError: other differences were found than were planted.
    """
    url = server.fresh("reconcile")
    try:
        _plant(url, lines, entries)
        bare = _bare(url)
        took, looked, matched, opened = _judge(url)
        with psycopg.connect(url) as connection:
            told = connection.execute("SELECT count(*) FROM told").fetchone()
            found = dict(
                connection.execute("SELECT kind, count(*) FROM reconciliation_discrepancy GROUP BY kind").fetchall()
            )
    finally:
        server.drop("reconcile")
    if told is None or matched != told[0]:
        raise BooksWrongError(f"{matched} lines matched of {told}; {opened} differences: {found}")
    return [
        Figure(f"a day of {lines:,} lines judged beside {entries:,} entries", took, "s", None),
        Figure("the same as one bare join, nothing written", bare, "s", None),
        Figure("the day looked at, both sides with all items", looked, "s", None),
        Figure("lines judged", lines / took, "1/s", None),
    ]


def _plant(url: str, lines: int, entries: int) -> None:
    facts = {
        "shortcode": SHORTCODE,
        "entries": entries,
        "days": entries // lines,
        "every": lines // PLANTED,
        "before": (entries - lines) * 100_000,
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SIDES.format(**facts))  # type: ignore[arg-type]
        connection.execute(_STATEMENT.format(**facts))  # type: ignore[arg-type]
        connection.execute("VACUUM ANALYZE")


def _bare(url: str) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        best = float("inf")
        for _ in range(2):
            began = time.perf_counter()
            connection.execute(_BARE).fetchall()
            best = min(best, time.perf_counter() - began)
    return best


def _judge(url: str) -> tuple[float, float, int, int]:
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _JUDGE],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    took, looked, matched, opened = json.loads(ended.stdout.splitlines()[-1])
    return took, looked, matched, opened
