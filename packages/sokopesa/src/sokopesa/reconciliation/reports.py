"""The tie-out report of a closed day: a PDF to sign and a CSV to reckon with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.money import format_kes
from sokopesa.ledger.exports import tables
from sokopesa.ledger.exports.files import Control, shillings, whole_file
from sokopesa.reconciliation.discrepancies import moment
from sokopesa.reconciliation.models import DayClose
from sokopesa.reconciliation.refusals import NoSuchClose
from sokopesa.reconciliation.tie_out import MOVED, Item, bounds, words_of

FIGURES = (
    ("Opening balance", "opening_cents", "stated_opening_cents"),
    ("In", "in_cents", "stated_in_cents"),
    ("Out", "out_cents", "stated_out_cents"),
    ("Closing balance", "closing_cents", "stated_closing_cents"),
)
"""The lines of the comparison: what our books say and what M-PESA's statement says."""

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=8.5, leading=11)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7, leading=9, textColor=colors.HexColor("#59536e"))
HEAD = ParagraphStyle("head", parent=TEXT, fontName="Helvetica-Bold", fontSize=16, leading=20)
PART = ParagraphStyle("part", parent=TEXT, fontName="Helvetica-Bold", fontSize=11, leading=15, spaceBefore=10)
RULE, TINT = colors.HexColor("#d5cfe6"), colors.HexColor("#eeebfb")
GRID = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 8.5),
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8.5),
        ("BACKGROUND", (0, 0), (-1, 0), TINT),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def closes_of(day: date) -> list[DayClose]:
    """The day's closes, account by account.

    Raises:
        NoSuchClose: the day is not closed.
    """
    found = list(DayClose.objects.select_related("signed_by", "countersigned_by").filter(day=day).order_by("code"))
    if not found:
        raise NoSuchClose
    return found


def write_pdf(closes: Sequence[DayClose], path: Path) -> Control:
    """Write the report of one day, A4, with a line for each signature."""
    control = Control()
    day = closes[0].day
    with whole_file(path, control) as part:
        title = f"{CONFIGURATION.site_name}: tie-out of {day:%A, %d %B %Y}"
        document = SimpleDocTemplate(
            str(part),
            pagesize=A4,
            leftMargin=18 * mm,
            rightMargin=18 * mm,
            topMargin=16 * mm,
            bottomMargin=16 * mm,
            title=title,
            author=CONFIGURATION.site_name,
            lang="en-KE",
        )
        document.build(
            [
                _said(title, HEAD),
                _said("Our books beside M-PESA's statement, in Kenyan shillings. Times are Nairobi's.", TEXT),
                *(piece for one in closes for piece in _account(one, control)),
            ]
        )
    return control


def _account(one: DayClose, control: Control) -> Iterator[Flowable]:
    items = [Item(**item) for item in one.items]
    figures = [["", "Our books", "M-PESA's statement", "Difference"]] + [
        [title, *(format_kes(cents) for cents in (ours, theirs, ours - theirs))]
        for title, ours, theirs in (
            (title, getattr(one, ours), getattr(one, theirs)) for title, ours, theirs in FIGURES
        )
    ]
    yield KeepTogether([_said(one.code, PART), Table(figures, [62 * mm, 37 * mm, 37 * mm, 37 * mm], style=GRID)])
    named = [item for item in items if item.kind != MOVED]
    yield _said(_verdict(one, named), TEXT)
    if named:
        yield Spacer(1, 2 * mm)
        yield _listed("What is between them", named, control)
    if late := [item for item in items if item.kind == MOVED]:
        yield Spacer(1, 2 * mm)
        yield _listed("Of earlier days, booked since they were closed; in the figures above", late, control)
    yield KeepTogether([*_proofs(one), *_signatures(one)])


def _verdict(one: DayClose, items: Sequence[Item]) -> str:
    if not one.difference_cents and not items:
        return "Books and statement agree to the cent."
    total = sum(item.cents for item in items)
    what = "1 item that comes" if len(items) == 1 else f"{len(items):,} items that come"
    return (
        f"Difference {format_kes(one.difference_cents)} = {what} to {format_kes(total)}. "
        f"Unexplained: {format_kes(one.difference_cents - total)}."
    )


def _listed(title: str, items: Iterable[Item], control: Control) -> Table:
    rows: list[list[object]] = [[title, "Receipt", "Books less statement"]]
    for item in items:
        control.count(item.cents)
        rows.append([_said(f"{words_of(item)}. {item.words}", TEXT), item.receipt, format_kes(item.cents)])
    return Table(rows, [108 * mm, 28 * mm, 37 * mm], style=GRID, repeatRows=1)


def _proofs(one: DayClose) -> Iterator[Flowable]:
    yield Spacer(1, 3 * mm)
    yield _said(f"Head of the ledger's hash chain: {one.ledger_head}", SMALL)
    for name, digest in one.files.items():
        yield _said(f"Statement {name or 'without a name'}, SHA-256 {digest}", SMALL)


def _signatures(one: DayClose) -> Iterator[Flowable]:
    yield Spacer(1, 3 * mm)
    yield _said(f"Closed by {one.signed_by}, {moment(one.signed_at)}.", TEXT)
    if one.countersigned_at is not None:
        yield _said(f"Countersigned by {one.countersigned_by}, {moment(one.countersigned_at)}.", TEXT)
    elif one.open_count:
        yield _said("Countersigned by: ________________________________ (open items need a second person)", TEXT)


def _said(text: str, style: ParagraphStyle) -> Paragraph:
    """A paragraph of what may be strangers' words: nothing in it is markup."""
    return Paragraph(escape(text), style)


def table(closes: Sequence[DayClose]) -> tables.Table:
    """The same as rows: four for the figures of each account, then one for each item."""
    control = Control()

    def rows() -> Iterator[tuple[tables.Cell, ...]]:
        for one in closes:
            for title, ours, theirs in FIGURES:
                yield (one.code, title, "", shillings(getattr(one, ours)), shillings(getattr(one, theirs)), None, "")
            for item in (Item(**item) for item in one.items):
                control.count(item.cents)
                yield (one.code, words_of(item), item.receipt, None, None, shillings(item.cents), item.words)

    columns = (
        tables.ACCOUNT,
        tables.Column("What", 30),
        tables.Column("Receipt"),
        tables.Column("Our books KES"),
        tables.Column("Statement KES"),
        tables.Column("Books less statement KES"),
        tables.Column("Evidence", 60),
    )
    return tables.Table(f"Tie-out {closes[0].day}", _end(closes[0]), columns, rows(), control)


def _end(one: DayClose) -> datetime:
    return bounds(one.day)[1]
