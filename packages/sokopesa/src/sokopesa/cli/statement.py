"""``sokopesa statement``: M-PESA's statements, taken in and looked over.

Exit status 0 means that all is well, 1 that something was refused or is missing, 2 that the command was wrong.
"""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.kernel.clock import EAT, now
from sokopesa.kernel.money import format_kes

if TYPE_CHECKING:
    from sokopesa.reconciliation.coverage import Coverage, Gap
    from sokopesa.reconciliation.importing import Imported

statement = typer.Typer(
    help="M-PESA's statements: take them in, and see which time they tell of.",
    no_args_is_help=True,
    callback=set_up_django,
)

STAGES = ("Reading", "Checking", "Writing")


@statement.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="As the portal exports them.")],
    account: Annotated[
        str, typer.Option(help="Of which account, where the file does not say: utility, working, charges, merchant.")
    ] = "",
    shortcode: Annotated[str, typer.Option(help="Of which paybill, where the file does not say.")] = "",
    accept_breaks: Annotated[
        bool, typer.Option("--accept-breaks", help="Take it in though its balance does not follow; that is kept.")
    ] = False,
) -> None:
    """Take in statements, CSV or Excel, each of them whole or not at all. What is known already changes nothing."""
    from sokopesa.reconciliation.errors import StatementRefused
    from sokopesa.reconciliation.importing import import_statement

    refused = False
    for path in files:
        try:
            with path.open("rb") as file, _bar() as bar:
                tasks = {stage: bar.add_task(f"{stage} {path.name}", total=None) for stage in STAGES}
                done = import_statement(
                    file,
                    name=path.name,
                    by=None,
                    now=now(),
                    shortcode=shortcode,
                    account=account,
                    accept_breaks=accept_breaks,
                    progress=partial(_advance, bar, tasks),
                )
        except StatementRefused as refusal:
            refused = True
            typer.echo(f"{path.name} was refused. Nothing of it was taken in.", err=True)
            for fault in refusal.faults:
                typer.echo(f"  {fault}", err=True)
        else:
            _tell(path.name, done)
    sys.exit(1 if refused else 0)


@statement.command()
def coverage() -> None:
    """Which time each account's statements tell of. Exits with 1 if time or money is missing between them."""
    from sokopesa.reconciliation.coverage import covered

    all_told = covered()
    for told in all_told:
        _show(told)
    if not all_told:
        console().print("No statement was taken in yet.")
    sys.exit(0 if all(told.is_whole for told in all_told) else 1)


def _tell(name: str, done: Imported) -> None:
    whole = done.whole
    if done.was_known:
        console().print(f"{name}: taken in already, on {_when(whole.imported_at)}. Nothing changed.")
        return
    console().print(
        f"{name}: {whole.get_account_display()} of {whole.shortcode}. "
        f"New: {done.new:,}. Known already: {done.known:,}. Not completed: {whole.passed_over:,}."
    )
    for fault in done.breaks:
        console().print(f"  Taken in all the same: {fault}", style="yellow")


def _show(told: Coverage) -> None:
    headings = ("From", "Until", "File", "Lines", "Opens with", "Closes with")
    screen = table(*headings, title=f"{told.account.label} of {told.shortcode}")
    for whole in told.imports:
        balances = ("" if cents is None else format_kes(cents) for cents in (whole.opening_cents, whole.closing_cents))
        period = _when(whole.period_from), _when(whole.period_until)
        screen.add_row(*period, whole.file_name, f"{whole.line_count + whole.known_count:,}", *balances)
    console().print(screen)
    for overlap in told.overlaps:
        span = f"{_when(overlap.starts)} to {_when(overlap.ends)}"
        console().print(f"{overlap.whole.file_name} tells of {span} again, and agrees.")
    for gap in told.gaps:
        console().print(_missing(gap), style="red")
    for whole in told.imports:
        if whole.break_count:
            console().print(
                f"{whole.file_name}: its balance does not follow in {whole.break_count} places.", style="red"
            )


def _missing(gap: Gap) -> str:
    words = f"Before {gap.whole.file_name}: "
    if gap.misses_time:
        words += f"no statement tells of {_when(gap.starts)} to {_when(gap.ends)}. "
    if gap.difference_cents:
        way = "more" if gap.difference_cents > 0 else "less"
        words += f"It opens with {format_kes(abs(gap.difference_cents))} {way} than there was: lines are missing."
    elif gap.difference_cents == 0:
        words += "The balance is the same after it."
    return words.rstrip()


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(EAT):%d-%m-%Y %H:%M:%S}"


def _advance(bar: Progress, tasks: dict[str, TaskID], stage: str, done: int, total: int) -> None:
    bar.update(tasks[stage], completed=done, total=total)


def _bar() -> Progress:
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
