"""How M-PESA's portal writes a statement: some lines about it, a line of headings, then the movements.

The lines before the headings differ in number, headings in their dots, and the last columns may not be there
(reference: daraja.md §15.1). Columns are found by their headings, in whatever order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sokopesa.kernel.clock import EAT
from sokopesa.reconciliation.errors import RIGHT_FILE, Fault, StatementRefused
from sokopesa.reconciliation.models import Account

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "receipt": ("receiptno", "receiptnumber"),
    "completed": ("completiontime",),
    "initiated": ("initiationtime",),
    "details": ("details",),
    "status": ("transactionstatus", "status"),
    "paid_in": ("paidin",),
    "withdrawn": ("withdrawn",),
    "balance": ("balance",),
    "confirmed": ("balanceconfirmed",),
    "reason": ("reasontype",),
    "other_party": ("otherpartyinfo",),
    "linked": ("linkedtransactionid",),
    "reference": ("acno", "accountno"),
}
"""Our names of the thirteen columns, and their headings without spaces, dots and capitals."""

NAMES = {
    "receipt": "Receipt No.",
    "completed": "Completion Time",
    "initiated": "Initiation Time",
    "details": "Details",
    "status": "Transaction Status",
    "paid_in": "Paid In",
    "withdrawn": "Withdrawn",
    "balance": "Balance",
    "confirmed": "Balance Confirmed",
    "reason": "Reason Type",
    "other_party": "Other Party Info",
    "linked": "Linked Transaction ID",
    "reference": "A/C No.",
}
"""As people know them."""

NEEDED = ("receipt", "completed", "initiated", "details", "status", "paid_in", "withdrawn", "balance")

_MOMENT = r"(\d{2}[-/]\d{2}[-/]\d{4}|\d{4}-\d{2}-\d{2})\s+(\d{2}:\d{2}:\d{2})"
_PERIOD = re.compile(rf"{_MOMENT}.*?{_MOMENT}")
_BY_HEADING = {heading: name for name, headings in HEADINGS.items() for heading in headings}


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the lines before the headings say, and in which line."""

    value: str
    line: int


@dataclass(slots=True)
class Preamble:
    """What the lines before the headings say of the statement; None where they are silent."""

    shortcode: Told | None = None
    account: Told | None = None
    period: tuple[datetime, datetime] | None = None

    def read(self, cells: Sequence[str], line: int) -> None:
        """Take in one line. What it does not know it passes over.

        Raises:
            StatementRefused: it names a period that cannot be.
        """
        label, value = plain(cells[0]), next((cell.strip() for cell in cells[1:] if cell.strip()), "")
        if label.startswith(("paybill", "till", "shortcode", "organizationshortcode", "organisationshortcode")):
            self.shortcode = Told(value, line)
        elif label in ("account", "accounttype", "accountname"):
            self.account = Told(value, line)
        elif found := _PERIOD.search(" ".join(cells)):
            try:
                self.period = _moment(*found.group(1, 2)), _moment(*found.group(3, 4))
            except ValueError:
                raise StatementRefused([Fault(line, "its period names a day that does not exist.")]) from None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file's columns are."""

    line: int
    """The line of the headings."""
    places: Mapping[str, int]
    """The columns that are there, by our names."""
    width: int
    preamble: Preamble = field(default_factory=Preamble)


def layout(cells: Sequence[str], line: int, preamble: Preamble) -> Layout | None:
    """The layout, if this is the line of headings; None if it is not.

    Raises:
        StatementRefused: it is, and a column that we need is not there, or there twice.
    """
    named = [_BY_HEADING.get(plain(cell)) for cell in cells]
    if "receipt" not in named:
        return None
    while named and not cells[len(named) - 1].strip():
        named.pop()
    faults = [
        Fault(
            line,
            f"the column “{NAMES[name]}” is not there. Export the organisation's statement with all columns.",
            RIGHT_FILE,
        )
        for name in NEEDED
        if name not in named
    ]
    faults += [
        Fault(line, f"the column “{NAMES[name]}” is there twice.", RIGHT_FILE)
        for name in NAMES
        if named.count(name) > 1
    ]
    if faults:
        raise StatementRefused(faults)
    return Layout(line, {name: place for place, name in enumerate(named) if name}, len(named), preamble)


def account_called(words: str) -> Account | None:
    """The account that M-PESA, or one of us, calls so: *Utility Account*, *utility*."""
    asked = plain(words).removesuffix("account")
    for account in Account:
        if account is not Account.PULLED and asked in (account.value, plain(account.label).removesuffix("account")):
            return account
    return None


def plain(heading: str) -> str:
    """Without spaces, dots and capitals, by which headings differ."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _moment(day: str, time: str) -> datetime:
    form = "%Y-%m-%d" if day[4] == "-" else "%d-%m-%Y"
    local = datetime.strptime(f"{day.replace('/', '-')} {time}", f"{form} %H:%M:%S").replace(tzinfo=EAT)
    return local.astimezone(UTC)


EAT_AHEAD = timedelta(hours=3)
"""How far M-PESA's clock is ahead of UTC, summer and winter."""
