"""``sokopesa ledger``: what an accountant and an auditor ask of the books.

Exit status 0 means that all is well, 1 that the books are wrong, 2 that the command was.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console
from sokopesa.cli.screen import table as screen_of
from sokopesa.kernel.clock import EAT, nairobi_date, now
from sokopesa.kernel.money import format_kes

if TYPE_CHECKING:
    from sokopesa.ledger.exports.files import Control
    from sokopesa.ledger.exports.tables import Table
    from sokopesa.ledger.statements import Period

Writer = TypeVar("Writer")

ledger = typer.Typer(
    help="The books: balances, statements, exports, and proofs that nothing was altered.",
    no_args_is_help=True,
    callback=set_up_django,
)


class By(StrEnum):
    """By which clock a period is cut."""

    HAPPENED = "happened"
    BOOKED = "booked"


Start = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, in Nairobi. Default: the beginning.")
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Last day, in Nairobi. Default: today."),
]
Clock = Annotated[By, typer.Option("--by", help="When money moved (happened), or when we learned of it (booked).")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write a .csv or .xlsx file instead of showing it here.")
]


@ledger.command()
def check() -> None:
    """Recompute every balance and every entry's sum from the postings."""
    from sokopesa.ledger.queries import discrepancies

    found = discrepancies()
    for item in found:
        kept, recomputed = format_kes(item.kept_cents), format_kes(item.recomputed_cents)
        console().print(f"{item.what}: kept {kept}, recomputed {recomputed}", style="red")
    console().print("The books do not agree." if found else "The books agree.", style="red" if found else "green")
    sys.exit(1 if found else 0)


@ledger.command()
def seal() -> None:
    """Seal into the hash chain what was booked since the last time. The worker does so each minute."""
    from sokopesa.ledger.sealing import head
    from sokopesa.ledger.sealing import seal as seal_entries

    sealed = 0
    while more := seal_entries(now=now()):
        sealed += more
    number, block_hash = head()
    console().print(f"Sealed {sealed:,} entries. Head: block {number:,}, {block_hash}")


@ledger.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(help="A head that you wrote down earlier: proves that history up to it is what it was then."),
    ] = None,
) -> None:
    """Prove that nothing was altered and that every balance is right, or name what is wrong."""
    from sokopesa.ledger.verification import verify as verify_books

    report = verify_books(anchor=head)
    for finding in report.findings:
        console().print(str(finding), style="red")
        for consequence in finding.consequences:
            console().print(f"    hence {consequence}")
    console().print(
        f"{report.entries:,} entries sealed; {report.waiting:,} wait to be sealed. "
        f"Head: block {report.blocks:,}, {report.head}"
    )
    if head is not None and report.anchored_at is not None:
        console().print(f"The given head is that of block {report.anchored_at:,}.")
    if report.findings:
        console().print(f"The books are not as they should be. Findings: {len(report.findings):,}.", style="red")
        sys.exit(1)
    console().print("Nothing was altered, and every balance is the sum of its postings.", style="green")


@ledger.command("trial-balance")
def trial_balance(until: Until = None, by: Clock = By.HAPPENED, output: Output = None) -> None:
    """Every account's balance at the end of a day."""
    from sokopesa.ledger.exports.tables import trial_balance_table

    _show_or_write(lambda: trial_balance_table(_period(None, until, by)), output)


@ledger.command()
def statement(
    account: Annotated[str, typer.Argument(help="The account's code, such as mpesa:174379.")],
    start: Start = None,
    until: Until = None,
    by: Clock = By.HAPPENED,
    output: Output = None,
) -> None:
    """An account's opening balance, its lines with the balance after each, and its closing balance."""
    from sokopesa.ledger.exports.tables import statement_table
    from sokopesa.ledger.models import Account
    from sokopesa.ledger.statements import statement as statement_of

    def table() -> Table:
        try:
            return statement_table(statement_of(account, _period(start, until, by)))
        except Account.DoesNotExist:
            raise typer.BadParameter(f"Nothing was ever booked to {account}.") from None

    _show_or_write(table, output)


@ledger.command()
def export(
    output: Annotated[
        Path | None, typer.Argument(help="A file ending in .csv, .xlsx, .beancount or .journal (hledger).")
    ] = None,
    start: Start = None,
    until: Until = None,
    by: Clock = By.HAPPENED,
    parquet: Annotated[
        Path | None,
        typer.Option(help="A new folder, for all of the books as Parquet files that `auditor prove` reads."),
    ] = None,
) -> None:
    """The journal as a file for a spreadsheet or for plain-text accounting, or all of the books for an auditor."""
    from sokopesa.ledger.exports import plaintext, tables
    from sokopesa.ledger.images import one_moment

    if (output is None) == (parquet is None):
        raise typer.BadParameter("Name a file for the journal, or --parquet and a folder for all of the books.")
    if output is None or parquet is not None:
        return _export_all(parquet or Path())
    writers: dict[str, Callable[[Period, Path], Control]] = {
        ".csv": lambda period, path: tables.write_csv(tables.journal_table(period), path),
        ".xlsx": lambda period, path: tables.write_xlsx(tables.journal_table(period), path),
        ".beancount": plaintext.write_beancount,
        ".journal": plaintext.write_hledger,
    }
    write = _by_suffix(writers, output)
    with one_moment():
        control = write(_period(start, until, by), output)
    return _tell(output, control)


def _export_all(folder: Path) -> None:
    from sokopesa.cli.export import sources
    from sokopesa.ledger.exports.parquet import MANIFEST, NotEmptyError, ParquetMissingError, write_parquet
    from sokopesa.ledger.images import one_moment

    try:
        with one_moment():
            for name, control in write_parquet(sources(), folder, now=now()):
                _tell(folder / f"{name}.parquet", control)
    except (NotEmptyError, ParquetMissingError) as refused:
        raise typer.BadParameter(str(refused)) from None
    digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    console().print(f"{folder / MANIFEST}: SHA-256 {digest}. Write it down elsewhere: it stands for all of the files.")


def _show_or_write(make: Callable[[], Table], output: Path | None) -> None:
    from sokopesa.ledger.exports import tables
    from sokopesa.ledger.images import one_moment

    writers: dict[str, Callable[[Table, Path], Control]] = {".csv": tables.write_csv, ".xlsx": tables.write_xlsx}
    write = _by_suffix(writers, output) if output else None
    with one_moment():
        table = make()
        if output and write:
            _tell(output, write(table, output))
        else:
            _show(table)


def _show(table: Table) -> None:
    from sokopesa.ledger.exports.tables import shown

    screen = screen_of(*(column.title for column in table.columns), title=table.title)
    for row in table.rows:
        screen.add_row(*map(shown, row))
    console().print(screen)
    debit, credit = format_kes(table.control.debit_cents), format_kes(table.control.credit_cents)
    console().print(f"{table.control.rows:,} rows, debit {debit}, credit {credit}")


def _tell(path: Path, control: Control) -> None:
    debit, credit = format_kes(control.debit_cents), format_kes(control.credit_cents)
    console().print(f"{path}: {control.rows:,} rows, debit {debit}, credit {credit}, SHA-256 {control.sha256}")


def _period(start: datetime | None, until: datetime | None, by: By) -> Period:
    """Whole days of Nairobi, the last one included."""
    from sokopesa.ledger.statements import Period

    last = until.date() if until else nairobi_date(now())
    end = datetime.combine(last + timedelta(days=1), time(), EAT)
    return Period(start.replace(tzinfo=EAT) if start else None, end, by.value)


def _by_suffix(writers: Mapping[str, Writer], path: Path) -> Writer:
    try:
        return writers[path.suffix]
    except KeyError:
        raise typer.BadParameter(f"{path} should end in {', '.join(writers)}.") from None
