"""``sokopesa payouts``: how paying out stands, and going on after something stopped it."""

from __future__ import annotations

import sys
from datetime import datetime

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.kernel.clock import EAT

payouts = typer.Typer(help="Payments to buyers and sellers.", no_args_is_help=True)


@payouts.command()
def status() -> None:
    """What waits, what is on its way, what M-PESA does not tell, and whether anything stops it."""
    set_up_django()
    from sokopesa.configuration import CONFIGURATION
    from sokopesa.kernel.money import format_kes
    from sokopesa.payouts import balances, queries
    from sokopesa.payouts.models import Payer, Transfer

    payers = list(Payer.objects.order_by("shortcode"))
    if not payers:
        typer.echo(f"Nothing was paid yet: no payment from {CONFIGURATION.mpesa_b2c_shortcode} was ever released.")
    for payer in payers:
        screen = table("state", "transfers", "amount", title=f"From {payer.shortcode}")
        standing = queries.standing(payer.shortcode)
        for state in Transfer.State:
            if state in standing:
                count, amount = standing[state].count, format_kes(standing[state].cents)
                screen.add_row(state.label, f"{count:,}", amount)
        console().print(screen)
        told = balances.told_float(payer.shortcode)
        typer.echo(f"By our books it holds {format_kes(balances.float_cents(payer.shortcode))}.")
        if told is not None:
            typer.echo(f"M-PESA told {format_kes(told.cents)} at {_when(told.at)}.")
        if payer.stopped_at is not None:
            typer.echo(f"STOPPED at {_when(payer.stopped_at)}: {payer.stopped_for}")
        if payer.short_at is not None:
            typer.echo(f"Too little in it: it waits for {format_kes(payer.needs_cents)}.")


@payouts.command()
def resume(shortcode: str = typer.Argument(help="Ours, from which payments are stopped.")) -> None:
    """Send again, after what stopped it was mended. The first payment goes alone; its result decides."""
    set_up_django()
    from sokopesa.kernel.clock import now
    from sokopesa.payouts import payers
    from sokopesa.payouts.errors import NotStopped, PaysNothing

    try:
        payers.resume(shortcode, now=now())
    except (NotStopped, PaysNothing) as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)
    typer.echo(f"Payments from {shortcode} go on, the first one alone.")


def _when(moment: datetime) -> str:
    """As clocks in Nairobi show it."""
    return f"{moment.astimezone(EAT):%d-%m-%Y %H:%M:%S}"
