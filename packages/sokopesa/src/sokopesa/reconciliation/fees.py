"""M-PESA's charges for payments to us that are not what the tariff says. They are booked as they were taken."""

from __future__ import annotations

from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.payments.charges import charge_by
from sokopesa.payments.errors import AboveLimit
from sokopesa.reconciliation.discrepancies import Found, Kind, Pair

_CHARGES = """
FROM reconciliation_found found JOIN payments_receipt receipt ON receipt.code = found.about WHERE found.sort = 'charge'
"""


def other() -> list[Found]:
    """Of the charges that this run matched: those that differ from the tariff stored with the payment."""
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


def _found(pair: Pair, wanted: int) -> Found:
    words = f"M-PESA took {format_kes(-pair.cents)}; the tariff says {format_kes(wanted)}."
    return Found.of_pair(pair, "fee", Kind.FEE_DIFFERENCE, amount=-pair.cents - wanted, effect=0, evidence=words)


def _expected(tariff: str, amount_cents: int) -> int:
    try:
        return charge_by(tariff, amount_cents).business_cents
    except (AboveLimit, LookupError):
        return 0
