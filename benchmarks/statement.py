"""How fast a statement of M-PESA's comes in, from CSV and from Excel, with every line checked and its balance proved.

The limit beside the promise is PostgreSQL's bare COPY of the very same rows into the same table with the same indexes.
Each file is taken in by a process of its own, so that its peak of memory is the import's alone.

    python -m benchmarks.statement FILE        # that process: takes FILE in, prints what it found
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import xlsxwriter

from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure

CSV_LINES, FEW_LINES, EXCEL_LINES = 1_000_000, 100_000, 100_000
CSV_PROMISED, EXCEL_PROMISED = 100_000.0, 15_000.0
"""Lines a second."""

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
OPENING, START = 10_000_000, datetime(2026, 3, 1)  # noqa: DTZ001 - as the portal writes it
_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_TIME = "%d-%m-%Y %H:%M:%S"


def measure(server: Server, *, lines: int = CSV_LINES, excel_lines: int = EXCEL_LINES) -> list[Figure]:
    """Lines a second from each kind of file, and the import's memory.

    Raises:
        BooksWrongError: the table does not hold exactly what the file says.
    """
    with tempfile.TemporaryDirectory(prefix="sokopesa-statement-") as folder:
        whole, few, excel = (Path(folder) / name for name in ("whole.csv", "few.csv", "statement.xlsx"))
        _write_csv(whole, lines)
        _write_csv(few, min(lines, FEW_LINES))
        _write_excel(excel, excel_lines)
        of_whole, bare = _taken_in(server, whole, lines), _bare_rate(server)
        of_few, of_excel = _taken_in(server, few, min(lines, FEW_LINES)), _taken_in(server, excel, excel_lines)
    server.drop("statement")
    rate = round(of_whole["lines"] / of_whole["seconds"])
    return [
        Figure(f"lines of a statement taken in, CSV of {lines:,}", rate, "1/s", CSV_PROMISED),
        Figure("the same (limit: bare COPY of the same rows)", rate, "1/s", round(bare)),
        Figure(f"from Excel, {excel_lines:,}", round(excel_lines / of_excel["seconds"]), "1/s", EXCEL_PROMISED),
        Figure(f"memory at most, CSV of {lines:,}", round(of_whole["peak_mb"]), "MB"),
        Figure(f"memory at most, CSV of {min(lines, FEW_LINES):,}", round(of_few["peak_mb"]), "MB"),
    ]


def _taken_in(server: Server, file: Path, lines: int) -> dict[str, float]:
    url = server.fresh("statement")
    command = [sys.executable, "-m", "benchmarks.statement", str(file)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    found: dict[str, float] = json.loads(ended.stdout)
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*), sum(paid_in_cents) - sum(withdrawn_cents) FROM reconciliation_statementline"
        ).fetchone()
    moved = sum(cents for *_, cents, _ in _movements(lines))
    if row != (lines, moved) or found["closing"] != OPENING + moved:
        raise BooksWrongError(f"{row} lines and cents in the table; the file has {(lines, moved)}")
    return found


def _bare_rate(server: Server) -> float:
    """Rows a second of COPY into a table like the lines', which are in the database as the import left them."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        with connection.cursor() as cursor, cursor.copy("COPY reconciliation_statementline TO STDOUT") as copy:
            blocks = [b"".join(chunk) for chunk in _in_blocks(bytes(row) for row in copy)]
        connection.execute("CREATE TABLE bare (LIKE reconciliation_statementline INCLUDING ALL)")
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for block in blocks:
                    copy.write(block)
            return cursor.rowcount / (time.perf_counter() - begun)


def _in_blocks(rows: Iterator[bytes], size: int = 10_000) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for row in rows:
        block.append(row)
        if len(block) == size:
            yield block
            block = []
    yield block


def _movements(lines: int) -> Iterator[tuple[str, datetime, str, int, int]]:
    """Receipt, time, reason, cents and balance of each line, oldest first. Every third payment has its charge."""
    balance, n, told = OPENING, 0, 0
    while told < lines:
        receipt, at = _receipt(n), START + timedelta(seconds=n // 2)
        amounts = [("Pay Bill", n * 7_919 % 300_000 + 10_000)]
        if n % 3 == 0:
            amounts.append(("Pay Bill Charge", -(n * 31 % 10_000 + 100)))
        for reason, cents in amounts[: lines - told]:
            balance += cents
            told += 1
            yield receipt, at, reason, cents, balance
        n += 1


def _receipt(n: int) -> str:
    letters = ""
    for _ in range(7):
        n, digit = divmod(n, len(_LETTERS))
        letters = _LETTERS[digit] + letters
    return f"UC1{letters}"


def _cells(receipt: str, at: datetime, reason: str, cents: int, balance: int) -> list[str]:
    time, initiated = f"{at:{_TIME}}", f"{at - timedelta(seconds=9):{_TIME}}"
    if cents < 0:
        amounts = "", f"{cents / 100:,.2f}", f"{balance / 100:,.2f}"
        return [receipt, time, initiated, reason, "Completed", *amounts, "true", reason, "", receipt, ""]
    party, account = f"2547{balance % 10**8:08d} - JOHN DOE", f"K{balance % 10**9:09d}"
    amounts = f"{cents / 100:,.2f}", "", f"{balance / 100:,.2f}"
    details = f"{reason} from {party} Acc. {account}"
    return [receipt, time, initiated, details, "Completed", *amounts, "true", reason, party, "", account]


def _preamble(lines: int) -> list[list[str]]:
    until = START + timedelta(seconds=lines)
    return [
        ["Organization Name", "EXAMPLE LIMITED"],
        ["Paybill/Till Number", "174379"],
        ["Account", "Utility Account"],
        ["Time Period", f"From {START:{_TIME}} To {until:{_TIME}}"],
        list(HEADINGS),
    ]


def _write_csv(file: Path, lines: int) -> None:
    """Newest first, as the portal does."""
    rows = [_cells(*movement) for movement in _movements(lines)]
    with file.open("w", encoding="utf-8", newline="") as text:
        for row in [*_preamble(lines), *reversed(rows)]:
            text.write(",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\r\n")


def _write_excel(file: Path, lines: int) -> None:
    """Dates are dates and money is numbers."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet, as_time = book.add_worksheet(), book.add_format({"num_format": "dd-mm-yyyy hh:mm:ss"})
    head = _preamble(lines)
    for place, row in enumerate(head):
        sheet.write_row(place, 0, row)
    for place, (receipt, at, reason, cents, balance) in enumerate(reversed(list(_movements(lines))), len(head)):
        sheet.write_row(place, 0, _cells(receipt, at, reason, cents, balance))
        sheet.write_datetime(place, 1, at, as_time)
        sheet.write_datetime(place, 2, at - timedelta(seconds=9), as_time)
        sheet.write_number(place, 5 if cents > 0 else 6, cents / 100)
        sheet.write_number(place, 7, balance / 100)
    book.close()


def main() -> None:
    """Take in the file that is named, into the database in ``DATABASE_URL``."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    django.setup()
    from sokopesa.kernel.clock import now
    from sokopesa.reconciliation.importing import import_statement

    path = Path(sys.argv[1])
    with path.open("rb") as file:
        begun = time.perf_counter()
        done = import_statement(file, name=path.name, by=None, now=now())
        seconds = time.perf_counter() - begun
    # Not `getrusage`, which counts what the process was before it became this program.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    found = {"lines": done.new, "seconds": seconds, "peak_mb": peak_mb, "closing": done.whole.closing_cents}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
