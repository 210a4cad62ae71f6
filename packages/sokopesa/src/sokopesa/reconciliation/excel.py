"""A statement in an Excel file, its cells as the text that the CSV file would have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import BinaryIO

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from sokopesa.reconciliation.dialect import Layout
from sokopesa.reconciliation.errors import RIGHT_FILE, Fault, StatementRefused
from sokopesa.reconciliation.sheets import LINE, Sheet, find

MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How Excel's files begin, new ones and old ones."""

_BLOCK_ROWS = 20_000
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's dates have no zone
_TIMES = ("completed", "initiated")

Cell = int | float | str | bool | time | date | datetime | timedelta


def open_excel(file: BinaryIO) -> Sheet:
    """The statement in the first sheet that has one.

    Raises:
        StatementRefused: it is no Excel file, was cut off, or has no line of headings.
    """
    refusals: list[StatementRefused] = []
    try:
        book = CalamineWorkbook.from_filelike(file)
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = _rows(sheet)
            try:
                found = find((line, [_text(cell) for cell in row]) for line, row in rows)
            except StatementRefused as refusal:
                refusals.append(refusal)
                continue
            return Sheet(found, _blocks(rows, found), sheet.total_height, is_excel=True)
    except (CalamineError, OSError) as error:
        words = f"This Excel file cannot be read; perhaps it was cut off on its way ({error})."
        raise StatementRefused([Fault(0, words)]) from None
    raise refusals[0] if refusals else StatementRefused([Fault(0, "This Excel file has no sheet.", RIGHT_FILE)])


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    first = sheet.start[0] if sheet.start else 0
    return enumerate(sheet.iter_rows(), first + 1)


def _blocks(rows: Iterator[tuple[int, list[Cell]]], found: Layout) -> Iterator[pl.DataFrame]:
    while block := list(islice(rows, _BLOCK_ROWS)):
        numbers, cells = zip(*block, strict=True)
        columns = list(zip(*cells, strict=True))
        frame = pl.DataFrame({LINE: pl.Series(numbers, dtype=pl.Int64)}).with_columns(
            pl.Series(name, list(map(_moment if name in _TIMES else _text, columns[place])), dtype=pl.String)
            for name, place in found.places.items()
        )
        named = frame.with_columns(pl.col(pl.String).str.strip_chars())
        yield named.filter(pl.any_horizontal(pl.col(pl.String) != ""))


def _text(cell: Cell) -> str:
    """What a person reads in the cell, without thousands separators."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return _seconds(cell)
    return str(cell)


def _moment(cell: Cell) -> str:
    """Midnight comes as a date alone. Where the cell has lost its format, its time is days since the end of 1899."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 100_000:
        return _seconds(_FIRST_DAY + timedelta(days=cell))
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d} 00:00:00"
    return _text(cell)


def _seconds(moment: datetime) -> str:
    """Excel keeps times as fractions of days, which are seldom whole seconds."""
    return f"{(moment + timedelta(milliseconds=500)).replace(microsecond=0):%Y-%m-%d %H:%M:%S}"
