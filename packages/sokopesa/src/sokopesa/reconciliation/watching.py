"""How far a statement is that a worker takes in, told while the import's own transaction keeps everything from others.

A worker holds a lock of its session for as long as it is at a statement. PostgreSQL lets go of it when the worker dies,
so a page need not guess by the clock whether anybody is still there.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from django.db import connection

from sokopesa.kernel.database import fetch

EVERY = 0.3
"""Seconds between two words about the same stage."""

_LOCKS = 7_305_001
"""The first number of these locks; the second is the upload's."""


class Watch:
    """One worker at one upload. ``is_ours`` is False where another is at it."""

    def __init__(self, upload_id: int) -> None:
        self._upload_id = upload_id
        self._line = connection.copy()
        self._told: tuple[str, float] = ("", 0.0)
        self.is_ours = False

    def __enter__(self) -> Self:
        with self._line.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, self._upload_id])
            self.is_ours = bool(cursor.fetchone()[0])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self.is_ours:
                with self._line.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, self._upload_id])
        finally:
            self._line.close()

    def tell(self, stage: str, done: int, total: int) -> None:
        """So many lines of all have come through the stage."""
        said, at = self._told
        if stage == said and done < total and time.monotonic() - at < EVERY:
            return
        self._told = stage, time.monotonic()
        with self._line.cursor() as cursor:
            cursor.execute(
                "UPDATE reconciliation_statementupload SET stage = %s, done = %s, total = %s"
                " WHERE id = %s AND state = 'reading'",
                [stage, done, total, self._upload_id],
            )


def is_watched(upload_id: int) -> bool:
    """Whether a worker is at the upload at this moment."""
    return bool(
        fetch(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 2
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            )
            """,
            [_LOCKS, upload_id],
        )[0][0]
    )
