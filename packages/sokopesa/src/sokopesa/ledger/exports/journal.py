"""Reading entries one after another, in the order of their time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sokopesa.ledger.statements import CLOCK, Period, rows


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: code and kind of its account, and cents, debit positive."""

    account: str
    account_kind: str
    cents: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry with its postings. ``at`` is its time by the period's clock."""

    id: int
    at: datetime
    booked_at: datetime
    key: str
    kind: str
    memo: str
    legs: list[Leg]


def entries(period: Period) -> Iterator[JournalEntry]:
    """The entries of the period, read as they are asked for. Needs an open transaction."""
    clock = CLOCK[period.by]
    since = f"AND {clock} >= %(start)s" if period.start else ""
    found = rows(
        f"""
        SELECT entry.id, {clock}, booked_at, key, entry.kind, memo, code, account.kind, amount_cents
        FROM ledger_entry entry JOIN ledger_posting posting ON entry_id = entry.id
        JOIN ledger_account account ON account.id = account_id
        WHERE {clock} < %(end)s {since} ORDER BY {clock}, entry.id, posting.id
        """,  # noqa: S608 - column names from a table of our own
        {"start": period.start, "end": period.end},
    )
    for (number, at, booked_at, key, kind, memo), postings in groupby(found, key=itemgetter(0, 1, 2, 3, 4, 5)):
        yield JournalEntry(number, at, booked_at, key, kind, memo, [Leg(*posting[6:]) for posting in postings])
