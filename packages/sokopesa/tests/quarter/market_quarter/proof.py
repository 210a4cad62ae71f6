"""The quarter proved once more by the auditor's own program, from an export and the files as they were delivered."""

from __future__ import annotations

from pathlib import Path

from market_day.audit import _rows
from market_day.proof import proved

from auditor.findings import Fault
from auditor.proof import Evidence
from market_quarter.quarter import Quarter


def proof(quarter: Quarter, refund_files: Path) -> list[str]:
    """What the auditor finds, but for money that lay in an account before the market began, which the desk names."""
    folder = refund_files.with_name(f"{refund_files.name}-books")
    report = proved(folder, Evidence(daily_files=refund_files), now=quarter.now)
    before = {
        code for (code,) in _rows("SELECT code FROM reconciliation_beginning WHERE balance_cents <> booked_cents")
    }
    return [
        f"the auditor: {finding}"
        for finding in report.findings
        if not (finding.fault == Fault.TIE_OUT and finding.where in before)
    ]
