"""``sokopesa rates``: the exchange rates by which foreign prices become shillings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.kernel.clock import now
from sokopesa.kernel.money import format_rate

rates = typer.Typer(
    help="Exchange rates: take them over from a file, and see how they stand.",
    no_args_is_help=True,
    callback=set_up_django,
)


@rates.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: currency,kes_per_unit,as_of,source.")],
    sure: Annotated[
        bool,
        typer.Option(
            "--sure", help="Also replace rates of days that are known, and take rates far from the one before."
        ),
    ] = False,
) -> None:
    """Take over exchange rates from a file, all of them or none."""
    from sokopesa.catalog.errors import RatesRefused
    from sokopesa.catalog.exchange import import_rates

    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            done = import_rates(lines, now=now(), sure=sure)
    except UnicodeDecodeError:
        typer.echo(f"{file} is not text in UTF-8. Nothing was taken over.", err=True)
        sys.exit(1)
    except RatesRefused as refusal:
        for fault in refusal.faults:
            typer.echo(fault, err=True)
        typer.echo("Nothing was taken over.", err=True)
        sys.exit(1)
    typer.echo(f"New: {done.new}. Replaced: {done.replaced}. Known already: {done.known}.")


@rates.command()
def show() -> None:
    """The newest rate of each currency. Exits with 1 if goods priced in one of them cannot be sold today."""
    from sokopesa.catalog.exchange import standing

    screen = table("Currency", "KES for one", "Of", "Source", "Sells until")
    stands = standing(now=now())
    for each in stands:
        if each.rate is None:
            screen.add_row(each.currency, "none", "", "", "not at all: import a rate", style="red")
            continue
        until = f"{each.last_day}" if each.is_usable else f"{each.last_day}: too old, import a newer one"
        screen.add_row(
            each.currency,
            format_rate(each.rate.kes_per_unit),
            str(each.rate.as_of),
            each.rate.source,
            until,
            style="" if each.is_usable else "red",
        )
    console().print(screen)
    sys.exit(0 if all(each.is_usable for each in stands) else 1)
