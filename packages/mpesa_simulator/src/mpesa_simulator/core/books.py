"""The network's memory: one SQLite database, in a file or in memory, and the double entry inside it."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
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
        #: What was read and has not changed since, by kind and key. Whoever writes drops what it changed; a rollback
        #: drops everything.
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

    def close(self) -> None:
        """Close the database; what was committed stays in its file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing. Inside another transaction it simply joins that one."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            self.cache.clear()
            self._counters.clear()
            raise
        self._db.execute("COMMIT")

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
        row = self.one("SELECT balance FROM accounts WHERE name = ?", account)
        return 0 if row is None else int(row[0])

    def post(self, transaction_id: int, postings: Iterable[Posting]) -> None:
        """Write the postings of a journal entry. They must sum to zero; postings of 0 cents are left out."""
        real = [posting for posting in postings if posting.cents]
        if sum(posting.cents for posting in real):
            raise AssertionError(f"unbalanced journal entry: {real}")
        for posting in real:
            row = self.one(
                "INSERT INTO accounts VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                " SET balance = balance + excluded.balance RETURNING balance",
                posting.account,
                posting.cents,
            )
            assert row is not None
            self.run(
                "INSERT INTO postings (transaction_id, account, amount, balance, reason) VALUES (?, ?, ?, ?, ?)",
                transaction_id,
                posting.account,
                posting.cents,
                row[0],
                posting.reason,
            )

    def trial_balance(self) -> dict[str, int]:
        """Every account's balance in cents, recomputed from its postings."""
        rows = self.all("SELECT account, SUM(amount) FROM postings GROUP BY account ORDER BY account")
        return {str(account): int(total) for account, total in rows}
