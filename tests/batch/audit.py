"""Whether every line was paid exactly once: by M-PESA's own books, by ours, and to the cent."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import psycopg
from tests.batch.lines import FLOAT_SHILLINGS, phone, shillings
from tests.batch.market import B2C

_OURS = """
SELECT transfer.id::text, transfer.refund_id, transfer.payee, transfer.amount_cents, transfer.state, transfer.receipt
FROM payouts_transfer transfer
"""


def audit(connection: psycopg.Connection[tuple[object, ...]], books: Path, lines: int) -> list[str]:
    """What is wrong, in words; nothing if every line was paid once and both sides' books agree."""
    with sqlite3.connect(f"file:{books}?mode=ro", uri=True) as network:
        told = network.execute(
            "SELECT originator_conversation_id, payee, amount, receipt FROM transactions WHERE kind = 'b2c'"
        ).fetchall()
        wallets = dict(
            network.execute("SELECT name, balance FROM accounts WHERE name LIKE 'wallet:2547330%'").fetchall()
        )
    ours = {f"SOKO-{str(row[0]).replace('-', '')}": row for row in connection.execute(_OURS).fetchall()}
    found = [f"M-PESA made a payment that we never prepared: {row[0]}" for row in told if row[0] not in ours]
    paid = Counter(ours[row[0]][1] for row in told if row[0] in ours)
    found += [f"refund {refund} was paid {count} times" for refund, count in paid.items() if count > 1]
    refunds = {row[1] for row in ours.values()}
    found += [f"refund {refund} was never paid" for refund in sorted(refunds - paid.keys(), key=str)]
    for originator, payee, cents, receipt in told:
        known = ours.get(originator)
        if known is not None and known[2:] != (payee, cents, "paid", receipt):
            found.append(f"M-PESA paid {cents} cents to {payee} by {receipt}, our books say {known[2:]}")
    found += wallets_off(wallets, lines)
    found += _our_own(connection, sum(cents for _, _, cents, _ in told))
    return found


def wallets_off(wallets: dict[str, int], lines: int) -> list[str]:
    """What phones hold that does not come from their lines, whatever our tables say was to be paid; they held nothing
    before."""
    due: Counter[str] = Counter()
    for number in range(lines):
        due[f"wallet:{phone(number)}"] += shillings(number) * 100
    return [
        f"{name} holds {wallets.get(name, 0)} cents, of its lines come {due[name]}"
        for name in sorted(due.keys() | wallets.keys())
        if wallets.get(name, 0) != due[name]
    ]


def _our_own(connection: psycopg.Connection[tuple[object, ...]], told_cents: int) -> list[str]:
    found = []
    questions = {
        "refunds that are not paid": "SELECT count(*) FROM refunds_refund WHERE state <> 'paid'",
        "cents still owed": "SELECT -coalesce(sum(balance_cents), 0) FROM ledger_account WHERE code LIKE 'refunds:%%'",
        "results not settled": "SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NULL",
        "results set aside": "SELECT count(*) FROM payments_inboxmessage WHERE verdict IN ('set-aside', 'doubtful')",
        "paid transfers without their entry": "SELECT count(*) FROM payouts_transfer transfer WHERE state = 'paid' AND"
        " NOT EXISTS (SELECT FROM ledger_entry WHERE key = 'transfer:' || transfer.id)",
        "buyers not told": "SELECT count(*) FROM refunds_refund refund WHERE NOT EXISTS"
        " (SELECT FROM notices_notice WHERE key = 'refund-paid:' || refund.number)",
    }
    for words, question in questions.items():
        [(count,)] = connection.execute(question.replace("%%", "%").encode()).fetchall()  # type: ignore[call-overload]
        if count:
            found.append(f"{words}: {count}")
    [(cents,)] = connection.execute(
        "SELECT balance_cents FROM ledger_account WHERE code = %s", [f"mpesa:b2c:{B2C}"]
    ).fetchall()
    if cents != FLOAT_SHILLINGS * 100 - told_cents:
        found.append(f"the float is {cents} cents by our books, {FLOAT_SHILLINGS * 100 - told_cents} by M-PESA's")
    return found
