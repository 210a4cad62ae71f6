"""The network's memory: one SQLite database, in a file or in memory, and the double entry inside it."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.resources import files
from types import TracebackType
from typing import Any

Row = sqlite3.Row

_RESERVED = 100


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a journal entry: `cents` into `account` (negative: out of it), and why."""

    account: str
    cents: int
    reason: str


class Books:
    """The database. Only the network's own event loop touches it, so there are no locks.

    Balances are what M-PESA owes the account's owner. The account `bank` stands for the money's home outside
    M-PESA: its balance is what has come in, with a minus sign, so that all balances together are always zero.
    """

    def __init__(self, where: str = ":memory:") -> None:
        self.where = where
        #: What was read and has not changed since, by kind and key. Whoever writes drops or renews what it changed; a
        #: rollback drops everything.
        self.cache: dict[tuple[str, str], Any] = {}
        self._counters: dict[str, tuple[int, int]] = {}
        self._db = sqlite3.connect(where, isolation_level=None, check_same_thread=False, cached_statements=512)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self.is_new = self.one("SELECT 1 FROM sqlite_master WHERE name = 'facts'") is None
        if self.is_new:
            self._db.executescript(files("mpesa_simulator.core").joinpath("schema.sql").read_text("utf-8"))
        self._transaction = _Transaction(self._db, self._forget)

    def close(self) -> None:
        """Close the database; what was committed stays in its file."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing. Inside another transaction it simply joins that one."""
        return nullcontext() if self._db.in_transaction else self._transaction

    def _forget(self) -> None:
        self.cache.clear()
        self._counters.clear()

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Execute one statement."""
        return self._db.execute(sql, values)

    def one(self, sql: str, *values: Any) -> Row | None:
        """The first row, or None."""
        row: Row | None = self._db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: Any) -> list[Row]:
        """All rows."""
        return self._db.execute(sql, values).fetchall()

    def next(self, counter: str) -> int:
        """The next number of `counter`, from 1. They are reserved a hundred at a time; a restart skips some."""
        number, last = self._counters.get(counter, (0, 0))
        if number == last:
            row = self.one(
                "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
                " RETURNING value",
                counter,
                _RESERVED,
            )
            assert row is not None
            last = int(row[0])
            number = last - _RESERVED
        self._counters[counter] = (number + 1, last)
        return number + 1

    def fact(self, name: str) -> str | None:
        """A remembered fact such as the seed."""
        row = self.one("SELECT value FROM facts WHERE name = ?", name)
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Remember a fact, in place of an earlier one of that name."""
        self.run("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    def balance(self, account: str) -> int:
        """What stands on `account`, in cents; an account that was never used holds 0."""
        known: int | None = self.cache.get(("balance", account))
        if known is None:
            row = self.one("SELECT balance FROM accounts WHERE name = ?", account)
            known = self.cache["balance", account] = 0 if row is None else int(row[0])
        return known

    def post(self, transaction_id: int, postings: Iterable[Posting]) -> None:
        """Write the postings of a journal entry. They must sum to zero; postings of 0 cents are left out."""
        real = [posting for posting in postings if posting.cents]
        if sum(posting.cents for posting in real):
            raise AssertionError(f"unbalanced journal entry: {real}")
        balances = {posting.account: self.balance(posting.account) for posting in real}
        rows = []
        for posting in real:
            balances[posting.account] += posting.cents
            account, balance = posting.account, balances[posting.account]
            rows.append((transaction_id, account, posting.cents, balance, posting.reason))
        self._db.executemany(
            "INSERT INTO accounts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET balance = excluded.balance",
            balances.items(),
        )
        self._db.executemany(
            "INSERT INTO postings (transaction_id, account, amount, balance, reason) VALUES (?, ?, ?, ?, ?)", rows
        )
        for account, balance in balances.items():
            self.cache["balance", account] = balance

    def trial_balance(self) -> dict[str, int]:
        """Every account's balance in cents, recomputed from its postings."""
        rows = self.all("SELECT account, SUM(amount) FROM postings GROUP BY account ORDER BY account")
        return {str(account): int(total) for account, total in rows}

    def balances(self) -> dict[str, int]:
        """Every account's balance in cents, as it is written beside its name."""
        return {str(name): int(balance) for name, balance in self.all("SELECT name, balance FROM accounts")}


class _Transaction:
    """A transaction of `db`; `forget` is called when it is rolled back."""

    def __init__(self, db: sqlite3.Connection, forget: Callable[[], None]) -> None:
        self._db = db
        self._forget = forget

    def __enter__(self) -> None:
        self._db.execute("BEGIN")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._db.execute("COMMIT")
        else:
            self._db.execute("ROLLBACK")
            self._forget()
