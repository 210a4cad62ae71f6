"""An organisation's statement, as its portal exports it: CSV or XLSX with the thirteen real columns, newest first."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from openpyxl import Workbook

from mpesa_simulator.core.clock import eat
from mpesa_simulator.core.world import World
from mpesa_simulator.money import organisations, subscribers
from mpesa_simulator.money.organisations import ACCOUNT_NAMES, Account, Organisation

COLUMNS = (
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

_TIME = "%d-%m-%Y %H:%M:%S"
_LINES = (
    "SELECT p.amount AS cents, p.balance, p.reason, t.* FROM postings p JOIN transactions t ON t.id = p.transaction_id"
    " WHERE p.account = ? AND t.completed_at BETWEEN ? AND ? AND t.shown_at <= ? ORDER BY p.id DESC"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; money in cents, `paid_in` or `withdrawn` is 0, moments in milliseconds."""

    receipt: str
    completed_at: int
    initiated_at: int
    details: str
    paid_in: int
    withdrawn: int
    balance: int
    reason: str
    other_party: str
    linked: str
    reference: str

    def cells(self) -> tuple[str, ...]:
        """The thirteen columns as text. Withdrawn is negative, as in the portal's export."""
        return (
            self.receipt,
            eat(self.completed_at).strftime(_TIME),
            eat(self.initiated_at).strftime(_TIME),
            self.details,
            "Completed",
            _money(self.paid_in) if self.paid_in else "",
            _money(-self.withdrawn) if self.withdrawn else "",
            _money(self.balance),
            "true",
            self.reason,
            self.other_party,
            self.linked,
            self.reference,
        )


def lines(world: World, organisation: Organisation, account: Account, start: int, end: int) -> Iterator[Line]:
    """The lines of one account between two moments, newest first, less what a fault hides."""
    for row in world.books.all(_LINES, organisation.account(account), start, end, world.now):
        is_charge = str(row["reason"]).endswith("Charge")
        other = row["payer"] if row["payee"] == organisation.shortcode else row["payee"]
        party = _party(world, other)
        direction = "from" if row["cents"] > 0 else "to"
        details = row["reason"]
        if row["kind"] == "reversal":
            details = f"{row['reason']} of {row['reverses']} to {party}"
        elif not is_charge:
            details = f"{row['reason']} {direction} {party}"
            if row["reference"]:
                details += f" Acc. {row['reference']}"
        yield Line(
            receipt=row["receipt"],
            completed_at=row["completed_at"],
            initiated_at=row["initiated_at"],
            details=details,
            paid_in=max(row["cents"], 0),
            withdrawn=max(-row["cents"], 0),
            balance=row["balance"],
            reason=row["reason"],
            other_party="" if is_charge else party,
            linked=row["receipt"] if is_charge else row["reverses"] or "",
            reference="" if is_charge else row["reference"],
        )


def as_csv(world: World, organisation: Organisation, account: Account, start: int, end: int) -> str:
    """The statement as CSV with a few lines before its header, CRLF line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows(_preamble(organisation, account, start, end))
    writer.writerow(COLUMNS)
    writer.writerows(line.cells() for line in lines(world, organisation, account, start, end))
    return text.getvalue()


def as_xlsx(world: World, organisation: Organisation, account: Account, start: int, end: int) -> bytes:
    """The statement as an Excel file; times are dates and money is numbers."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Statement"
    for row in _preamble(organisation, account, start, end):
        sheet.append(row)
    sheet.append(COLUMNS)
    for line in lines(world, organisation, account, start, end):
        cells: list[object] = list(line.cells())
        cells[1] = eat(line.completed_at).replace(tzinfo=None, microsecond=0)
        cells[2] = eat(line.initiated_at).replace(tzinfo=None, microsecond=0)
        cells[5] = line.paid_in / 100 if line.paid_in else None
        cells[6] = -line.withdrawn / 100 if line.withdrawn else None
        cells[7] = line.balance / 100
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _preamble(organisation: Organisation, account: Account, start: int, end: int) -> list[tuple[str, str]]:
    period = f"From {eat(start).strftime(_TIME)} To {eat(end).strftime(_TIME)}"
    return [
        ("Organization Name", organisation.name),
        ("Paybill/Till Number", organisation.shortcode),
        ("Account", ACCOUNT_NAMES[account]),
        ("Time Period", period),
    ]


def _party(world: World, party: str) -> str:
    subscriber = subscribers.find(world, party)
    if subscriber:
        return subscriber.party
    found = organisations.find(world, party)
    return found.party if found else "Safaricom"


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"
