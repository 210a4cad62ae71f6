"""``sokopesa``: the commands that run a market."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.ledger import ledger
from sokopesa.cli.paybill import paybill
from sokopesa.cli.payouts import payouts
from sokopesa.cli.rates import rates
from sokopesa.cli.reconcile import reconcile
from sokopesa.cli.refunds import refunds
from sokopesa.cli.seller import seller
from sokopesa.cli.staff import staff
from sokopesa.cli.statement import statement
from sokopesa.cli.token import token
from sokopesa.cli.tracking import tracking

main = typer.Typer(
    help="Sokopesa: a marketplace with M-PESA built in.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
main.add_typer(ledger, name="ledger")
main.add_typer(paybill, name="paybill")
main.add_typer(payouts, name="payouts")
main.add_typer(rates, name="rates")
main.add_typer(refunds, name="refunds")
main.add_typer(reconcile, name="reconcile")
main.add_typer(seller, name="seller")
main.add_typer(staff, name="staff")
main.add_typer(statement, name="statement")
main.add_typer(token, name="token")
main.add_typer(tracking, name="tracking")


@main.command()
def demo() -> None:
    """Run everything on this machine: the market, its worker, PostgreSQL and a simulated M-PESA. Ctrl-C stops it."""
    from sokopesa.demo.run import run

    sys.exit(run())


@main.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the port.")] = 1,
    door_only: Annotated[bool, typer.Option("--door-only", help="Serve M-PESA's callbacks and nothing else.")] = False,
) -> None:
    """Serve the market's pages, its API and the door for M-PESA's callbacks, until told to stop."""
    from sokopesa.serving import DOOR, MARKET
    from sokopesa.serving import serve as run

    run(DOOR if door_only else MARKET, host=host, port=port, workers=workers)


@main.command()
def worker() -> None:
    """Send prompts and SMS, settle callbacks, and ask M-PESA about prompts on which it keeps silent."""
    set_up_django()
    from sokopesa.worker.main import run

    asyncio.run(run())


@main.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(context: typer.Context) -> None:
    """Django's own commands: ``sokopesa manage migrate``."""
    set_up_django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sokopesa manage", *context.args])
