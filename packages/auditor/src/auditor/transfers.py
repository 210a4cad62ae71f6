"""Transfers that M-PESA paid out: each has one entry and one receipt, and nobody was paid twice."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.books import Books
from auditor.findings import Fault, Finding, kes

PAID_OUT = """
CREATE OR REPLACE TEMP VIEW paid_out AS
WITH taken AS (
    SELECT entry_id, code, sum(cents)::BIGINT AS cents
    FROM true_postings JOIN accounts ON accounts.id = account_id
    WHERE entry_id IN (SELECT id FROM true_entries WHERE key LIKE 'transfer:%') GROUP BY entry_id, code
)
SELECT key, true_entries.id AS entry_id, max(cents) AS cents, arg_max(code, cents) AS account,
       true_entries.id IN (SELECT id FROM doubtful) OR (any_value(kind) = 'missing' AND max(cents) IS NULL)
       AS uncertain
FROM true_entries LEFT JOIN taken ON entry_id = true_entries.id
WHERE key LIKE 'transfer:%' GROUP BY key, true_entries.id;
"""


def check(books: Books) -> Iterator[Finding]:
    """Both directions; the amount is what is not there, what was paid too much, or by how much they differ."""
    if "transfers" not in books.has:
        return
    twice = books.rows(_TWICE)
    for number, cents, words in twice:
        yield Finding(Fault.PAID_TWICE, number, cents, words)
    for key, number, state, told, cents, uncertain in books.rows(_DIFFERENT):
        if number is None:
            yield Finding(Fault.TRANSFER_MISSING, key, cents, "an entry books it, and there is no such transfer")
        elif state != "paid":
            yield Finding(Fault.TRANSFER_STATE, key, cents, f"an entry books it, and it is {state}")
        elif cents is None:
            yield Finding(Fault.TRANSFER_UNBOOKED, key, told, "it was paid, and no entry books it")
        elif not uncertain:
            words = f"it says {kes(told)} and its entry {kes(cents)}"
            yield Finding(Fault.TRANSFER_AMOUNT, key, told - cents, words)
    yield from _accounts(books)
    yield from _receipts(books)
    yield from _payees(books)


def _accounts(books: Books) -> Iterator[Finding]:
    """A refund's account tells by itself that it was not paid, or paid twice."""
    for key, cents, told, booked in books.rows("""
        SELECT paid_out.key, amount_cents, transfers.account, paid_out.account
        FROM transfers JOIN paid_out ON paid_out.key = 'transfer:' || id
        WHERE state = 'paid' AND NOT uncertain AND transfers.account <> '' AND transfers.account <> paid_out.account
          AND transfers.account NOT LIKE 'refunds:%' AND cents = amount_cents
        ORDER BY paid_out.key
    """):
        yield Finding(Fault.TRANSFER_ACCOUNT, key, cents, f"it paid {told}, and its entry takes it from {booked}")


def _receipts(books: Books) -> Iterator[Finding]:
    for key, cents in books.rows("""
        SELECT 'transfer:' || id, amount_cents FROM transfers WHERE state = 'paid' AND coalesce(receipt, '') = ''
        ORDER BY id
    """):
        yield Finding(Fault.TRANSFER_RECEIPT, key, cents, "it was paid, and has no receipt of M-PESA's")
    for receipt, count, cents in books.rows("""
        SELECT receipt, count(*), min(amount_cents) FROM transfers WHERE state = 'paid' AND receipt <> ''
        GROUP BY receipt HAVING count(*) > 1 ORDER BY receipt
    """):
        yield Finding(Fault.TRANSFER_RECEIPT, receipt, cents, f"{count} transfers name this receipt")


def _payees(books: Books) -> Iterator[Finding]:
    for key, cents, payee in books.rows("""
        SELECT 'transfer:' || transfers.id, transfers.amount_cents, transfers.payee
        FROM transfers JOIN refunds ON refunds.id = refund_id
        WHERE transfers.state = 'paid' AND refunds.msisdn <> '' AND transfers.payee <> refunds.msisdn
          AND transfers.payee IS DISTINCT FROM refunds.payee
        ORDER BY 1
    """):
        yield Finding(Fault.TRANSFER_PAYEE, key, cents, f"it was paid to {payee}, who is not who is owed")


TWICE = """
CREATE OR REPLACE TEMP VIEW paid_twice AS
WITH paid AS (
    SELECT refund_id, count(*) AS n, sum(amount_cents) AS cents FROM transfers
    WHERE state = 'paid' AND refund_id IS NOT NULL GROUP BY refund_id
)
SELECT paid.refund_id, refunds.number, n,
       (paid.cents - coalesce(owed.cents, amount_cents, 0) - coalesce(roundings.cents, 0))::BIGINT AS cents
FROM paid LEFT JOIN refunds ON refunds.id = paid.refund_id LEFT JOIN owed ON owed.key = refunds.key
LEFT JOIN roundings ON roundings.refund_id = paid.refund_id
WHERE n > 1 AND paid.cents > coalesce(owed.cents, amount_cents, 0) + coalesce(roundings.cents, 0);
"""
"""Refunds of which more than one transfer was paid, and more than was owed."""

_TWICE = """
SELECT coalesce(number, 'refund ' || refund_id), cents, n || ' transfers of it were paid' FROM paid_twice ORDER BY 1
"""

_DIFFERENT = """
WITH told AS (
    SELECT 'transfer:' || id AS key, id, state, amount_cents, refund_id FROM transfers
)
SELECT key, told.id, state, amount_cents, cents, coalesce(uncertain, false)
FROM told FULL JOIN paid_out USING (key)
WHERE CASE WHEN told.id IS NULL THEN true
           WHEN state <> 'paid' THEN cents IS NOT NULL
           WHEN cents IS NULL THEN refund_id IS NULL OR refund_id NOT IN (SELECT refund_id FROM paid_twice)
           ELSE cents <> amount_cents END
ORDER BY key
"""
