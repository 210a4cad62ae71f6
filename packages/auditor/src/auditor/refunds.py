"""Refunds: each is owed by one entry, never above what its receipt brought, and held until it is paid or used."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.books import Books
from auditor.findings import Fault, Finding, kes

OWED = """
CREATE OR REPLACE TEMP VIEW owed AS
WITH credited AS (
    SELECT entry_id, -sum(cents) FILTER (code LIKE 'refunds:%')::BIGINT AS cents
    FROM true_postings JOIN accounts ON accounts.id = account_id
    WHERE entry_id IN (SELECT id FROM true_entries WHERE key LIKE 'refund:%') GROUP BY entry_id
)
SELECT key[8:] AS key, true_entries.id AS entry_id, coalesce(cents, 0) AS cents,
       true_entries.id IN (SELECT id FROM doubtful) OR (kind = 'missing' AND cents IS NULL) AS uncertain
FROM true_entries LEFT JOIN credited ON entry_id = true_entries.id WHERE key LIKE 'refund:%';

-- Cents that M-PESA cannot leave out, and what it pays out no less than, which the market adds from its own pocket.
CREATE OR REPLACE TEMP VIEW roundings AS
SELECT try_cast(split_part(key, ':', 2) AS BIGINT) AS refund_id, -sum(cents)::BIGINT AS cents
FROM true_entries JOIN true_postings ON entry_id = true_entries.id JOIN accounts ON accounts.id = account_id
WHERE (key LIKE 'refund-rounding:%' OR key LIKE 'refund-top-up:%') AND code LIKE 'refunds:%' GROUP BY ALL;
"""

FINAL = ("used", "paid")
"""States in which nothing is owed any more."""


def check(books: Books) -> Iterator[Finding]:
    """Against the ledger, and against the receipts as the ledger knows them."""
    if "refunds" not in books.has:
        return
    for key, number, told, cents, uncertain in books.rows("""
        SELECT key, number, amount_cents, cents, coalesce(uncertain, false) FROM refunds FULL JOIN owed USING (key)
        WHERE amount_cents IS DISTINCT FROM cents ORDER BY key
    """):
        if cents is None:
            yield Finding(Fault.REFUND_UNBOOKED, number, told, f"no entry owes it (refund:{key})")
        elif told is None:
            yield Finding(Fault.REFUND_MISSING, f"refund:{key}", cents, "an entry owes it, and there is no such refund")
        elif not uncertain:
            words = f"the refund says {kes(told)} and its entry {kes(cents)}"
            yield Finding(Fault.REFUND_AMOUNT, number, told - cents, words)
    for number, told, brought in books.rows(_BROUGHT + "WHERE received_cents <> brought ORDER BY number"):
        words = f"it says that its receipt brought {kes(told)}, which brought {kes(brought)}"
        yield Finding(Fault.REFUND_RECEIPT, number, told - brought, words)
    for receipt, cents, brought in books.rows(_ABOVE):
        words = f"{kes(cents)} are owed or paid out of it, and it brought {kes(brought)}"
        yield Finding(Fault.REFUND_ABOVE_RECEIPT, receipt, cents - brought, words)
    yield from _elsewhere(books)
    yield from _payees(books)
    yield from _states(books)


def _elsewhere(books: Books) -> Iterator[Finding]:
    for number, cents, told, code in books.rows("""
        SELECT number, sum(true_postings.cents)::BIGINT, order_id, code FROM refunds JOIN owed USING (key)
        JOIN true_postings USING (entry_id) JOIN accounts ON accounts.id = account_id
        WHERE NOT uncertain AND code LIKE 'escrow:%' AND code <> 'escrow:' || order_id
        GROUP BY ALL HAVING sum(true_postings.cents) > 0 ORDER BY number, code
    """):
        yield Finding(Fault.REFUND_ELSEWHERE, number, cents, f"it is of order {told}, and was taken out of {code}")


def _payees(books: Books) -> Iterator[Finding]:
    """It goes to the phone that paid, or to another one that two people agreed to."""
    for number, cents, told, paid in books.rows("""
        SELECT number, refunds.amount_cents, refunds.msisdn, receipts.msisdn
        FROM refunds JOIN receipts ON receipts.code = refunds.receipt
        WHERE refunds.msisdn <> '' AND receipts.msisdn <> '' AND refunds.msisdn <> receipts.msisdn ORDER BY number
    """):
        yield Finding(Fault.REFUND_PAYEE, number, cents, f"it goes to {told}, and {paid} had paid")
    if "approvals" not in books.has:
        return
    for number, cents, payee in books.rows("""
        SELECT number, amount_cents, payee FROM refunds
        WHERE payee NOT IN ('', msisdn) AND number NOT IN (
            SELECT number FROM approvals WHERE what = 'redirection' AND state = 'approved'
        ) ORDER BY number
    """):
        yield Finding(Fault.REFUND_PAYEE, number, cents, f"it goes to {payee}, which nobody has approved")


def _states(books: Books) -> Iterator[Finding]:
    for number, state, cents, expected in books.rows(_STATES, [list(FINAL)]):
        words = f"it is {state}, so its account should hold {kes(expected)}, and holds {kes(cents)}"
        yield Finding(Fault.REFUND_STATE, number, cents - expected, words)


_BROUGHT = """
SELECT number, received_cents, brought FROM refunds JOIN (
    SELECT code, CASE WHEN uncertain OR booked.cents IS NULL THEN amount_cents ELSE booked.cents END AS brought
    FROM (SELECT code, max(amount_cents) AS amount_cents FROM receipts GROUP BY code)
    FULL JOIN booked_receipts AS booked USING (code)
) ON code = receipt
"""

_ABOVE = """
WITH brought AS (
    SELECT code, CASE WHEN uncertain OR booked.cents IS NULL THEN amount_cents ELSE booked.cents END AS brought
    FROM (SELECT code, max(amount_cents) AS amount_cents FROM receipts GROUP BY code)
    FULL JOIN booked_receipts AS booked USING (code)
), out AS (
    SELECT receipt, sum(CASE WHEN coalesce(uncertain, true) THEN amount_cents ELSE owed.cents END)::BIGINT AS cents
    FROM refunds LEFT JOIN owed USING (key) WHERE state <> 'used' GROUP BY receipt, cause = 'goodwill'
)
SELECT receipt, cents, brought FROM out JOIN brought ON code = receipt WHERE cents > brought ORDER BY receipt
"""

_STATES = """
WITH held AS (
    SELECT code, -sum(cents)::BIGINT AS cents FROM true_postings JOIN accounts ON accounts.id = account_id
    WHERE code LIKE 'refunds:%' GROUP BY code
), unbooked AS (
    SELECT refund_id FROM transfers WHERE state = 'paid' AND refund_id IS NOT NULL
      AND 'transfer:' || id NOT IN (SELECT key FROM true_entries)
), paid AS (
    SELECT refund_id, sum(amount_cents) AS cents FROM transfers WHERE state = 'paid' AND purpose = 'refund'
    GROUP BY refund_id
)
SELECT number, state, coalesce(held.cents, 0),
       CASE WHEN list_contains(?, state) THEN 0 ELSE owed.cents + coalesce(roundings.cents, 0) - coalesce(paid.cents, 0)
       END AS expected
FROM refunds JOIN owed USING (key) LEFT JOIN held ON held.code = 'refunds:' || refunds.id
LEFT JOIN paid ON paid.refund_id = refunds.id LEFT JOIN roundings ON roundings.refund_id = refunds.id
WHERE NOT uncertain AND coalesce(held.cents, 0) <> expected AND refunds.id NOT IN (SELECT refund_id FROM unbooked)
ORDER BY number
"""
