"""The tie-out report of a closed day as a PDF: both sides of each account, every item between them, signatures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.ledger.exports.files import Control, whole_file
from sokopesa.people.models import User
from sokopesa.reconciliation.codes import named_accounts
from sokopesa.reconciliation.discrepancies import moment
from sokopesa.reconciliation.models import DayClose
from sokopesa.reconciliation.reports import FIGURES
from sokopesa.reconciliation.spot_check import spot_check
from sokopesa.reconciliation.tie_out import MOVED, Item, words_of

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
PAD = 6
"""Between the edge of a table's ground and its text, in points; ReportLab sets other text in by as much."""
INK, SOFT, RULE, BRAND, TINT = (
    colors.HexColor(each) for each in ("#1b1535", "#59536e", "#d5cfe6", "#241866", "#f4f2fb")
)

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=12, textColor=INK)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=10, textColor=SOFT)
DIGEST = ParagraphStyle("digest", parent=SMALL, fontName="Courier", fontSize=7)
OVER = ParagraphStyle("over", parent=TEXT, fontName="Helvetica-Bold", textColor=SOFT)
HEAD = ParagraphStyle("head", parent=TEXT, fontName="Helvetica-Bold", fontSize=20, leading=25, textColor=BRAND)
PART = ParagraphStyle("part", parent=TEXT, fontName="Helvetica-Bold", fontSize=12.5, leading=16, textColor=BRAND)

_ROWS = [
    ("FONT", (0, 0), (-1, -1), "Helvetica", 9),
    ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8),
    ("TEXTCOLOR", (0, 0), (-1, -1), INK),
    ("TEXTCOLOR", (0, 0), (-1, 0), SOFT),
    ("BACKGROUND", (0, 0), (-1, 0), TINT),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
    ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 4),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ("LEFTPADDING", (0, 0), (-1, -1), PAD),
    ("RIGHTPADDING", (0, 0), (-1, -1), PAD),
]
TOTALLED = TableStyle(
    [*_ROWS, ("FONT", (0, -1), (-1, -1), "Helvetica-Bold", 9), ("LINEABOVE", (0, -1), (-1, -1), 1, INK)]
)
SIGNING = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("LINEBELOW", (0, 0), (0, 0), 0.75, INK),
        ("LINEBELOW", (2, 0), (2, 0), 0.75, INK),
        ("TOPPADDING", (0, 1), (-1, 1), 4),
    ]
)


def write_pdf(closes: Sequence[DayClose], path: Path) -> Control:
    """Write the report of one day, with a place for each signature. ``control`` counts the items."""
    control = Control()
    day = closes[0].day
    with whole_file(path, control) as part:
        document = SimpleDocTemplate(
            str(part),
            pagesize=A4,
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=16 * mm,
            bottomMargin=20 * mm,
            title=f"{CONFIGURATION.site_name}: tie-out of {day:%A, %d %B %Y}",
            author=CONFIGURATION.site_name,
            subject="Our books beside M-PESA's statement",
            lang="en-KE",
        )
        names = named_accounts()
        flowables: list[Flowable] = [*_opening(closes, names)]
        for one in closes:
            flowables += _account(one, names[one.code], control)
        document.build(flowables, canvasmaker=partial(_Numbered, foot=f"{CONFIGURATION.site_name}, tie-out of {day}"))
    return control


class _Numbered(Canvas):  # type: ignore[misc]
    """Pages that say of how many each is one; what is drawn waits until the last."""

    def __init__(self, *rest: Any, foot: str, **more: Any) -> None:
        super().__init__(*rest, **more)
        self._foot, self._pages = foot, list[dict[str, Any]]()

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont("Helvetica", 7.5)
            self.setFillColor(SOFT)
            self.setStrokeColor(RULE)
            self.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
            self.drawString(MARGIN, 10 * mm, self._foot)
            self.drawRightString(A4[0] - MARGIN, 10 * mm, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def _opening(closes: Sequence[DayClose], names: dict[str, str]) -> Iterator[Flowable]:
    """What it is, and on one look whether the day is in order."""
    yield _said(CONFIGURATION.site_name, OVER)
    yield _said(f"Tie-out of {closes[0].day:%A, %d %B %Y}", HEAD)
    yield Spacer(1, 1 * mm)
    yield _said(
        "Our books beside M-PESA's own statement at the end of the day, account by account, with every shilling "
        "between them named. Kenyan shillings; times are Nairobi's; differences are books less statement.",
        TEXT,
    )
    yield Spacer(1, 4 * mm)
    rows: list[list[object]] = [["Account", "Our books", "M-PESA's statement", "Difference", "Open", "Signed"]]
    for one in closes:
        sums = (one.closing_cents, one.stated_closing_cents, one.difference_cents)
        signed = "yes" if one.is_signed else "by one of two"
        rows.append([_said(names[one.code], TEXT), *map(_sum, sums), f"{one.open_count:,}", signed])
    totals = [sum(getattr(one, name) for one in closes) for name in ("closing_cents", "stated_closing_cents")]
    apart = totals[0] - totals[1]
    opened = sum(one.open_count for one in closes)
    rows.append(["Together", *map(_sum, (*totals, apart)), f"{opened:,}", ""])
    yield Table(rows, _widths(54, 30, 33, 24, 12, 24), style=TOTALLED, repeatRows=1)


def _account(one: DayClose, name: str, control: Control) -> Iterator[Flowable]:
    items = [Item(**item) for item in one.items]
    figures: list[list[object]] = [["", "Our books", "M-PESA's statement", "Difference"]]
    for title, ours, theirs in FIGURES:
        pair = getattr(one, ours), getattr(one, theirs)
        figures.append([title, *map(_sum, (*pair, pair[0] - pair[1]))])
    named = [item for item in items if item.kind != MOVED]
    yield Spacer(1, 8 * mm)
    yield KeepTogether(
        [
            _said(name, PART),
            _said(f"In our ledger: {one.code}", SMALL),
            Spacer(1, 2 * mm),
            Table(figures, _widths(54, 40, 40, 40), style=TOTALLED),
            Spacer(1, 2 * mm),
            _said(_verdict(one, named), TEXT),
        ]
    )
    if named:
        yield Spacer(1, 3 * mm)
        yield _listed("What is between them", named, control)
    if late := [item for item in items if item.kind == MOVED]:
        yield Spacer(1, 3 * mm)
        yield _listed("Of earlier days, booked since they were closed; in the figures above", late, control)
    yield KeepTogether([Spacer(1, 3 * mm), *_proofs(one), Spacer(1, 5 * mm), _signatures(one)])


def _verdict(one: DayClose, items: Sequence[Item]) -> str:
    if not one.difference_cents and not items:
        return "Books and statement agree to the cent."
    total = sum(item.cents for item in items)
    what = "1 item that comes" if len(items) == 1 else f"{len(items):,} items that come"
    return (
        f"Difference {format_kes(one.difference_cents)} = {what} to {format_kes(total)}. "
        f"Unexplained: {format_kes(one.difference_cents - total)}."
    )


def _listed(title: str, items: Sequence[Item], control: Control) -> Table:
    rows: list[list[object]] = [[title, "Receipt", "Books less statement"]]
    for item in items:
        control.count(item.cents)
        told = f"<b>{escape(words_of(item))}</b>" + (f"<br/>{escape(item.words)}" if item.words else "")
        rows.append([Paragraph(told, TEXT), item.receipt, _sum(item.cents)])
    rows.append(["Together", "", _sum(sum(item.cents for item in items))])
    return Table(rows, _widths(106, 28, 40), style=TOTALLED, repeatRows=1)


def _proofs(one: DayClose) -> Iterator[Flowable]:
    if (told := spot_check(one)) is not None:
        far = told.difference_cents
        agrees = "as its statement says of that second" if not far else f"{format_kes(far)} more than its statement"
        words = f"Between statements M-PESA told {format_kes(told.told_cents)} on {moment(told.told_at)}: {agrees}."
        yield _said(words, SMALL)
        yield Spacer(1, 1 * mm)
    yield _said("Head of the ledger's hash chain", SMALL)
    yield _said(one.ledger_head, DIGEST)
    for name, digest in one.files.items():
        yield _said(f"Statement {name or 'without a name'}, SHA-256", SMALL)
        yield _said(digest, DIGEST)


def _signatures(one: DayClose) -> Table:
    """Who closed the day and who agreed, each below a line to sign on."""
    second: list[Flowable] = [_said("No second signature is needed: nothing is open.", SMALL)]
    if one.countersigned_by is not None and one.countersigned_at is not None:
        second = _signed("Countersigned", one.countersigned_by, moment(one.countersigned_at))
    elif one.open_count:
        second = [_said("Countersigned by:", TEXT), _said("Open items need a second person. Name and date:", SMALL)]
    first = _signed("Closed", one.signed_by, moment(one.signed_at))
    # As wide as the text, not as the tables' ground.
    widths = [part * (WIDTH - 2 * PAD) for part in (0.46, 0.08, 0.46)]
    return Table([["", "", ""], [first, "", second]], widths, [12 * mm, None], style=SIGNING)


def _signed(what: str, person: User, when: str) -> list[Flowable]:
    return [_said(f"{what} by {person}", TEXT), _said(f"{when} in Nairobi", SMALL)]


def _sum(cents: int) -> str:
    """An amount in a column of amounts, whose cents stand below each other."""
    return f"{Decimal(cents) / CENTS:,.2f}"


def _widths(*parts: float) -> list[float]:
    """Widths in points of columns that share the page's as these parts do."""
    return [part * WIDTH / sum(parts) for part in parts]


def _said(text: str, style: ParagraphStyle) -> Paragraph:
    """A paragraph of what may be strangers' words: nothing in it is markup."""
    return Paragraph(escape(text), style)
