"""``sokopesa refunds``: files and disbursements of refunds. Exit status 1 means that something was refused.

Nothing here approves a payment: whoever has a shell could do it for two people. That is done at the desk.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.cli.typed import msisdn
from sokopesa.kernel.clock import EAT, now

refunds = typer.Typer(
    help="Refund files and disbursements: close, deliver, read answers, see how far they are, find a refund.",
    no_args_is_help=True,
    callback=set_up_django,
)


@refunds.command()
def file(
    number: Annotated[int | None, typer.Argument(help="A file's number; without one, due files are closed.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write the file's bytes here.")] = None,
) -> None:
    """Close the files whose cut-off has passed, as the worker does; or make a file's bytes again."""
    from sokopesa.disbursement import filing
    from sokopesa.disbursement.delivering import save
    from sokopesa.disbursement.errors import BytesChangedError
    from sokopesa.disbursement.models import RefundFile

    if number is None:
        closed = filing.close_due(now=now())
        for each in closed:
            typer.echo(f"Closed {each.name}: {each.lines} lines.")
        typer.echo(f"The next cut-off is {filing.first_due(now=now()).astimezone(EAT):%a %d %b %Y at %H:%M}.")
        return
    found = RefundFile.objects.filter(number=number).first()
    if found is None:
        typer.echo(f"There is no refund file {number}.", err=True)
        sys.exit(1)
    try:
        save(found, to or Path(found.name))
    except BytesChangedError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    typer.echo(f"{to or found.name}: {found.lines} lines, SHA-256 {found.sha256}.")


@refunds.command()
def deliver(
    again: Annotated[int | None, typer.Option(help="This file got lost: send it again.")] = None,
    by: Annotated[str, typer.Option(help="Phone number of who asks for that, in any way.")] = "",
) -> None:
    """Deliver the files that are due, as the worker does."""
    from sokopesa.disbursement import delivering
    from sokopesa.kernel.errors import Refusal
    from sokopesa.people.models import User

    if again is not None:
        person = User.objects.filter(phone=msisdn(by)).first()
        if person is None:
            raise typer.BadParameter("Nobody has this number.")
        try:
            delivering.resend(number=again, by=person, now=now())
        except Refusal as refusal:
            typer.echo(str(refusal), err=True)
            sys.exit(1)
    typer.echo(f"Delivered: {delivering.deliver_due(now=now(), clock=now)}.")


@refunds.command()
def replies(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="An answer that came in another way.")
    ] = None,
) -> None:
    """Read the answers that wait where files are delivered, or one that came in another way."""
    from sokopesa.disbursement import replies as reading
    from sokopesa.disbursement.models import Reply

    if file is None:
        typer.echo(f"Read: {reading.take_in(now=now())}.")
        return
    reply = reading.read(file.name, file.read_bytes(), now=now())
    typer.echo(f"{reply.get_verdict_display()}. Rejected lines: {reply.rejected_lines}. {reply.remark}".strip())
    if reply.verdict == Reply.Verdict.UNUSABLE:
        sys.exit(1)


@refunds.command()
def batch() -> None:
    """The newest twenty disbursements and how far they are."""
    from sokopesa.disbursement import queries
    from sokopesa.kernel.money import format_kes

    newest = list(queries.batches()[:20])
    progress = queries.progress(newest)
    screen = table("No.", "Week", "State", "Lines", "Total", "Waiting", "Sent", "Unknown", "Paid", "Returned")
    for each in newest:
        done = progress[each.pk]
        counts = (done.waiting, done.sent, done.unknown, done.paid, done.returned)
        total = format_kes(each.total_cents)
        screen.add_row(
            str(each.number), f"{each.week}", each.get_state_display(), str(each.lines), total, *map(str, counts)
        )
    console().print(screen)


@refunds.command()
def trace(text: Annotated[str, typer.Argument(help="Order, receipt, refund, “file 17” or “batch 4”.")]) -> None:
    """Everything that a refund went through, found by any of its names."""
    from sokopesa.disbursement.tracing import trace as find
    from sokopesa.kernel.money import format_kes

    found = find(text)
    if not found.ways:
        typer.echo(f"Nothing is known of “{found.text}”.", err=True)
        sys.exit(1)
    screen = table("Refund", "Amount", "State", "Order", "Paid by", "Files", "Disbursements", "Paid back by")
    for way in found.ways:
        refund = way.refund
        about = refund.order or refund.purchase
        screen.add_row(
            refund.number,
            format_kes(refund.amount_cents),
            refund.get_state_display(),
            about.number if about else "",
            refund.receipt,
            ", ".join(str(each.number) for each in way.files),
            ", ".join(str(each.number) for each in way.batches),
            ", ".join(way.receipts),
        )
    console().print(screen)
    if found.is_cut:
        typer.echo("There are more.")
