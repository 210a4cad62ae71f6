"""The books at a glance: accounts in groups, and one account's newest lines. For any day and for files there are
`sokopesa.ledger.statements` and `sokopesa.ledger.exports`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from sokopesa.ledger.models import Account


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts whose codes begin with the same word, such as all of ``escrow:…``. ``code`` is the only one's, where
    there is but one. Amounts are cents, debit positive."""

    name: str
    kind: Account.Kind
    accounts: int
    holding: int
    balance_cents: int
    code: str


def groups() -> list[Group]:
    """Every group, assets first, then by name; their balances sum to zero. One query, of one row a group."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT split_part(code, ':', 1), kind, count(*), count(*) FILTER (WHERE balance_cents <> 0),
                   sum(balance_cents)::bigint, min(code)
            FROM ledger_account GROUP BY 1, 2
            ORDER BY array_position(ARRAY['asset', 'liability', 'income', 'expense'], kind::text), 1
            """
        )
        rows = cursor.fetchall()
    return [
        Group(name, Account.Kind(kind), accounts, holding, cents, code if accounts == 1 else "")
        for name, kind, accounts, holding, cents, code in rows
    ]


def accounts_of(group: str, *, before: int | None, size: int) -> list[Account]:
    """The group's accounts, the newest first, up to ``size`` that were opened before the one of that id."""
    accounts = Account.objects.filter(code=group) | Account.objects.filter(code__startswith=f"{group}:")
    if before is not None:
        accounts = accounts.filter(pk__lt=before)
    return list(accounts.order_by("-pk")[:size])


@dataclass(frozen=True, slots=True)
class NewLine:
    """A posting with the account's balance after it; cents, debit positive."""

    posting_id: int
    happened_at: datetime
    booked_at: datetime
    key: str
    kind: str
    memo: str
    amount_cents: int
    balance_cents: int


def newest_lines(account: Account, *, before: int | None, size: int) -> list[NewLine]:
    """The account's postings, the newest first by their ids, up to ``size`` of those before that id.

    One statement, so the balances fit each other whatever is booked meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newer AS (
                SELECT coalesce(sum(amount_cents), 0)::bigint AS cents FROM ledger_posting
                WHERE account_id = %(account)s AND id >= %(before)s
            ), shown AS (
                SELECT id, entry_id, amount_cents FROM ledger_posting
                WHERE account_id = %(account)s AND id < %(before)s ORDER BY id DESC LIMIT %(size)s
            )
            SELECT shown.id, entry.happened_at, entry.booked_at, entry.key, entry.kind, entry.memo, shown.amount_cents,
                   account.balance_cents - newer.cents - coalesce(sum(shown.amount_cents) OVER (
                       ORDER BY shown.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint
            FROM shown JOIN ledger_entry entry ON entry.id = shown.entry_id
            CROSS JOIN newer JOIN ledger_account account ON account.id = %(account)s
            ORDER BY shown.id DESC
            """,
            {"account": account.pk, "before": before if before is not None else 2**63 - 1, "size": size},
        )
        return [NewLine(*row) for row in cursor.fetchall()]
