"""A buyer's statement as a file to keep: CSV, an Excel workbook, or a PDF. Each says at its head what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.statement import Line, Statement
from sokopesa.faces.storefront.statement_pdf import write_pdf
from sokopesa.faces.storefront.statement_words import about_it, made_for, what_it_is
from sokopesa.ledger.exports.files import Control, shillings
from sokopesa.ledger.exports.tables import Cell, Column, Table, write_csv, write_xlsx

COLUMNS = (
    Column("Ordered (EAT)", 19),
    Column("Paid (EAT)", 19),
    Column("Order", 18),
    Column("Part", 20),
    Column("Seller", 24),
    Column("What", 48),
    Column("State", 18),
    Column("Goods KES"),
    Column("Shipping KES"),
    Column("Paid besides KES", 16),
    Column("M-PESA charge KES", 18),
    Column("Billed KES"),
    Column("M-PESA receipt", 15),
    Column("Refunds KES"),
    Column("Of it paid back KES", 18),
    Column("Refunds in words", 60),
    Column("Net KES"),
)


def csv_file(statement: Statement, path: Path) -> None:
    """For programs and any spreadsheet; a head of text, then a row of columns."""
    write_csv(_table(statement), path)


def xlsx_file(statement: Statement, path: Path) -> None:
    """With real dates and numbers."""
    write_xlsx(_table(statement), path)


FILES: dict[str, tuple[Callable[[Statement, Path], None], str]] = {
    "csv": (csv_file, "text/csv; charset=utf-8"),
    "xlsx": (xlsx_file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (write_pdf, "application/pdf"),
}
"""By the end of their names: what writes them, and their media type."""


def _table(statement: Statement) -> Table:
    return Table(
        title=f"{CONFIGURATION.site_name}: orders",
        as_of=statement.made_at,
        columns=COLUMNS,
        rows=_rows(statement),
        control=Control(),
        opening=(f"{CONFIGURATION.site_name}: {what_it_is()}", made_for(statement), about_it()),
        shows_control=False,
    )


def _rows(statement: Statement) -> Iterator[tuple[Cell, ...]]:
    for line in statement.lines():
        yield _row(line)
    totals = statement.totals
    yield (
        *(None, None, f"Total of {totals.lines} line{'' if totals.lines == 1 else 's'}", None, None, None, None),
        shillings(totals.goods_cents),
        shillings(totals.shipping_cents),
        shillings(totals.extra_cents),
        shillings(totals.charge_cents),
        shillings(totals.billed_cents),
        None,
        shillings(totals.refunded_cents),
        shillings(totals.paid_back_cents),
        None,
        shillings(totals.net_cents),
    )


def _row(line: Line) -> tuple[Cell, ...]:
    return (
        line.placed_at,
        line.paid_at,
        line.number,
        line.part,
        line.seller,
        line.what,
        line.state,
        shillings(line.goods_cents),
        shillings(line.shipping_cents),
        shillings(line.extra_cents),
        shillings(line.charge_cents),
        shillings(line.billed_cents),
        line.receipt,
        shillings(line.refunded_cents),
        shillings(line.paid_back_cents),
        "; ".join(track.in_words for track in line.tracks),
        shillings(line.net_cents),
    )
