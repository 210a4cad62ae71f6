"""A morning's run must not take hours because the database's planner was misled."""

from __future__ import annotations

import pytest
from django.db import connection

from sokopesa.reconciliation import matching

ENTRIES, LINES = 20_000, 2_000

BOOKS = """
SET LOCAL session_replication_role = replica;
INSERT INTO ledger_account (id, code, kind, guarded, balance_cents) VALUES (1, 'mpesa:600000', 'asset', false, 0);
INSERT INTO ledger_account (id, code, kind, guarded, balance_cents)
SELECT n + 1, 'escrow:' || n, 'liability', true, 0 FROM generate_series(1, {entries}) AS n;
INSERT INTO ledger_entry (id, key, kind, memo, happened_at, booked_at)
SELECT n, 'receipt:' || n, 'payment', '', now(), now() FROM generate_series(1, {entries}) AS n;
INSERT INTO ledger_posting (entry_id, account_id, amount_cents)
SELECT n, account, cents
FROM generate_series(1, {entries}) AS n, LATERAL (VALUES (1, 100), (n + 1, -100)) AS leg(account, cents);
CREATE TEMP TABLE reconciliation_fresh ON COMMIT DROP AS
SELECT n AS line, 'receipt:' || n AS key, n::text AS receipt, 'payment' AS sort, 'mpesa:600000' AS code
FROM generate_series(1, {lines}) AS n;
-- One account has half of all postings, and the planner believes that all have a few.
ANALYZE ledger_account, ledger_entry, ledger_posting, reconciliation_fresh;
"""


@pytest.mark.django_db
def test_a_lines_posting_is_looked_up_by_its_entry_whatever_the_planner_believes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BOOKS.format(entries=ENTRIES, lines=LINES))
        cursor.execute("EXPLAIN " + matching.FIND[matching.FIND.index("WITH") :])
        plan = [line for (line,) in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM (" + matching.FIND[matching.FIND.index("WITH") :] + ") AS found")
        assert cursor.fetchone() == (LINES,)
    how = [line.strip() for line in plan if "posting.entry_id" in line or "Index Cond: (entry_id" in line]
    assert how
    assert all("Cond: " in line for line in how), "\n".join(plan)
