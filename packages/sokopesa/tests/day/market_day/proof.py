"""The day proved once more by the auditor's own program: from an export, and from M-PESA's own statement."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from auditor.proof import Evidence, Report, prove
from market_day.day import Day
from market_day.mpesa import SHORTCODE
from sokopesa.cli.export import sources
from sokopesa.ledger.exports.parquet import write_parquet
from sokopesa.ledger.images import one_moment


def proof(day: Day, folder: Path) -> list[str]:
    """What the auditor finds; I19 says that it finds nothing, and that each line of the statement is an entry."""
    statement = folder / "statement.csv"
    statement.write_text(day.mpesa.statement(SHORTCODE), encoding="utf-8", newline="")
    report = proved(folder / "books", Evidence(day.anchor, [statement]), now=day.now)
    if not report.findings and not report.proved["statement lines compared"]:
        return ["I19 the statement had no line to compare"]
    return [f"I19 {finding}" for finding in report.findings]


def proved(folder: Path, evidence: Evidence, *, now: datetime) -> Report:
    """Export the books into a new folder, and let the auditor prove them."""
    with one_moment():
        list(write_parquet(sources(), folder, now=now))
    return prove(folder, evidence)
