"""``sokopesa tracking``: what couriers say of parcels. Exit status 1 means that nothing was taken in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.kernel.clock import EAT, now

tracking = typer.Typer(
    help="Parcels: take in couriers' events, and see those that no parcel is known for.",
    no_args_is_help=True,
    callback=set_up_django,
)


@tracking.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV with a header, or JSON lines: tracking_number, at, kind, and if known carrier, place, text.",
        ),
    ],
) -> None:
    """Take in the events of a file, all of them or none. The same file again changes nothing."""
    from sokopesa.shipping.adapters.file import import_events
    from sokopesa.shipping.errors import EventsRefused

    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            done = import_events(lines, now=now())
    except UnicodeDecodeError:
        typer.echo(f"{file} is not text in UTF-8. Nothing was taken in.", err=True)
        sys.exit(1)
    except EventsRefused as refusal:
        for fault in refusal.faults:
            typer.echo(fault, err=True)
        typer.echo("Nothing was taken in.", err=True)
        sys.exit(1)
    typer.echo(f"New: {done.new}. Known already: {done.known}.")
    if done.unknown:
        typer.echo(f"Kept aside, for nobody has registered these parcels: {', '.join(done.unknown)}.")


@tracking.command()
def aside() -> None:
    """The newest hundred events about parcels that nobody has registered."""
    from sokopesa.shipping.queries import nobodys

    screen = table("Courier", "Number", "When", "What", "Where")
    for event in nobodys(size=100):
        at = f"{event.at.astimezone(EAT):%Y-%m-%d %H:%M}"
        screen.add_row(event.carrier, event.tracking_number, at, event.get_kind_display(), event.place)
    console().print(screen)
