"""``sokopesa reconcile``: lay our books beside M-PESA's statements, close days, and write their reports.

Exit status 0 means that all is well, 1 that something differs or was refused, 2 that the command was wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.kernel.clock import now
from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes

if TYPE_CHECKING:
    from sokopesa.ledger.exports.files import Control
    from sokopesa.people.models import User
    from sokopesa.reconciliation.models import DayClose

reconcile = typer.Typer(
    help="Our books beside M-PESA's statements: judge, close days, report.",
    no_args_is_help=True,
    callback=set_up_django,
)

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day in Nairobi.")]
Person = Annotated[str, typer.Option("--by", help="The phone number of the member of staff in finance who signs.")]


@reconcile.command()
def run() -> None:
    """Judge statements that nobody has read, and whatever is open. The worker does so each minute."""
    from sokopesa.reconciliation import matching, queries

    judged = matching.run(now=now())
    console().print(
        f"{judged.imports:,} statements read, {judged.matched:,} lines matched, "
        f"{judged.opened:,} discrepancies found, {judged.cleared:,} cleared."
    )
    standing = queries.ages(now=now())
    if not standing:
        console().print("Nothing is open.", style="green")
        return
    screen = table("Age in days", "What", "Count", "About")
    for aged in standing:
        screen.add_row(aged.label, _kind(aged.kind), f"{aged.count:,}", format_kes(aged.amount_cents))
    console().print(screen)
    sys.exit(1)


@reconcile.command()
def close(day: Day, by: Person) -> None:
    """Close a day of every account: refused unless every shilling of difference has a name."""
    from sokopesa.reconciliation import closing

    closes = _or_refused(lambda: closing.close(day=day.date(), by=_person(by), now=now()))
    _show(closes)


@reconcile.command()
def countersign(day: Day, by: Person) -> None:
    """Sign a closed day with open items as its second person."""
    from sokopesa.reconciliation import closing, reports

    person = _person(by)
    waiting = [one for one in _or_refused(lambda: reports.closes_of(day.date())) if one.open_count]
    if not waiting:
        console().print(f"{day:%d %b %Y} was closed with nothing open. It needs no second signature.", style="green")
        return
    _show(_or_refused(lambda: [closing.countersign(close_id=one.pk, by=person, now=now()) for one in waiting]))


@reconcile.command()
def report(
    day: Day,
    output: Annotated[Path, typer.Argument(help="A file ending in .pdf, .csv or .xlsx.")],
) -> None:
    """Write the tie-out report of a closed day, after computing the day again as of what was known then."""
    from sokopesa.ledger.exports import tables
    from sokopesa.reconciliation import closing, report_pdf, reports

    writers: dict[str, Callable[[list[DayClose]], Control]] = {
        ".pdf": lambda closes: report_pdf.write_pdf(closes, output),
        ".csv": lambda closes: tables.write_csv(reports.table(closes), output),
        ".xlsx": lambda closes: tables.write_xlsx(reports.table(closes), output),
    }
    if output.suffix not in writers:
        raise typer.BadParameter(f"{output} should end in {', '.join(writers)}.")
    closes = _or_refused(lambda: reports.closes_of(day.date()))
    control = writers[output.suffix](closes)
    console().print(f"{output}: {control.rows:,} items, SHA-256 {control.sha256}")
    wrong = {one.code: figures for one in closes if (figures := closing.differs(one))}
    for code, figures in wrong.items():
        console().print(f"{code}: computed again, these differ: {', '.join(figures)}", style="red")
    if wrong:
        sys.exit(1)
    console().print("Computed again as of what was known then, all figures are the same.", style="green")


def _show(closes: list[DayClose]) -> None:
    screen = table("Account", "Opening", "In", "Out", "Closing", "Statement", "Difference", "Open", "Signed")
    for one in closes:
        figures = (one.opening_cents, one.in_cents, one.out_cents, one.closing_cents, one.stated_closing_cents)
        signed = "yes" if one.is_signed else "second person"
        shown = [format_kes(cents) for cents in (*figures, one.difference_cents)]
        screen.add_row(one.code, *shown, f"{one.open_count:,}", signed)
    console().print(screen)


def _person(phone: str) -> User:
    from sokopesa.kernel.phone import PhoneRefused, normalise
    from sokopesa.people.models import User

    try:
        return User.objects.get(phone=normalise(phone))
    except (PhoneRefused, User.DoesNotExist):
        raise typer.BadParameter(f"Nobody with the number {phone} works here.") from None


def _or_refused(verb: Callable[[], list[DayClose]]) -> list[DayClose]:
    try:
        return verb()
    except Refusal as refusal:
        console().print(str(refusal), style="red")
        sys.exit(1)


def _kind(kind: str) -> str:
    from sokopesa.reconciliation.models import Discrepancy

    return str(Discrepancy.Kind(kind).label)
