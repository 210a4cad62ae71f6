"""``auditor``: exit status 0 means that everything was proved, 1 that something is wrong, 2 that the command was."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.books import NotAnExportError
from auditor.findings import kes
from auditor.proof import Evidence, Report
from auditor.proof import prove as prove_export
from auditor.statement_file import NoStatementError

main = typer.Typer(
    help="Proves a market's books again from an export, with none of the market's code.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@main.callback()
def auditor() -> None:
    """Proves a market's books again from an export, with none of the market's code."""


@main.command()
def prove(
    folder: Annotated[Path, typer.Argument(help="What `sokopesa ledger export --parquet` wrote.")],
    statement: Annotated[
        list[Path] | None, typer.Option(help="M-PESA's statement of one account, as CSV. Give it for each account.")
    ] = None,
    daily_files: Annotated[
        Path | None, typer.Option(help="The folder of refund files as they were delivered, to compare checksums.")
    ] = None,
    *,
    head: Annotated[
        str | None, typer.Option(help="A head of the hash chain that was written down earlier, outside the market.")
    ] = None,
    memory: Annotated[str, typer.Option(help="What DuckDB may use before it spills to disk.")] = "2GB",
    spill: Annotated[Path | None, typer.Option(help="Where it spills to. Default: a temporary folder.")] = None,
) -> None:
    """Recompute everything that the export says, and name whatever is wrong, once each."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    evidence = Evidence(head, statement or (), daily_files)
    with tempfile.TemporaryDirectory(prefix="auditor-", ignore_cleanup_errors=True) as folder_to_spill:
        try:
            with console.status("Proving …") as status:
                report = prove_export(
                    folder,
                    evidence,
                    memory=memory,
                    spill=spill or Path(folder_to_spill),
                    tell=lambda step: status.update(f"Proving {step} …"),
                )
        except (NotAnExportError, NoStatementError) as wrong:
            console.print(str(wrong), style="red")
            sys.exit(2)
    _print(console, report)
    sys.exit(1 if report.findings else 0)


def _print(console: Console, report: Report) -> None:
    for finding in report.findings:
        console.print(str(finding), style="red")
    if report.proved:
        console.print("Read: " + ", ".join(f"{count:,} {what}" for what, count in report.proved.items()) + ".")
    if report.absent:
        console.print(f"Not in the export, so not proved: {', '.join(report.absent)}.", style="yellow")
    if report.head:
        console.print(f"Head of the hash chain: {report.head}")
    if not report.findings:
        console.print("Everything ties: nothing was altered, and every sum comes out.", style="green")
        return
    classes = Counter(finding.fault.value for finding in report.findings)
    console.print("Findings: " + ", ".join(f"{count} {fault}" for fault, count in sorted(classes.items())) + ".")
    console.print(
        f"The books are not proved. About {kes(sum(abs(each.cents) for each in report.findings))} is in question."
    )
