"""Reading refunds."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Sum

from sokopesa.ledger.models import Account
from sokopesa.orders.models import Purchase
from sokopesa.refunds.models import Refund


def refunds_of(purchases: Iterable[Purchase]) -> dict[int, list[Refund]]:
    """By purchase id, oldest first; one query however many purchases there are."""
    known = {purchase.pk: purchase for purchase in purchases}
    found: dict[int, list[Refund]] = {}
    for refund in Refund.objects.filter(purchase__in=known).order_by("id"):
        assert refund.purchase_id is not None
        refund.purchase = known[refund.purchase_id]
        found.setdefault(refund.purchase_id, []).append(refund)
    return found


def refunds_by_purchase(purchase_ids: Iterable[int]) -> dict[int, list[Refund]]:
    """What is, or was, owed back for these purchases, oldest first, by purchase id; one query."""
    found: dict[int, list[Refund]] = {}
    for refund in Refund.objects.filter(purchase__in=list(purchase_ids)).order_by("id"):
        assert refund.purchase_id is not None
        found.setdefault(refund.purchase_id, []).append(refund)
    return found


def purchases_with_refund(text: str) -> frozenset[int]:
    """Ids of the purchases for which money is owed back, by the refund's number or the receipt that brought it."""
    code = text.strip().upper()
    found = Refund.objects.filter(number=code) | Refund.objects.filter(receipt=code)
    return frozenset(
        purchase_id for purchase_id in found.values_list("purchase_id", flat=True) if purchase_id is not None
    )


def owed_cents() -> int:
    """What the books say that we owe back, all refunds together; never negative."""
    owed = Account.objects.filter(code__startswith="refunds:").aggregate(total=Sum("balance_cents"))
    return -(owed["total"] or 0)
