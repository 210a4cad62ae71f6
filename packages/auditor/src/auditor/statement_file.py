"""M-PESA's statement of an organisation's account as its portal exports it: CSV with some lines before the header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.books import Books
from auditor.findings import Fault, Finding

HEADER = "receipt no"
MOST_LINES_BEFORE = 50
ACCOUNTS = {
    "utility": "utility", "working": "working", "charges": "charges", "merchant": "merchant", "float": "float",
    "organization": "settlement",
}  # fmt: skip
"""First words of the portal's names of accounts, and what an export calls them."""

COLUMNS = {
    "receipt": "receipt no",
    "completed": "completion time",
    "status": "transaction status",
    "paid_in": "paid in",
    "withdrawn": "withdrawn",
    "balance": "balance",
    "reason": "reason type",
    "linked": "linked transaction id",
}


class NoStatementError(Exception):
    """The file is no statement that we can read; the text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the lines. ``columns`` are the places of those that we read, by our name for them."""

    shortcode: str
    account: str
    lines_before: int
    columns: Mapping[str, int]
    count: int


def load(books: Books, path: Path) -> Iterator[Finding]:
    """Add the lines of the file to the table ``lines``, but for those that another file has told already; those that
    cannot be read are findings, each by its number. Files count in the order of their time.

    Raises:
        NoStatementError: there is no header, or it lacks a column.
    """
    head = read_head(path)
    books.do(_read(path, head))
    ledger_account = account_of(books, head.shortcode, head.account)
    for number, text in books.rows(
        "SELECT line_number, raw FROM raw WHERE status ILIKE 'completed' AND "
        "(moment IS NULL OR balance IS NULL OR cents IS NULL OR coalesce(receipt, '') = '') ORDER BY line_number"
    ):
        words = f"it cannot be read: {text[:120]}"
        yield Finding(Fault.LINE_UNREADABLE, f"{path.name} line {number}", 0, words)
    # Newest first, unless the times say otherwise.
    ((is_rising, first),) = books.rows(
        "SELECT arg_max(moment, line_number) > arg_min(moment, line_number), epoch_us(min(moment)) FROM raw"
        " WHERE status ILIKE 'completed'"
    )
    sign = "" if is_rising else "-"
    books.do(
        f"""
        INSERT INTO lines SELECT ?, ?, receipt, reason ILIKE '%charge', coalesce(linked, ''), moment, cents, balance,
            row_number() OVER (ORDER BY {sign}line_number), ? || ' line ' || line_number
        FROM raw WHERE status ILIKE 'completed' AND moment IS NOT NULL AND balance IS NOT NULL AND cents IS NOT NULL
            AND (receipt, moment, cents, balance) NOT IN (
                SELECT (receipt, moment, cents, balance) FROM lines WHERE account = ?
            )
        """,
        [f"{first or 0:020} {path.name}", ledger_account, path.name, ledger_account],
    )


def account_of(books: Books, shortcode: str, account: str) -> str:
    """The code of the ledger's account that stands for an account at M-PESA."""
    known = {code for (code,) in books.rows("SELECT code FROM accounts WHERE code LIKE 'mpesa:%'")}
    if account == "working":
        return f"mpesa:{shortcode}:working"
    suffix = "" if account == "utility" else f":{account}"
    candidates = [f"mpesa:{shortcode}{suffix}", f"mpesa:b2c:{shortcode}{suffix}"]
    whole = f"mpesa:b2c:{shortcode}" if f"mpesa:b2c:{shortcode}" in known else f"mpesa:{shortcode}"
    return next((code for code in candidates if code in known), whole + suffix)


def read_head(path: Path) -> Head:
    """Read up to the header, and count the lines that follow it.

    Raises:
        NoStatementError: there is no header, or it lacks a column.
    """
    told: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for place, row in enumerate(csv.reader(file)):
            if row and _plain(row[0]) == HEADER:
                names = [_plain(name) for name in row]
                columns = {name: names.index(title) for name, title in COLUMNS.items() if title in names}
                if missing := {*COLUMNS} - {*columns} - {"linked"}:
                    raise NoStatementError(f"{path.name} has no column {', '.join(COLUMNS[name] for name in missing)}")
                return Head(_shortcode(path, told), _account(told), place + 1, columns, len(names))
            if place == MOST_LINES_BEFORE:
                break
            if len(row) > 1:
                told[_plain(row[0])] = row[1].strip()
    raise NoStatementError(f"{path.name} has no line that begins with “Receipt No.”")


def _shortcode(path: Path, told: Mapping[str, str]) -> str:
    for title, value in told.items():
        if any(name in title for name in ("paybill", "till number", "short code", "shortcode")):
            return value
    raise NoStatementError(f"{path.name} does not say whose statement it is")


def _account(told: Mapping[str, str]) -> str:
    named = (told[title] for title in ("account", "account type", "account name") if title in told)
    words = next(named, "utility").lower().split()
    return ACCOUNTS.get(words[0] if words else "utility", "utility")


def _read(path: Path, head: Head) -> str:
    """The table ``raw``: each line by its number in the file, as DuckDB reads it."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(head.count))
    cell = {name: f"trim(c{place})" for name, place in head.columns.items()}

    def cents(name: str) -> str:
        return f"(try_cast(replace({cell[name]}, ',', '') AS DECIMAL(18, 2)) * 100)::BIGINT"

    def amount(name: str) -> str:
        return f"CASE WHEN coalesce({cell[name]}, '') = '' THEN 0 ELSE abs({cents(name)}) END"

    raw = " || ',' || ".join(f"coalesce(c{place}, '')" for place in range(head.count))
    quoted = str(path).replace("'", "''")
    return f"""
        CREATE OR REPLACE TEMP TABLE raw AS
        SELECT {head.lines_before} + row_number() OVER () AS line_number, {raw} AS raw, {cell["receipt"]} AS receipt,
               (try_strptime(replace({cell["completed"]}, '/', '-'), ['%d-%m-%Y %H:%M:%S', '%Y-%m-%d %H:%M:%S'])
                   AT TIME ZONE 'Africa/Nairobi') AS moment,
               {amount("paid_in")} - {amount("withdrawn")} AS cents, {cents("balance")} AS balance,
               {cell["status"]} AS status, {cell["reason"]} AS reason, {cell.get("linked", "''")} AS linked
        FROM read_csv('{quoted}', columns = {{{columns}}}, header = false, skip = {head.lines_before}, delim = ',',
                      quote = '"', escape = '"', null_padding = true, parallel = false, auto_detect = false)
    """


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9/ ]", "", title.lower()).strip()
