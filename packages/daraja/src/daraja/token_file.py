"""A token store for all processes of one machine."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from daraja.errors import Unreachable
from daraja.tokens import Token, TokenSlot

_LONGEST_WAIT = 120.0
"""Seconds; longer than any try to mint a token takes."""


@dataclass(frozen=True)
class _Row:
    connection: sqlite3.Connection
    app: str

    def read(self) -> Token | None:
        row = self.connection.execute("SELECT value, expires_at FROM token WHERE app = ?", (self.app,)).fetchone()
        return None if row is None else Token(*row)

    def write(self, token: Token) -> None:
        self.connection.execute("REPLACE INTO token VALUES (?, ?, ?)", (self.app, token.value, token.expires_at))


class SqliteTokenStore:
    """Shares tokens among processes through a file that only its owner may read.

    SQLite's own lock lets one process mint while the others wait, and is released if that process dies.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._path.touch(mode=0o600)
        with closing(self._connect()) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS token (app TEXT PRIMARY KEY, value TEXT, expires_at REAL)")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_LONGEST_WAIT, isolation_level=None)

    @contextmanager
    def hold(self, app: str) -> Iterator[TokenSlot]:
        with closing(self._connect()) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise Unreachable("The token store stayed locked, so the request was not sent.") from error
            yield _Row(connection, app)
            connection.execute("COMMIT")
