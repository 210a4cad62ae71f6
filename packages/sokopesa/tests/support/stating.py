"""Statements as M-PESA's portal would write them, made for tests without any of the market's code."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from openpyxl import Workbook

HEADINGS = (
    "Receipt No.",
    "Completion Time",
    "Initiation Time",
    "Details",
    "Transaction Status",
    "Paid In",
    "Withdrawn",
    "Balance",
    "Balance Confirmed",
    "Reason Type",
    "Other Party Info",
    "Linked Transaction ID",
    "A/C No.",
)
NAIROBI = ZoneInfo("Africa/Nairobi")
START = datetime(2026, 11, 1, 8, 0, 0, tzinfo=NAIROBI)
PERIOD = START, datetime(2026, 11, 20, 23, 59, 59, tzinfo=NAIROBI)


@dataclass(frozen=True)
class Movement:
    """A line of a statement; amounts in cents, ``cents`` below zero where money left."""

    receipt: str
    at: datetime
    cents: int
    balance: int = 0
    reason: str = "Pay Bill"
    status: str = "Completed"
    party: str = "254708374149 - JOHN DOE"
    linked: str = ""
    reference: str = "INV-77"

    @property
    def details(self) -> str:
        way = "from" if self.cents > 0 else "to"
        typed = f" Acc. {self.reference}" if self.reference else ""
        return f"{self.reason} {way} {self.party}{typed}" if self.party else self.reason


@dataclass(frozen=True)
class Dialect:
    """One of the ways in which the portal writes the same statement."""

    day: str = "%d-%m-%Y"
    thousands: bool = True
    minus: bool = True
    newest_first: bool = True
    bom: bool = False
    end: str = "\r\n"
    columns: int = 13
    dots: bool = True
    masked: bool = False
    preamble: int = 4
    final_end: bool = True


def account(moves: Iterable[Movement], *, opening: int = 1_000_000) -> list[Movement]:
    """The movements, oldest first, each with its running balance. Those that did not complete move nothing."""
    told, balance = [], opening
    for move in moves:
        balance += move.cents if move.status == "Completed" else 0
        told.append(replace(move, balance=balance))
    return told


def some(number: int, *, opening: int = 1_000_000, first: int = 1, start: datetime = START) -> list[Movement]:
    """Payments, every third with its charge under the same receipt, two seconds apart."""
    moves: list[Movement] = []
    numbers = count(first)
    while len(moves) < number:
        n = next(numbers)
        receipt, at = f"UKA{n:07d}", start + timedelta(seconds=2 * n)
        moves.append(Movement(receipt, at, n * 10_000 + 150_000, reference=f"INV-{n}"))
        if n % 3 == 0:
            moves.append(Movement(receipt, at, -825, reason="Pay Bill Charge", party="", linked=receipt, reference=""))
    return account(moves[:number], opening=opening)


def rows(lines: Sequence[Movement], dialect: Dialect) -> list[list[str]]:
    """The cells of the lines, in the order in which the file has them."""
    told = [_cells(line, dialect)[: dialect.columns] for line in lines]
    return told[::-1] if dialect.newest_first else told


def preamble(
    dialect: Dialect, *, shortcode: str = "174379", period: tuple[datetime, datetime] = PERIOD
) -> list[list[str]]:
    form = f"{dialect.day} %H:%M:%S"
    start, until = period
    about = [
        ["Organization Name", "EXAMPLE LIMITED"],
        ["Paybill/Till Number", shortcode],
        ["Account", "Utility Account"],
        ["Time Period", f"From {start:{form}} To {until:{form}}"],
    ]
    return about[: dialect.preamble] + [["Exported by", f"operator {n}"] for n in range(dialect.preamble - 4)]


def as_csv(
    lines: Sequence[Movement],
    dialect: Dialect = Dialect(),
    *,
    shortcode: str = "174379",
    period: tuple[datetime, datetime] = PERIOD,
    altered: Callable[[list[list[str]]], None] | None = None,
) -> bytes:
    """The statement as a CSV file. ``altered`` may change its cells, whose first row is the line after the headings."""
    told = rows(lines, dialect)
    if altered:
        altered(told)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=dialect.end)
    writer.writerows(preamble(dialect, shortcode=shortcode, period=period))
    headings = [name if dialect.dots else name.replace(".", "") for name in HEADINGS[: dialect.columns]]
    writer.writerow(headings)
    writer.writerows(told)
    whole = text.getvalue() if dialect.final_end else text.getvalue().removesuffix(dialect.end)
    return (b"\xef\xbb\xbf" if dialect.bom else b"") + whole.encode()


def as_xlsx(lines: Sequence[Movement], dialect: Dialect = Dialect(), *, dates: bool = True) -> bytes:
    """The statement as an Excel file, with real dates and numbers, or with texts."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in [*preamble(dialect), list(HEADINGS[: dialect.columns])]:
        sheet.append(row)
    for line, cells in zip(lines[::-1] if dialect.newest_first else lines, rows(lines, dialect), strict=True):
        told: list[object] = list(cells)
        if dates:
            at = line.at.replace(tzinfo=None)
            told[1], told[2] = at, at - timedelta(seconds=9)
            told[5:8] = [None if not cell else float(cell.replace(",", "")) for cell in cells[5:8]]
        sheet.append(told)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cells(line: Movement, dialect: Dialect) -> list[str]:
    form = f"{dialect.day} %H:%M:%S"
    party = line.party
    if dialect.masked and party:
        party = f"{party[:4]}****{party[9:]}"
    details = replace(line, party=party).details
    withdrawn = line.cents if dialect.minus else -line.cents
    return [
        line.receipt,
        f"{line.at:{form}}",
        f"{line.at - timedelta(seconds=9):{form}}",
        details,
        line.status,
        _money(line.cents, dialect) if line.cents >= 0 else "",
        _money(withdrawn, dialect) if line.cents < 0 else "",
        _money(line.balance, dialect),
        "true",
        line.reason,
        party,
        line.linked,
        line.reference,
    ]


def _money(cents: int, dialect: Dialect) -> str:
    sign, cents = "-" if cents < 0 else "", abs(cents)
    whole = f"{cents // 100:,}" if dialect.thousands else str(cents // 100)
    return f"{sign}{whole}.{cents % 100:02d}"
