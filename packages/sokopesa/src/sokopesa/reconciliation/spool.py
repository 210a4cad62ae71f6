"""Lines that have been read, on disk as PostgreSQL takes them, until it is known whether all of them are good."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import polars as pl

from sokopesa.reconciliation.sheets import LINE

COLUMNS = (
    "statement_import_id",
    "shortcode",
    "account",
    "occurrence",
    "line_number",
    "receipt",
    "reason",
    "completed_at",
    "initiated_at",
    "paid_in_cents",
    "withdrawn_cents",
    "balance_cents",
    "details",
    "other_party",
    "msisdn",
    "linked",
    "reference",
)
"""Of `models.StatementLine`, in the order in which the spool has them."""


class Spool:
    """A file without a name that is gone when it is closed. Blocks can be read backwards, so that a statement that has
    its newest lines first is written oldest first."""

    def __init__(self, *, whole_id: int, shortcode: str, account: str) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._ends = [0]
        self._same = (pl.lit(whole_id), pl.lit(shortcode), pl.lit(account), pl.lit(1))
        self.is_backwards: bool | None = None
        """Whether blocks, and the lines in each, are kept from the file's end to its beginning."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, lines: pl.DataFrame) -> None:
        """Put a block's lines after the others. The first block says which way round all of them are kept."""
        if lines.is_empty():
            return
        if self.is_backwards is None:
            self.is_backwards = _is_newest_first(lines)
        constant = (value.alias(name) for value, name in zip(self._same, COLUMNS, strict=False))
        rows = lines.rename({LINE: "line_number"}).with_columns(constant).select(COLUMNS)
        text = (rows.reverse() if self.is_backwards else rows).write_csv(
            include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00"
        )
        self._ends.append(self._ends[-1] + self._file.write(text.encode()))

    @property
    def size(self) -> int:
        """Bytes of all blocks."""
        return self._ends[-1]

    def blocks(self) -> Iterator[bytes]:
        """All blocks, those last that were added first if they are kept backwards."""
        places = range(len(self._ends) - 1)
        for place in reversed(places) if self.is_backwards else places:
            self._file.seek(self._ends[place])
            yield self._file.read(self._ends[place + 1] - self._ends[place])


def _is_newest_first(lines: pl.DataFrame) -> bool:
    """By the times, and within a second by the balances."""
    at, balance, amount = (lines.get_column(name) for name in ("completed_at", "balance_cents", "amount"))
    if at[0] != at[-1]:
        return bool(at[0] > at[-1])
    return len(lines) < 2 or balance[0] + amount[1] != balance[1]
