"""Taking in a statement of M-PESA's: all of it or nothing, and each line once, however often it is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Self

import polars as pl
from django.db import IntegrityError, transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import copy_in, fetch
from sokopesa.people.models import User
from sokopesa.reconciliation import chain, keeping
from sokopesa.reconciliation.dialect import Preamble, account_called
from sokopesa.reconciliation.errors import MOST_FAULTS, OTHER_ACCOUNT, SAY_WHOSE, Fault, StatementRefused
from sokopesa.reconciliation.excel import MAGIC, open_excel
from sokopesa.reconciliation.lines import Window, read
from sokopesa.reconciliation.models import Account, StatementImport
from sokopesa.reconciliation.sheets import LINE, Progress, Sheet, digest, open_csv
from sokopesa.reconciliation.spool import COLUMNS, Spool

CLOCK_SLACK = timedelta(minutes=5)
"""How far M-PESA's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought. ``whole`` is the import; that of the first time, if the file was taken in before."""

    whole: StatementImport
    new: int
    known: int
    breaks: Sequence[Fault] = ()
    """Where its balance does not follow, if it was taken in all the same."""

    was_known: bool = False
    """Whether this very file had been taken in, so that nothing changed."""

    @classmethod
    def again(cls, before: StatementImport) -> Self:
        return cls(before, new=0, known=before.line_count + before.known_count, was_known=True)


def import_statement(
    file: BinaryIO,
    *,
    name: str,
    by: User | None,
    now: datetime,
    shortcode: str = "",
    account: str = "",
    accept_breaks: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Take in a statement, CSV or Excel. ``name`` is what its owner calls the file; ``shortcode`` and ``account`` say
    whose it is where it does not say so itself, and must not contradict it. What its lines say and prove is checked
    before anything is written; a file or a line that is known changes nothing. With ``accept_breaks`` a file is taken
    in though its running balance does not follow, and the import says so.

    Raises:
        StatementRefused: with everything that is wrong, by line; nothing was taken in.
    """
    tell = progress or (lambda stage, done, total: None)
    sha256, line_count = digest(file)
    faults: list[Fault] = []
    sheet = _open(file, line_count, faults)
    of = _whose(sheet.layout.preamble, shortcode, account)
    whole = StatementImport(
        id=fetch("SELECT nextval(pg_get_serial_sequence('reconciliation_statementimport', 'id'))")[0][0],
        shortcode=of[0],
        account=of[1],
        source=StatementImport.Source.XLSX if sheet.is_excel else StatementImport.Source.CSV,
        file_name=name[:200],
        sha256=sha256,
        imported_at=now,
        imported_by=by,
    )
    if before := _taken_in_before(whole):
        return Imported.again(before)
    with Spool(whole_id=whole.id, shortcode=whole.shortcode, account=whole.account) as spool:
        statement = _read(sheet, spool, faults, now, tell)
        tell("Checking", 0, statement.lines.height)
        proved = _prove(statement, faults, accept_breaks=accept_breaks)
        if proved.order is None and spool.is_backwards not in (None, proved.newest_first):
            proved = proved.spelled_out(statement.lines)  # the first block looked otherwise than the whole
        _describe(whole, sheet.layout.preamble, statement, proved)
        return _write(whole, statement, proved, spool, tell)


@dataclass(frozen=True, slots=True)
class _Statement:
    """What is kept of all lines while a statement is taken in: some 40 bytes of each."""

    lines: pl.DataFrame
    """``line``, ``completed_at``, ``amount``, ``balance_cents`` and ``key``, which stands for receipt and reason."""
    others: pl.DataFrame
    """Line, receipt and status of what did not complete."""
    columns: Collection[str]
    """Those that the file has."""

    @property
    def repeats_keys(self) -> bool:
        """Whether a receipt has two lines with the same reason."""
        return self.lines.get_column("key").n_unique() < self.lines.height


def _open(file: BinaryIO, line_count: int, faults: list[Fault]) -> Sheet:
    is_excel = file.read(4) in MAGIC
    file.seek(0)
    return open_excel(file) if is_excel else open_csv(file, line_count, faults)


def _whose(told: Preamble, shortcode: str, account: str) -> tuple[str, Account]:
    """Shortcode and account, by the file or by who brings it.

    Raises:
        StatementRefused: neither says so, they contradict each other, or it is not ours.
    """
    faults = []
    line = told.shortcode.line if told.shortcode else 0
    named = told.shortcode.value if told.shortcode else shortcode
    ours = (CONFIGURATION.mpesa_shortcode, CONFIGURATION.mpesa_b2c_shortcode)
    if not named:
        faults.append(Fault(0, "The file does not say of which paybill it is. Say so.", SAY_WHOSE))
    elif named not in ours:
        faults.append(Fault(line, f"this statement is of {named}; ours are {' and '.join(ours)}.", OTHER_ACCOUNT))
    elif shortcode and named != shortcode:
        faults.append(Fault(line, f"this statement is of {named}, not of {shortcode}.", OTHER_ACCOUNT))
    line = told.account.line if told.account else 0
    words = told.account.value if told.account else account
    found = account_called(words) if words else None
    if not words:
        faults.append(Fault(0, "The file does not say of which account it is. Say so.", SAY_WHOSE))
    elif found is None:
        faults.append(Fault(line, f"“{words}” is no account that we know.", OTHER_ACCOUNT))
    elif account and found != account_called(account):
        faults.append(Fault(line, f"this statement is of the {found.label}, not of “{account}”.", OTHER_ACCOUNT))
    if faults or found is None:
        raise StatementRefused(faults)
    return named, found


def _read(sheet: Sheet, spool: Spool, faults: list[Fault], now: datetime, tell: Progress) -> _Statement:
    """All lines, checked one by one.

    Raises:
        StatementRefused: with what is wrong, as far as it was read.
    """
    period = sheet.layout.preamble.period
    latest = (now.astimezone(UTC) + CLOCK_SLACK).replace(tzinfo=None)
    window = Window((period[0].replace(tzinfo=None), period[1].replace(tzinfo=None)) if period else None, latest)
    kept: list[pl.DataFrame] = []
    others: list[pl.DataFrame] = []
    for block in sheet.blocks:
        lines, not_done, wrong = read(block, sheet.layout, window)
        faults += wrong
        if len(faults) > MOST_FAULTS:
            break
        if not faults:
            spool.add(lines)
        key = pl.struct("receipt", "reason").hash().alias("key")
        kept.append(lines.select(LINE, "completed_at", "amount", "balance_cents", key))
        others.append(not_done)
        if block.height:
            tell("Reading", min(block[LINE][-1], sheet.lines), sheet.lines)
    if faults:
        raise StatementRefused(faults)
    return _Statement(pl.concat([_NO_LINES, *kept]), pl.concat([_NO_OTHERS, *others]), sheet.layout.places)


_NO_LINES = pl.DataFrame(
    schema={
        LINE: pl.Int64,
        "completed_at": pl.Datetime("ms"),
        "amount": pl.Int64,
        "balance_cents": pl.Int64,
        "key": pl.UInt64,
    }
)
_NO_OTHERS = pl.DataFrame(schema={LINE: pl.Int64, "receipt": pl.String, "status": pl.String})


def _prove(statement: _Statement, faults: list[Fault], *, accept_breaks: bool) -> chain.Chain:
    """That no line is repeated, and each balance follows from the one before.

    Raises:
        StatementRefused: where that is not so.
    """
    if statement.repeats_keys:
        faults += _repeated(statement.lines)
    proved = chain.prove(statement.lines) if not faults else None
    if proved is None or (proved.faults and not accept_breaks):
        raise StatementRefused(faults or (proved.faults if proved else ()))
    return proved


def _repeated(lines: pl.DataFrame) -> Iterator[Fault]:
    """Lines that say the same as an earlier one, which no account can: its balance has moved on."""
    same = ["key", "completed_at", "amount", "balance_cents"]
    first = pl.col(LINE).first().over(same)
    for line, earlier in (
        lines.select(LINE, first.alias("earlier")).filter(pl.col(LINE) != pl.col("earlier")).iter_rows()
    ):
        yield Fault(line, f"it repeats line {earlier}.")


def _describe(whole: StatementImport, told: Preamble, statement: _Statement, proved: chain.Chain) -> None:
    """Put into the import what is said of the statement as a whole.

    Raises:
        StatementRefused: it has no line, and does not say of what time.
    """
    moments = statement.lines.get_column("completed_at")
    oldest, newest = (
        moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None
        for moment in (moments.min(), moments.max())
    )
    if told.period is not None:
        whole.period_from, asked = min(told.period[0], whole.imported_at), told.period[1]
        # One that was exported at noon says that it goes until midnight, and never when it was exported: of the time
        # after its newest line it surely tells nothing.
        surely = asked if asked <= whole.imported_at else newest or whole.period_from
        whole.period_until = max(whole.period_from, min(surely, whole.imported_at))
    elif oldest is None or newest is None:
        raise StatementRefused([Fault(0, "This statement has no lines, and does not say of which period it is.")])
    else:
        whole.period_from, whole.period_until = oldest, newest
    whole.opening_cents, whole.closing_cents = proved.opening_cents, proved.closing_cents
    whole.passed_over, whole.break_count = statement.others.height, len(proved.faults)


def _write(
    whole: StatementImport, statement: _Statement, proved: chain.Chain, spool: Spool, tell: Progress
) -> Imported:
    """One transaction. Imports of an account wait for each other.

    Raises:
        StatementRefused: a line that we know is told otherwise, or not told.
    """

    def blocks() -> Iterator[bytes]:
        sent, count = 0, statement.lines.height
        for block in spool.blocks():
            yield block
            sent += len(block)
            tell("Writing", count * sent // spool.size, count)

    with transaction.atomic():
        fetch(
            "SELECT pg_advisory_xact_lock(hashtextextended('statement of ' || %s || %s, 0))",
            [whole.shortcode, whole.account],
        )
        if before := _taken_in_before(whole):
            return Imported.again(before)
        whole.line_count = statement.lines.height
        if _goes_on(whole, statement, proved) and _copy(whole, blocks()):
            return Imported(whole, new=whole.line_count, known=0, breaks=proved.faults)
        keeping.stage(blocks(), proved.order)
        period = whole.period_from, whole.period_until
        faults = keeping.compare(whole.shortcode, whole.account, *period, statement.columns)
        faults += keeping.undone(whole.shortcode, whole.account, statement.others)
        if faults:
            raise StatementRefused(faults)
        new = keeping.count_new()
        whole.line_count, whole.known_count = new, statement.lines.height - new
        whole.save(force_insert=True)
        keeping.insert_new()
    return Imported(whole, new=new, known=whole.known_count, breaks=proved.faults)


def _taken_in_before(whole: StatementImport) -> StatementImport | None:
    same = StatementImport.objects.filter(shortcode=whole.shortcode, account=whole.account, sha256=whole.sha256)
    return same.first()


def _goes_on(whole: StatementImport, statement: _Statement, proved: chain.Chain) -> bool:
    """Whether its lines are all new, as far as can be seen, and in the order in which they are kept."""
    of = whole.shortcode, whole.account
    return (
        proved.order is None
        and not statement.repeats_keys
        and not keeping.is_known(*of, statement.others.get_column("receipt"))
        and not keeping.is_told_of(*of, whole.period_from, whole.period_until)
    )


def _copy(whole: StatementImport, blocks: Iterator[bytes]) -> bool:
    """False if a line was known after all; then nothing was done."""
    try:
        with transaction.atomic():
            whole.save(force_insert=True)
            copy_in(keeping.LINES, COLUMNS, blocks)
    except IntegrityError:
        return False
    return True
