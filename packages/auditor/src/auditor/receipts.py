"""Receipts ⇔ entries: each receipt is booked once, with its amount, at its time, for its purchase."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.books import Books
from auditor.findings import Fault, Finding, kes

BOOKED = """
CREATE OR REPLACE TEMP VIEW booked_receipts AS
WITH brought AS (
    SELECT entry_id, sum(cents) FILTER (code LIKE 'mpesa:%')::BIGINT AS cents,
           sum(cents) FILTER (cents > 0)::BIGINT AS debits
    FROM true_postings JOIN accounts ON accounts.id = account_id
    WHERE entry_id IN (SELECT id FROM true_entries WHERE key LIKE 'receipt:%') GROUP BY entry_id
)
SELECT key[9:] AS code, id, happened_at, coalesce(cents, 0) AS cents, coalesce(debits, 0) AS debits,
       id IN (SELECT id FROM doubtful) OR (kind = 'missing' AND cents IS NULL) AS uncertain
FROM true_entries LEFT JOIN brought ON entry_id = id WHERE key LIKE 'receipt:%';
"""
"""What the ledger says of each receipt. ``uncertain``: the entry was altered, so its amount says nothing."""


def check(books: Books) -> Iterator[Finding]:
    """Both directions; the amount is what is not there, or by how much they differ."""
    if "receipts" not in books.has:
        return
    for code, count, cents in books.rows(
        "SELECT code, count(*), any_value(amount_cents) FROM receipts GROUP BY code HAVING count(*) > 1 ORDER BY code"
    ):
        yield Finding(Fault.RECEIPT_TWICE, code, cents * (count - 1), f"it stands there {count} times")
    for code, told, cents, debits, is_late, uncertain in books.rows(_DIFFERENT):
        if cents is None:
            yield Finding(Fault.RECEIPT_UNBOOKED, code, told, "no entry books it")
        elif told is None:
            yield Finding(Fault.RECEIPT_MISSING, code, debits, "an entry books it, and there is no such receipt")
        elif uncertain:
            continue
        elif told != cents:
            words = f"the receipt says {kes(told)} and its entry {kes(cents)}"
            yield Finding(Fault.RECEIPT_AMOUNT, code, told - cents, words)
        elif is_late:
            yield Finding(Fault.RECEIPT_TIME, code, told, "its entry has another time than M-PESA's")
    if "orders" in books.has:
        yield from _elsewhere(books)


def _elsewhere(books: Books) -> Iterator[Finding]:
    for code, told, paid, cents in books.rows(_ELSEWHERE):
        words = f"it is kept for {_purchase(told)}, and the ledger put its money into {_purchase(paid)}"
        yield Finding(Fault.RECEIPT_ELSEWHERE, code, cents, words)


def _purchase(number: int | None) -> str:
    return "no purchase" if number is None else f"purchase {number}"


_DIFFERENT = """
SELECT code, any_value(amount_cents), any_value(cents), any_value(debits),
       coalesce(bool_or(paid_at <> happened_at), false), coalesce(bool_or(uncertain), false)
FROM receipts FULL JOIN booked_receipts USING (code)
WHERE amount_cents IS DISTINCT FROM cents OR (happened_at IS NOT NULL AND paid_at <> happened_at)
GROUP BY code ORDER BY code
"""

_ELSEWHERE = """
WITH moved AS (
    SELECT entry_id, account_id, sum(cents)::BIGINT AS cents FROM true_postings GROUP BY ALL HAVING sum(cents) < 0
), paid AS (
    SELECT CASE WHEN entry.key LIKE 'refund-used:%' THEN refunds.receipt ELSE entry.key[9:] END AS code,
           orders.purchase_id AS paid_id, -sum(cents)::BIGINT AS cents
    FROM true_entries entry JOIN moved ON entry_id = entry.id
    JOIN accounts ON accounts.id = account_id AND accounts.code LIKE 'escrow:%'
    JOIN orders ON orders.id = try_cast(accounts.code[8:] AS BIGINT)
    LEFT JOIN refunds ON entry.key = 'refund-used:' || refunds.key
    WHERE entry.key LIKE 'receipt:%' OR entry.key LIKE 'release:%' OR entry.key LIKE 'refund-used:%'
    GROUP BY ALL
)
SELECT code, purchase_id, paid_id, coalesce(paid.cents, receipts.amount_cents)
FROM receipts LEFT JOIN paid USING (code) JOIN booked_receipts USING (code)
WHERE purchase_id IS DISTINCT FROM paid_id AND NOT uncertain ORDER BY code
"""
