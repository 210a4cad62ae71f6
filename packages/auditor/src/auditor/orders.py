"""Completed orders: the ledger gave their money to the shops that sold them, and nothing of it is left behind."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.books import Books
from auditor.findings import Fault, Finding


def check(books: Books) -> Iterator[Finding]:
    """The amount is what went to another shop or out of another order, or what is left."""
    if "orders" not in books.has:
        return
    for number, cents, code in books.rows(_ELSEWHERE):
        words = f"the entry that completes it moves money of {code}, which is not its own"
        yield Finding(Fault.ORDER_ELSEWHERE, number, cents, words)
    for number, cents in books.rows(_LEFT):
        yield Finding(Fault.ORDER_STATE, number, cents, "it is completed, and its money still waits for that")


_ELSEWHERE = """
SELECT number, sum(abs(cents))::BIGINT, code
FROM true_entries entry JOIN orders ON entry.key = 'completed:' || orders.id
JOIN true_postings ON entry_id = entry.id JOIN accounts ON accounts.id = account_id
WHERE entry.id NOT IN (SELECT id FROM doubtful)
  AND ((code LIKE 'seller:%' AND code <> 'seller:' || seller_id)
       OR (code LIKE 'escrow:%' AND code <> 'escrow:' || orders.id))
GROUP BY number, code HAVING sum(cents) <> 0 ORDER BY number, code
"""

_LEFT = """
WITH held AS (
    SELECT code, -sum(cents)::BIGINT AS cents FROM true_postings JOIN accounts ON accounts.id = account_id
    WHERE code LIKE 'escrow:%' GROUP BY code HAVING sum(cents) <> 0
)
SELECT number, cents FROM orders JOIN held ON held.code = 'escrow:' || orders.id
WHERE state = 'completed' ORDER BY number
"""
