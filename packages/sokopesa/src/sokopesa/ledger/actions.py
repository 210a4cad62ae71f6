"""The only door through which money moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sokopesa.kernel.database import fetch
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
        django.db.IntegrityError: the database refused: an entry does not sum to zero, overdraws a guarded account or
            names an account that the chart does not have.
    """
    if not drafts:
        return set()
    fresh = _insert(drafts)
    known = [draft for draft in drafts if draft.key not in fresh]
    if known:
        _check_same(known)
    return fresh


def _insert(drafts: Sequence[Draft]) -> set[str]:
    legs = [(place, leg.account, leg.amount_cents) for place, draft in enumerate(drafts, 1) for leg in draft.legs]
    rows = fetch(
        """
        SELECT ledger_book(%b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::int[], %b::text[], %b::bigint[])
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
    return {key for (key,) in rows}


def _check_same(drafts: Sequence[Draft]) -> None:
    booked: dict[str, list[tuple[str, int]]] = {draft.key: [] for draft in drafts}
    rows = Posting.objects.filter(entry__key__in=booked).values_list("entry__key", "account__code", "amount_cents")
    for key, account, amount in rows:
        booked[key].append((account, amount))
    for draft in drafts:
        if sorted(booked[draft.key]) != sorted((leg.account, leg.amount_cents) for leg in draft.legs):
            raise KeyReused(f"{draft.key} is on the books with other postings")
