"""The only door through which money moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sokopesa.ledger.accounts import describe
from sokopesa.ledger.errors import KeyReused
from sokopesa.ledger.models import Posting


@dataclass(frozen=True, slots=True)
class Leg:
    """A posting to be made. Build it with `debit` or `credit`."""

    account: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be booked; ``happened_at`` is aware."""

    key: str
    kind: str
    happened_at: datetime
    legs: tuple[Leg, ...]
    memo: str = ""


def debit(account: str, cents: int) -> Leg:
    """``cents`` go to the debit side of ``account``."""
    return Leg(account, cents)


def credit(account: str, cents: int) -> Leg:
    """``cents`` go to the credit side of ``account``."""
    return Leg(account, -cents)


@transaction.atomic
def book(drafts: Sequence[Draft]) -> set[str]:
    """Book every draft whose key is new, all or none; return the keys that were new.

    A key that is already on the books with the same postings is left alone, so a replay changes nothing.

    Raises:
        KeyReused: a known key came back with other postings.
        django.db.IntegrityError: the database refused: an entry does not sum to zero or overdraws a guarded account.
    """
    if not drafts:
        return set()
    _ensure_accounts({leg.account for draft in drafts for leg in draft.legs})
    fresh = _insert(drafts)
    known = [draft for draft in drafts if draft.key not in fresh]
    if known:
        _check_same(known)
    return fresh


def _ensure_accounts(codes: Iterable[str]) -> None:
    rows = [(code, *describe(code)) for code in sorted(codes)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_account (code, kind, guarded, balance_cents)
            SELECT code, kind, guarded, 0 FROM unnest(%s::text[], %s::text[], %s::bool[]) AS t(code, kind, guarded)
            WHERE NOT EXISTS (SELECT 1 FROM ledger_account known WHERE known.code = t.code)
            ON CONFLICT (code) DO NOTHING
            """,
            [[row[0] for row in rows], [row[1].value for row in rows], [row[2] for row in rows]],
        )


def _insert(drafts: Sequence[Draft]) -> set[str]:
    """Entries and postings in one statement, so that the guards see both whole."""
    legs = [(draft.key, leg.account, leg.amount_cents) for draft in drafts for leg in draft.legs]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH fresh AS (
                INSERT INTO ledger_entry (key, kind, memo, happened_at)
                SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[])
                ON CONFLICT (key) DO NOTHING
                RETURNING id, key
            ), posted AS (
                INSERT INTO ledger_posting (entry_id, account_id, amount_cents)
                SELECT fresh.id, account.id, leg.amount_cents
                FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS leg(key, code, amount_cents)
                JOIN fresh USING (key)
                JOIN ledger_account account USING (code)
            )
            SELECT key FROM fresh
            """,
            [
                [draft.key for draft in drafts],
                [draft.kind for draft in drafts],
                [draft.memo for draft in drafts],
                [draft.happened_at for draft in drafts],
                [leg[0] for leg in legs],
                [leg[1] for leg in legs],
                [leg[2] for leg in legs],
            ],
        )
        return {key for (key,) in cursor.fetchall()}


def _check_same(drafts: Sequence[Draft]) -> None:
    booked: dict[str, list[tuple[str, int]]] = {draft.key: [] for draft in drafts}
    rows = Posting.objects.filter(entry__key__in=booked).values_list("entry__key", "account__code", "amount_cents")
    for key, account, amount in rows:
        booked[key].append((account, amount))
    for draft in drafts:
        if sorted(booked[draft.key]) != sorted((leg.account, leg.amount_cents) for leg in draft.legs):
            raise KeyReused(f"{draft.key} is on the books with other postings")
