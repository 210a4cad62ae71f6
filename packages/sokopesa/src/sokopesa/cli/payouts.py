"""``sokopesa payouts``: how paying out stands, and going on after something stopped it."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Table

from sokopesa.cli.django import set_up_django

payouts = typer.Typer(help="Payments to buyers and sellers.", no_args_is_help=True)


@payouts.command()
def status() -> None:
    """What waits, what is on its way, what M-PESA does not tell, and whether anything stops it."""
    set_up_django()
    from sokopesa.kernel.money import format_kes
    from sokopesa.payouts import balances, queries
    from sokopesa.payouts.models import Payer, Transfer

    for payer in Payer.objects.order_by("shortcode"):
        table = Table("state", "transfers", "amount", title=f"From {payer.shortcode}", title_justify="left")
        standing = queries.standing(payer.shortcode)
        for state in Transfer.State:
            if state in standing:
                count, amount = standing[state].count, format_kes(standing[state].cents)
                table.add_row(state.label, f"{count:,}", amount)
        Console().print(table)
        told = balances.told_float(payer.shortcode)
        typer.echo(f"By our books it holds {format_kes(balances.float_cents(payer.shortcode))}.")
        if told is not None:
            typer.echo(f"M-PESA told {format_kes(told.cents)} at {told.at:%Y-%m-%d %H:%M:%S} UTC.")
        if payer.stopped_at is not None:
            typer.echo(f"STOPPED at {payer.stopped_at:%Y-%m-%d %H:%M:%S} UTC: {payer.stopped_for}")
        if payer.short_at is not None:
            typer.echo(f"Too little in it: it waits for {format_kes(payer.needs_cents)}.")


@payouts.command()
def resume(shortcode: str = typer.Argument(help="Ours, from which payments are stopped.")) -> None:
    """Send again, after what stopped it was mended. The first payment goes alone; its result decides."""
    set_up_django()
    from sokopesa.kernel.clock import now
    from sokopesa.payouts import payers
    from sokopesa.payouts.errors import NotStopped

    try:
        payers.resume(shortcode, now=now())
    except NotStopped as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)
    typer.echo(f"Payments from {shortcode} go on, the first one alone.")
