"""M-PESA's charges that are not what the tariff says: for payments to us, and for what we paid to phones. They are
booked as they were taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.payments.charges import charge_by
from sokopesa.payments.errors import AboveLimit
from sokopesa.payouts.charges import b2c_charge
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation.discrepancies import Found, Kind, Pair

TO_PHONES = (Transfer.Via.B2C, Transfer.Via.PORTAL)
"""Ways of paying out that have a tariff which we know."""


def b2c_charges(receipts: Iterable[str]) -> dict[str, int]:
    """What the tariff says for each of these receipts by which we paid a phone, in cents."""
    paid = Transfer.objects.filter(receipt__in=list(receipts), via__in=TO_PHONES, state=Transfer.State.PAID)
    told = paid.exclude(receipt="").values_list("receipt", "amount_cents", "ended_at")
    wanted = {receipt: _expected_b2c(amount_cents, nairobi_date(at)) for receipt, amount_cents, at in told if at}
    return {receipt: cents for receipt, cents in wanted.items() if cents is not None}


_CHARGES = """
FROM reconciliation_found found JOIN payments_receipt receipt ON receipt.code = found.about WHERE found.sort = 'charge'
"""


def other() -> list[Found]:
    """Of the charges that this run matched: those that differ from the tariff."""
    return [*_of_payments(), *_of_payouts()]


def _of_payments() -> list[Found]:
    """Those for payments to us; the tariff is stored with the payment."""
    amounts = fetch(f"SELECT DISTINCT receipt.tariff, receipt.amount_cents, -found.cents {_CHARGES}")
    wrong = {
        (tariff, amount, taken): expected
        for tariff, amount, taken in amounts
        if (expected := _expected(tariff, amount)) != taken
    }
    if not wrong:
        return []
    rows = fetch(
        f"""
        SELECT found.line, found.code, found.about, found.posting, found.entry, found.cents, found.completed_at,
            receipt.tariff, receipt.amount_cents
        {_CHARGES} AND (receipt.tariff, receipt.amount_cents, -found.cents)
            IN (SELECT * FROM unnest(%b::text[], %b::bigint[], %b::bigint[]))
        """,  # noqa: S608 - a constant
        [list(column) for column in zip(*wrong, strict=True)],
    )
    pairs = [(Pair(*row), tariff, amount) for *row, tariff, amount in rows]
    return [_found(pair, wrong[tariff, amount, -pair.cents]) for pair, tariff, amount in pairs]


_PAID_OUT = """
WITH charge AS (
    SELECT line, code, about, posting, entry, cents, completed_at FROM reconciliation_found WHERE sort = 'charge'
    UNION ALL
    SELECT line.id, account.code, paid.receipt, posting.id, entry.id, line.paid_in_cents - line.withdrawn_cents,
        line.completed_at
    FROM reconciliation_found paid
    JOIN ledger_entry entry ON entry.key = 'charge:' || paid.receipt
    JOIN ledger_posting posting ON posting.entry_id = entry.id
    JOIN ledger_account account ON account.id = posting.account_id
    JOIN reconciliation_verdict known ON known.posting = posting.id
    JOIN reconciliation_statementline line ON line.id = known.line
    WHERE paid.sort = 'payout'
), told AS (
    SELECT charge.*, transfer.amount_cents AS paid_cents,
        (transfer.ended_at AT TIME ZONE 'Africa/Nairobi')::date AS paid_on
    FROM charge JOIN payouts_transfer transfer ON transfer.receipt = charge.about AND transfer.receipt <> ''
    WHERE transfer.via IN ('b2c', 'portal')
)
"""
"""A charge may have been matched before its payment was: M-PESA's result came later than the statement."""


def _of_payouts() -> list[Found]:
    """Those for what we paid to phones; the tariff is that of the day."""
    kinds = fetch(f"{_PAID_OUT} SELECT DISTINCT paid_cents, paid_on, -cents FROM told")  # noqa: S608 - a constant
    wrong = {
        (amount, day, taken): expected
        for amount, day, taken in kinds
        if (expected := _expected_b2c(amount, day)) not in (None, taken)
    }
    if not wrong:
        return []
    rows = fetch(
        f"""
        {_PAID_OUT} SELECT line, code, about, posting, entry, cents, completed_at, paid_cents, paid_on FROM told
        WHERE (paid_cents, paid_on, -cents) IN (SELECT * FROM unnest(%b::bigint[], %b::date[], %b::bigint[]))
        """,  # noqa: S608 - a constant
        [list(column) for column in zip(*wrong, strict=True)],
    )
    pairs = [(Pair(*row), amount, day) for *row, amount, day in rows]
    return [_found(pair, wrong[amount, day, -pair.cents] or 0) for pair, amount, day in pairs]


def _expected_b2c(amount_cents: int, day: date) -> int | None:
    try:
        return b2c_charge(amount_cents, on=day)
    except LookupError:
        return None


def _found(pair: Pair, wanted: int) -> Found:
    words = f"M-PESA took {format_kes(-pair.cents)}; the tariff says {format_kes(wanted)}."
    return Found.of_pair(pair, "fee", Kind.FEE_DIFFERENCE, amount=-pair.cents - wanted, effect=0, evidence=words)


def _expected(tariff: str, amount_cents: int) -> int:
    try:
        return charge_by(tariff, amount_cents).business_cents
    except (AboveLimit, LookupError):
        return 0
