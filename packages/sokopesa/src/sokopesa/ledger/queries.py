"""Reading the books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from sokopesa.ledger.models import Account, Posting


def balance_cents(code: str) -> int:
    """Debits less credits of the account, in cents; 0 for one that nothing was ever booked to."""
    found = Account.objects.filter(code=code).values_list("balance_cents", flat=True).first()
    return found or 0


def trial_balance() -> dict[str, int]:
    """Every account's balance in cents; the values sum to zero."""
    return dict(Account.objects.order_by("code").values_list("code", "balance_cents"))


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """An account whose kept balance is not the sum of its postings, or an entry that does not sum to zero."""

    what: str
    kept_cents: int
    recomputed_cents: int


def discrepancies() -> list[Discrepancy]:
    """Recompute everything from the postings; an empty list is what an auditor wants to see."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'account ' || code, balance_cents, coalesce(sum(amount_cents), 0)::bigint
            FROM ledger_account LEFT JOIN ledger_posting ON account_id = ledger_account.id
            GROUP BY ledger_account.id
            HAVING balance_cents <> coalesce(sum(amount_cents), 0)
            UNION ALL
            SELECT 'entry ' || key, 0, coalesce(sum(amount_cents), 0)::bigint
            FROM ledger_entry LEFT JOIN ledger_posting ON entry_id = ledger_entry.id
            GROUP BY ledger_entry.id
            HAVING coalesce(sum(amount_cents), 0) <> 0 OR count(ledger_posting.id) < 2
            """
        )
        return [Discrepancy(*row) for row in cursor.fetchall()]


def total_cents() -> int:
    """Sum of all postings: zero, or the books are broken."""
    return Posting.objects.aggregate(total=Sum("amount_cents"))["total"] or 0


def balances_cents(codes: Iterable[str]) -> dict[str, int]:
    """The balances of these accounts, by code; those that nothing was ever booked to are missing. One query."""
    return dict(Account.objects.filter(code__in=list(codes)).values_list("code", "balance_cents"))


def legs_of(keys: Iterable[str]) -> dict[str, dict[str, int]]:
    """What the entries with these keys posted, cents by account; keys that are not on the books are missing. One
    query."""
    found: dict[str, dict[str, int]] = {}
    rows = Posting.objects.filter(entry__key__in=list(keys)).values_list("entry__key", "account__code", "amount_cents")
    for key, account, cents in rows:
        legs = found.setdefault(key, {})
        legs[account] = legs.get(account, 0) + cents
    return found
