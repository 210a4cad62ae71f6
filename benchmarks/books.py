"""Whether the books are right after a benchmark. A rate of wrong books is worth nothing."""

from __future__ import annotations

import psycopg

from benchmarks.figures import BooksWrongError

_CHECKS = {
    "messages left in the inbox": "SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NULL",
    "entries whose postings do not sum to zero": """
        SELECT count(*) FROM (
            SELECT entry_id FROM ledger_posting GROUP BY entry_id HAVING sum(amount_cents) <> 0
        ) AS unbalanced
    """,
    "sum of all postings": "SELECT coalesce(sum(amount_cents), 0) FROM ledger_posting",
    "sum of all balances": "SELECT coalesce(sum(balance_cents), 0) FROM ledger_account",
    "accounts whose balance is not the sum of their postings": """
        SELECT count(*) FROM ledger_account account LEFT JOIN (
            SELECT account_id, sum(amount_cents) AS cents FROM ledger_posting GROUP BY account_id
        ) AS posted ON posted.account_id = account.id WHERE account.balance_cents <> coalesce(posted.cents, 0)
    """,
    "receipts without their entry": """
        SELECT count(*) FROM payments_receipt receipt
        LEFT JOIN ledger_entry entry ON entry.key = 'receipt:' || receipt.code WHERE entry.id IS NULL
    """,
    "paid purchases without a receipt": """
        SELECT count(*) FROM orders_purchase purchase
        LEFT JOIN payments_receipt receipt ON receipt.purchase_id = purchase.id
        WHERE (purchase.state = 'paid') <> (receipt.code IS NOT NULL)
    """,
}
"""What must be nought."""


def check_books(url: str, *, payments: int) -> int:
    """Check that exactly ``payments`` payments are booked, each once, and return how many postings each made.

    Raises:
        BooksWrongError: they are not; the text says what is wrong.
    """
    with psycopg.connect(url) as connection:
        wrong = [f"{what}: {count}" for what, query in _CHECKS.items() if (count := _number(connection, query)) != 0]
        receipts = _number(connection, "SELECT count(*) FROM payments_receipt")
        entries = _number(connection, "SELECT count(*) FROM ledger_entry")
        postings = _number(connection, "SELECT count(*) FROM ledger_posting")
    each, rest = divmod(postings, payments)
    if receipts != payments or entries != payments or rest:
        wrong.append(f"{receipts} receipts, {entries} entries and {postings} postings for {payments} payments")
    if wrong:
        raise BooksWrongError("; ".join(wrong))
    return each


def _number(connection: psycopg.Connection[tuple[object, ...]], query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row
    return int(str(row[0]))
