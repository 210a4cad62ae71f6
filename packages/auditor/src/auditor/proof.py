"""The whole proof, in the order in which one thing rests on another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor import (
    approvals,
    chain,
    daily_files,
    day_closes,
    manifest,
    orders,
    receipts,
    refunds,
    statements,
    transfers,
)
from auditor.books import SHAPE, Books
from auditor.findings import Fault, Finding
from auditor.inquest import Inquest


@dataclass(slots=True)
class Report:
    """The outcome. ``proved`` counts what was proved, by what it is; ``absent`` are tables that the export lacks."""

    findings: list[Finding] = field(default_factory=list)
    proved: dict[str, int] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    head: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What comes beside the export: a head of the chain written down earlier, M-PESA's own statements, and the folder
    of files that refunds left in."""

    head: str | None = None
    statements: Sequence[Path] = ()
    daily_files: Path | None = None


def prove(
    folder: Path,
    evidence: Evidence | None = None,
    *,
    memory: str = "2GB",
    spill: Path | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> Report:
    """Prove an export, or name what is wrong with it. ``tell`` is called with each step before it begins.

    An export whose files are not those of its manifest is not read further: nothing that it says would count.

    Raises:
        books.NotAnExportError: the folder holds no export.
        statement_file.NoStatementError: a statement cannot be read.
    """
    books = Books(folder, memory=memory, spill=spill)
    try:
        report = Report()
        tell("the manifest")
        report.findings = [*manifest.check(books)]
        if not report.findings:
            report.findings = _explained([*_findings(books, evidence or Evidence(), report, tell)])
        return report
    finally:
        books.close()


def _findings(books: Books, evidence: Evidence, report: Report, tell: Callable[[str], None]) -> Iterator[Finding]:
    tell("the hash chain")
    walked = chain.walk(books, evidence.head)
    tell("sums and balances")
    yield from (found := Inquest(books, walked).findings())
    for view in (receipts.BOOKED, refunds.OWED, transfers.PAID_OUT, transfers.TWICE):
        books.do(view)
    tell("receipts")
    yield from (wrong := [*receipts.check(books), *orders.check(books)])
    tell("refunds and transfers")
    yield from refunds.check(books)
    yield from (paid := [*transfers.check(books)])
    yield from daily_files.check(books, evidence.daily_files)
    yield from approvals.check(books)
    tell("closed days")
    yield from day_closes.check(books, walked, are_books_sound=not (found or wrong or paid))
    tell("statements")
    yield from statements.check(books, evidence.statements)
    report.head = walked.head
    report.proved = {table: books.number(f"SELECT count(*) FROM {table}") for table in sorted(books.has)}
    report.proved["statement lines compared"] = books.number("SELECT count(*) FROM lines")
    report.absent = [table for table in SHAPE if table not in books.has]


def _explained(findings: list[Finding]) -> list[Finding]:
    """Without what only follows from another finding: a refund paid twice has overdrawn its account."""
    if any(finding.fault == Fault.PAID_TWICE for finding in findings):
        return [
            finding
            for finding in findings
            if not (finding.fault == Fault.OVERDRAWN and finding.where.startswith("refunds:"))
            and finding.fault != Fault.REFUND_STATE
        ]
    return findings
