"""Reading debts to buyers."""

from __future__ import annotations

from django.db.models import Sum

from sokopesa.ledger.models import Account


def owed_cents() -> int:
    """What the books say that we owe back, all refunds together; never negative."""
    owed = Account.objects.filter(code__startswith="refunds:").aggregate(total=Sum("balance_cents"))
    return -(owed["total"] or 0)
