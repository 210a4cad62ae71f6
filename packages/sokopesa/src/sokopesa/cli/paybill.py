"""``sokopesa paybill``: what an operator tells M-PESA about the paybill, once."""

from __future__ import annotations

import sys

import typer

from sokopesa.cli.django import set_up_django

paybill = typer.Typer(help="Tell M-PESA about the paybill.", no_args_is_help=True)


@paybill.callback()
def _commands() -> None:
    """Keeps `register` a command of its own."""


@paybill.command()
def register(
    nominated_number: str = typer.Option("", help="The phone number in the paybill's own registration, for pulling."),
) -> None:
    """Register where payments by hand are reported, and, with a number, that we may pull transactions."""
    set_up_django()
    import daraja
    from sokopesa.configuration import CONFIGURATION
    from sokopesa.kernel.phone import PhoneRefused, normalise
    from sokopesa.payments import gateway

    if not (CONFIGURATION.mpesa_consumer_key and CONFIGURATION.mpesa_consumer_secret):
        typer.echo(
            "Set SOKOPESA_MPESA_CONSUMER_KEY and SOKOPESA_MPESA_CONSUMER_SECRET to the app's, from the Daraja portal, "
            "and SOKOPESA_MPESA_SHORTCODE, _ENVIRONMENT, _PAYBILL_TOKEN and _CALLBACK_BASE_URL as the market has them.",
            err=True,
        )
        raise typer.Exit(2)
    try:
        gateway.register_paybill()
        if nominated_number:
            gateway.register_pull(normalise(nominated_number))
    except (daraja.DarajaError, PhoneRefused) as refusal:
        typer.echo(f"M-PESA did not take it: {refusal}", err=True)
        sys.exit(1)
    typer.echo("M-PESA knows where to report payments.")
