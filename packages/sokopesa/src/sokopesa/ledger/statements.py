"""The books as of any moment, and an account's statement over a period. Nothing here holds a whole journal in memory.

A moment is a border: what happened before it is in, what happened at it or after is not. So the closing balance of one
period is the opening balance of the next. *Happened* follows the clock of whoever moved the money and shows the past as
it was; *booked* follows ours and shows what we knew then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from sokopesa.ledger.models import Account

By = Literal["happened", "booked"]

ROWS_AT_ONCE = 2_000
CLOCK = {"happened": "happened_at", "booked": "booked_at"}
"""The column that each clock is in."""


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` (None: the beginning) up to, but not including, ``end``; both aware."""

    start: datetime | None
    end: datetime
    by: By = "happened"


@dataclass(frozen=True, slots=True)
class Line:
    """A posting on an account's statement, with the balance after it; amounts in cents, debit positive."""

    at: datetime
    entry_id: int
    key: str
    kind: str
    memo: str
    amount_cents: int
    balance_cents: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a period: opening balance + debits - credits = closing balance, all in cents."""

    account: str
    period: Period
    opening_cents: int
    debit_cents: int
    credit_cents: int
    count: int

    @property
    def closing_cents(self) -> int:
        """The balance at the end of the period."""
        return self.opening_cents + self.debit_cents - self.credit_cents

    def lines(self) -> Iterator[Line]:
        """The postings in the order of their time, read as they are asked for. Needs an open transaction."""
        balance = self.opening_cents
        for at, entry, key, kind, memo, cents in rows(
            f"""
            SELECT {CLOCK[self.period.by]}, entry.id, key, entry.kind, memo, amount_cents {_POSTINGS_OF}
              AND {CLOCK[self.period.by]} < %(end)s {_since(self.period)}
            ORDER BY {CLOCK[self.period.by]}, entry.id, posting.id
            """,
            {"code": self.account, "start": self.period.start, "end": self.period.end},
        ):
            balance += cents
            yield Line(at, entry, key, kind, memo, cents, balance)


_POSTINGS_OF = """
    FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = entry_id
    JOIN ledger_account account ON account.id = account_id WHERE account.code = %(code)s
"""


def balance_at(code: str, moment: datetime, by: By = "happened") -> int:
    """Debits less credits of the account before the moment, in cents; 0 for one that nothing was ever booked to."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(amount_cents), 0)::bigint {_POSTINGS_OF} AND {CLOCK[by]} < %(moment)s",
            {"code": code, "moment": moment},
        )
        return int(cursor.fetchone()[0])


def statement(code: str, period: Period) -> Statement:
    """The account's statement over the period.

    Raises:
        Account.DoesNotExist: nothing was ever booked to an account of this code.
    """
    Account.objects.get(code=code)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0)::bigint,
                   coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0)::bigint, count(*)
            {_POSTINGS_OF} AND {CLOCK[period.by]} < %(end)s {_since(period)}
            """,
            {"code": code, "start": period.start, "end": period.end},
        )
        debits, credits_, count = cursor.fetchone()
    opening = balance_at(code, period.start, period.by) if period.start else 0
    return Statement(code, period, opening, debits, credits_, count)


def trial_balance_at(moment: datetime, by: By = "happened") -> Iterator[tuple[str, str, int]]:
    """Code, kind and balance in cents of every account that anything was booked to before the moment, by code.

    The balances sum to zero. Read as they are asked for; needs an open transaction.
    """
    yield from rows(
        f"""
        SELECT code, account.kind, sum(amount_cents)::bigint
        FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = entry_id
        JOIN ledger_account account ON account.id = account_id
        WHERE {CLOCK[by]} < %(moment)s GROUP BY account.id ORDER BY code
        """,  # noqa: S608 - column names from a table of our own
        {"moment": moment},
    )


def rows(query: str, values: Mapping[str, datetime | str | None]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a few thousand at a time from a cursor in the database. Needs an open transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while found := cursor.fetchmany(ROWS_AT_ONCE):
            yield from found


def _since(period: Period) -> str:
    return f"AND {CLOCK[period.by]} >= %(start)s" if period.start else ""
