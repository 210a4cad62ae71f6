"""Payments whose account number in the statement is another than the one by which we placed them."""

from __future__ import annotations

from sokopesa.kernel.database import fetch
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.reconciliation.discrepancies import Found
from sokopesa.reconciliation.models import Discrepancy

_OTHER = """
SELECT found.line, found.code, found.receipt, found.posting, found.entry, found.cents, found.completed_at,
    found.reference, coalesce(purchase.reference, ''), receipt.account
FROM reconciliation_found found
JOIN payments_receipt receipt ON receipt.code = found.receipt
LEFT JOIN orders_purchase purchase ON purchase.id = receipt.purchase_id
WHERE found.sort = 'payment' AND found.reference <> '' AND found.reference <> coalesce(purchase.reference, '')
    AND left(found.reference, 20) <> receipt.account
"""


def wrong() -> list[Found]:
    """Of the pairs that this run matched: those for which M-PESA says another account number, and that is another
    order's."""
    rows = fetch(_OTHER)
    told = {row[0]: read_reference(row[7]) for row in rows}
    orders = set(Purchase.objects.filter(reference__in=set(told.values())).values_list("reference", flat=True))
    return [
        Found(
            key=f"reference:{line}",
            kind=Discrepancy.Kind.WRONG_REFERENCE,
            code=code,
            amount_cents=abs(cents),
            effect_cents=0,
            happened_at=at,
            evidence=f"M-PESA says account number “{said}”; we placed it by “{placed or account}”.",
            receipt=receipt,
            line=line,
            posting=posting,
            entry=entry,
        )
        for line, code, receipt, posting, entry, cents, at, said, placed, account in rows
        if told[line] in orders and told[line] not in (placed, read_reference(account))
    ]
