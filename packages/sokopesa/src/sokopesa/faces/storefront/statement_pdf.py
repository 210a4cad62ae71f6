"""A buyer's statement as a PDF: A4, drawn line by line. Only what is drawn waits in memory until the end, less than two
kilobytes a line; a page cannot say of how many it is one before that."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.statement import Line, Statement
from sokopesa.faces.storefront.statement_words import about_it, made_for, what_it_is, written_day
from sokopesa.kernel.money import format_kes

TEXT, BOLD, SIZE, LEADING = "Helvetica", "Helvetica-Bold", 8, 10
WIDTH, HEIGHT = landscape(A4)
MARGIN, FOOT = 36, 44
INK, SOFT, RULE, BRAND, TINT = (HexColor(each) for each in ("#1b1535", "#59536e", "#d5cfe6", "#241866", "#eeebfb"))
PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in points; figures stand on the right."""

    title: str
    width: int
    is_figure: bool = False


COLUMNS = (
    Column("Ordered", 78),
    Column("Order", 196),
    Column("Goods", 52, is_figure=True),
    Column("Shipping", 46, is_figure=True),
    Column("Besides", 46, is_figure=True),
    Column("Charge", 42, is_figure=True),
    Column("Billed", 56, is_figure=True),
    Column("Receipt", 70),
    Column("Refunds", 126),
    Column("Net", 57, is_figure=True),
)
GAP = 8
"""Between the text of a column and the next, in points."""


def write_pdf(statement: Statement, path: Path) -> None:
    """Write the file. What its letters cannot show (they are those of Western Europe) stands as a question mark."""
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), pageCompression=1, lang="en-KE")
    canvas.setTitle(f"{CONFIGURATION.site_name}: orders, {statement.period}")
    canvas.setAuthor(CONFIGURATION.site_name)
    canvas.setSubject("Our own record of orders; not an M-PESA statement, not a tax invoice")
    sheet = _Sheet(canvas)
    sheet.open(statement)
    for line in statement.lines():
        sheet.row(_cells(line))
    sheet.close(statement)
    canvas.save()


class _Sheet:
    """Where on which page the next thing is drawn. ``at`` is the height above the page's foot, in points."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._page = 1
        self._at = HEIGHT - MARGIN

    def open(self, statement: Statement) -> None:
        """What it is, whose, and of when; then the heads of the columns."""
        canvas = self._canvas
        canvas.setFillColor(BRAND)
        canvas.setFont(BOLD, 16)
        canvas.drawString(MARGIN, self._at - 12, _drawable(f"{CONFIGURATION.site_name}: order history and statement"))
        self._at -= 32
        opening = what_it_is()
        self._paragraph(opening[0].upper() + opening[1:], BOLD, 9)
        self._paragraph(made_for(statement), TEXT, 9)
        self._paragraph(f"Amounts in Kenyan shillings. {about_it()}", TEXT, SIZE)
        self._heads()

    def row(self, cells: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Draw a row that is never broken across pages. Each cell is its lines: font and text."""
        wrapped = [_wrapped(column, cell) for column, cell in zip(COLUMNS, cells, strict=True)]
        height = max(len(cell) for cell in wrapped) * LEADING + 8
        if self._at - height < FOOT:
            self._turn()
            self._heads()
        x, canvas = MARGIN, self._canvas
        for column, cell in zip(COLUMNS, wrapped, strict=True):
            y = self._at - 11
            for font, text in cell:
                canvas.setFont(font, SIZE)
                canvas.setFillColor(SOFT if font == TEXT and not column.is_figure else INK)
                if column.is_figure:
                    canvas.drawRightString(x + column.width - GAP, y, text)
                else:
                    canvas.drawString(x, y, text)
                y -= LEADING
            x += column.width
        self._at -= height
        canvas.setStrokeColor(RULE)
        canvas.line(MARGIN, self._at, WIDTH - MARGIN, self._at)

    def close(self, statement: Statement) -> None:
        """The sums, and on every page how many there are."""
        totals = statement.totals
        sums = (
            ("Goods", totals.goods_cents),
            ("Shipping", totals.shipping_cents),
            *((("Paid besides", totals.extra_cents),) if totals.extra_cents else ()),
            ("M-PESA charges", totals.charge_cents),
            ("Billed by M-PESA", totals.billed_cents),
            ("Refunds", -totals.refunded_cents),
            ("Net", totals.net_cents),
        )
        if self._at - (len(sums) + 2) * 15 < FOOT:
            self._turn()
        canvas = self._canvas
        self._at -= 24
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, 10)
        canvas.drawString(MARGIN, self._at, f"Totals of {totals.lines} line{'' if totals.lines == 1 else 's'}")
        for name, cents in sums:
            canvas.setFont(BOLD if name in ("Billed by M-PESA", "Net") else TEXT, 10)
            canvas.drawString(WIDTH - MARGIN - 260, self._at, name)
            canvas.drawRightString(WIDTH - MARGIN - GAP, self._at, format_kes(cents))
            self._at -= 15
        if totals.refunded_cents:
            back, owed = format_kes(totals.paid_back_cents), format_kes(totals.on_its_way_cents)
            canvas.setFont(TEXT, SIZE)
            canvas.drawRightString(WIDTH - MARGIN - GAP, self._at, f"Of the refunds {back} is paid, {owed} on its way.")
        self._foot()
        canvas.beginForm(PAGES)
        canvas.setFont(TEXT, SIZE)
        canvas.drawString(0, 0, str(self._page))
        canvas.endForm()

    def _heads(self) -> None:
        canvas, x = self._canvas, MARGIN
        self._at -= 18
        canvas.setFillColor(TINT)
        canvas.rect(MARGIN - 4, self._at, WIDTH - 2 * MARGIN + 8, 16, stroke=0, fill=1)
        canvas.setFillColor(BRAND)
        canvas.setFont(BOLD, SIZE)
        for column in COLUMNS:
            if column.is_figure:
                canvas.drawRightString(x + column.width - GAP, self._at + 5, column.title)
            else:
                canvas.drawString(x, self._at + 5, column.title)
            x += column.width

    def _paragraph(self, text: str, font: str, size: int) -> None:
        canvas = self._canvas
        canvas.setFillColor(INK)
        canvas.setFont(font, size)
        for line in simpleSplit(_drawable(text), font, size, WIDTH - 2 * MARGIN):
            canvas.drawString(MARGIN, self._at, line)
            self._at -= size + 4
        self._at -= 3

    def _turn(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._page += 1
        self._at = HEIGHT - MARGIN

    def _foot(self) -> None:
        canvas = self._canvas
        canvas.setFillColor(SOFT)
        canvas.setFont(TEXT, SIZE)
        name = CONFIGURATION.site_name
        canvas.drawString(
            MARGIN, 26, _drawable(f"{name}'s record of orders. Not an M-PESA statement, not a tax invoice.")
        )
        canvas.drawRightString(WIDTH - MARGIN - 20, 26, f"Page {self._page} of")
        canvas.saveState()
        canvas.translate(WIDTH - MARGIN - 17, 26)
        canvas.doForm(PAGES)
        canvas.restoreState()


def _cells(line: Line) -> list[list[tuple[str, str]]]:
    """What stands in each of `COLUMNS`. Amounts are in shillings, as the heads need not repeat."""
    ordered, paid = written_day(line.placed_at), written_day(line.paid_at)
    amounts = (line.goods_cents, line.shipping_cents, line.extra_cents, line.charge_cents)
    about = f"{line.what}. {line.seller}, {line.state.lower()}." if line.seller else f"{line.what}."
    return [
        [(BOLD, ordered), *([(TEXT, f"paid {paid}")] if paid != ordered else [])],
        [(BOLD, line.part or line.number), (TEXT, about)],
        *([(TEXT, _figure(cents))] for cents in amounts),
        [(BOLD, _figure(line.billed_cents))],
        [(TEXT, line.receipt)],
        [(TEXT, track.in_words) for track in line.tracks],
        [(BOLD, _figure(line.net_cents))],
    ]


def _wrapped(column: Column, cell: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (font, piece) for font, text in cell for piece in simpleSplit(_drawable(text), font, SIZE, column.width - GAP)
    ]


def _figure(cents: int) -> str:
    """Shillings without *KES*; nothing for nothing."""
    return format_kes(cents).replace("KES ", "") if cents else "–"


def _drawable(text: str) -> str:
    """In the letters of the standard fonts, which every reader has."""
    return unicodedata.normalize("NFKC", text).encode("cp1252", "replace").decode("cp1252")
