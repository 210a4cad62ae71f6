"""Journal, statement and trial balance as tables, in CSV or as an Excel workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from sokopesa.kernel.clock import EAT
from sokopesa.ledger.exports.files import Control, shillings, whole_file
from sokopesa.ledger.exports.journal import entries
from sokopesa.ledger.statements import Period, Statement, trial_balance_at

Cell = str | int | Decimal | datetime | None
"""A Decimal is an amount in shillings, a datetime aware; it is shown in East Africa Time."""

EXCEL_ROWS = 1_048_576
"""What a worksheet of Excel holds."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins so may be run as a formula by a spreadsheet (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and its width in characters."""

    title: str
    width: int = 14


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. ``control`` is counted as the rows are read, and a workbook has a sheet of it if
    ``shows_control``; ``as_of`` dates the workbook. ``opening`` are lines of text above the first row of columns."""

    title: str
    as_of: datetime
    columns: tuple[Column, ...]
    rows: Iterator[tuple[Cell, ...]]
    control: Control
    opening: tuple[str, ...] = ()
    shows_control: bool = True


TIME, KEY, MEMO, ACCOUNT = Column("Time (EAT)", 19), Column("Key", 24), Column("Memo", 40), Column("Account", 26)
ENTRY, KIND, DEBIT, CREDIT = Column("Entry", 10), Column("Kind"), Column("Debit KES"), Column("Credit KES")


def journal_table(period: Period) -> Table:
    """Every posting of the period, a row each."""
    control = Control()

    def rows() -> Iterator[tuple[Cell, ...]]:
        for entry in entries(period):
            for leg in entry.legs:
                control.count(leg.cents)
                head = (entry.at, entry.id, entry.key, entry.kind, entry.memo, leg.account)
                yield (*head, *_sides(leg.cents), entry.booked_at)

    columns = (TIME, ENTRY, KEY, KIND, MEMO, ACCOUNT, DEBIT, CREDIT, Column("Booked (EAT)", 19))
    return Table("Journal", period.end, columns, rows(), control)


def statement_table(statement: Statement) -> Table:
    """An account's statement: opening balance, a row for each posting with the balance after it, closing balance."""
    control = Control()

    def rows() -> Iterator[tuple[Cell, ...]]:
        period = statement.period
        yield (period.start, None, "", "", "Opening balance", None, None, shillings(statement.opening_cents))
        for line in statement.lines():
            control.count(line.amount_cents)
            head = (line.at, line.entry_id, line.key, line.kind, line.memo)
            yield (*head, *_sides(line.amount_cents), shillings(line.balance_cents))
        yield (period.end, None, "", "", "Closing balance", None, None, shillings(statement.closing_cents))

    columns = (TIME, ENTRY, KEY, KIND, MEMO, DEBIT, CREDIT, Column("Balance KES"))
    return Table(f"Statement {statement.account}", statement.period.end, columns, rows(), control)


def trial_balance_table(period: Period) -> Table:
    """Every account with its balance at the end of the period, on its side."""
    control = Control()

    def rows() -> Iterator[tuple[Cell, ...]]:
        for code, kind, cents in trial_balance_at(period.end, period.by):
            control.count(cents)
            yield (code, kind, *_sides(cents))

    return Table("Trial balance", period.end, (ACCOUNT, KIND, DEBIT, CREDIT), rows(), control)


def write_csv(table: Table, path: Path) -> Control:
    """UTF-8 with the mark by which Excel knows it; no text in it can act as a formula."""
    with whole_file(path, table.control) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([_csv_cell(text)] for text in table.opening)
        writer.writerow([column.title for column in table.columns])
        writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return table.control


def write_xlsx(table: Table, path: Path, *, sheet_rows: int = EXCEL_ROWS) -> Control:
    """A workbook with real dates and numbers, texts that are texts, and a sheet of control totals.

    A table longer than ``sheet_rows`` goes on in the next sheet.
    """
    with whole_file(path, table.control) as part:
        options = {"constant_memory": True}
        with xlsxwriter.Workbook(str(part), options) as book:
            book.set_properties({"title": table.title, "created": table.as_of.astimezone(EAT).replace(tzinfo=None)})
            _Sheets(book, sheet_rows).write(table)
    return table.control


class _Sheets:
    """Writes a table into as many worksheets as it needs, row by row: none is kept in memory."""

    def __init__(self, book: xlsxwriter.Workbook, rows: int) -> None:
        self._book = book
        self._rows = rows
        self._bold = book.add_format({"bold": True})
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write(self, table: Table) -> None:
        sheet, at = self._begin(table, table.opening)
        for row in table.rows:
            if at == self._rows:
                sheet, at = self._begin(table)
            for place, cell in enumerate(row):
                self._cell(sheet, at, place, cell)
            at += 1
        if table.shows_control:
            self._write_control(table)

    def _write_control(self, table: Table) -> None:
        totals = self._book.add_worksheet("Control totals")
        totals.set_column(0, 1, 20)
        facts: tuple[tuple[str, Cell], ...] = (
            ("Rows", table.control.rows),
            (DEBIT.title, shillings(table.control.debit_cents)),
            (CREDIT.title, shillings(table.control.credit_cents)),
        )
        for at, (name, value) in enumerate(facts):
            totals.write_string(at, 0, name, self._bold)
            self._cell(totals, at, 1, value)

    def _begin(self, table: Table, opening: Sequence[str] = ()) -> tuple[Worksheet, int]:
        """A sheet with its head, and the row that is the first below it."""
        sheet, at = self._book.add_worksheet(), len(opening)
        sheet.freeze_panes(at + 1, 0)
        for row, text in enumerate(opening):
            sheet.write_string(row, 0, text)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(at, place, column.title, self._bold)
        return sheet, at + 1

    def _cell(self, sheet: Worksheet, row: int, place: int, cell: Cell) -> None:
        match cell:
            case str():
                sheet.write_string(row, place, cell)
            case datetime():
                sheet.write_datetime(row, place, cell.astimezone(EAT).replace(tzinfo=None), self._time)
            case Decimal():
                sheet.write_number(row, place, float(cell), self._money)
            case int():
                sheet.write_number(row, place, cell)


def shown(cell: Cell) -> str:
    """The cell as people read it."""
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell.astimezone(EAT):%Y-%m-%d %H:%M:%S}"
        case Decimal():
            return f"{cell:,.2f}"
    return str(cell)


def _csv_cell(cell: Cell) -> str:
    match cell:
        case Decimal():
            return f"{cell:.2f}"
        case str() if cell.startswith(DANGEROUS):
            return f"'{cell}"
    return shown(cell)


def _sides(cents: int) -> tuple[Decimal | None, Decimal | None]:
    """Debit and credit column of an amount."""
    return (shillings(cents), None) if cents > 0 else (None, shillings(-cents))
