"""Payments whose account number in the statement is another than the one by which we placed them."""

from __future__ import annotations

from sokopesa.kernel.database import fetch
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.reconciliation.discrepancies import Found, Kind, Pair

_OTHER = """
SELECT found.line, found.code, found.receipt, found.posting, found.entry, found.cents, found.completed_at,
    found.reference, coalesce(purchase.reference, ''), receipt.account
FROM reconciliation_found found
JOIN payments_receipt receipt ON receipt.code = found.receipt
LEFT JOIN payments_prompt prompt ON prompt.id = receipt.prompt_id
LEFT JOIN orders_purchase purchase ON purchase.id = coalesce(receipt.purchase_id, prompt.purchase_id)
WHERE found.sort = 'payment' AND found.reference <> '' AND found.reference <> coalesce(purchase.reference, '')
    AND left(found.reference, 20) <> receipt.account
"""


def wrong() -> list[Found]:
    """Of the pairs that this run matched: those for which M-PESA says another account number, and that is another
    order's."""
    rows = [(Pair(*row), said, placed, account) for *row, said, placed, account in fetch(_OTHER)]
    told = {said: read_reference(said) for _, said, _, _ in rows}
    orders = set(Purchase.objects.filter(reference__in=set(told.values())).values_list("reference", flat=True))
    return [
        Found.of_pair(
            pair,
            "reference",
            Kind.WRONG_REFERENCE,
            amount=pair.cents,
            effect=0,
            evidence=f"M-PESA says account number “{said}”; we placed it by “{placed or account}”.",
        )
        for pair, said, placed, account in rows
        if told[said] in orders and told[said] not in (placed, read_reference(account))
    ]
