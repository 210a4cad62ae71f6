"""``sokopesa``: the commands that run a market."""

from __future__ import annotations

import asyncio
import os
import sys

import typer

main = typer.Typer(
    help="Sokopesa: a marketplace with M-PESA built in.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@main.command()
def demo() -> None:
    """Run everything on this machine: the market, its worker, PostgreSQL and a simulated M-PESA. Ctrl-C stops it."""
    from sokopesa.demo.run import run

    sys.exit(run())


@main.command()
def worker() -> None:
    """Send prompts and SMS, settle callbacks, and ask M-PESA about prompts on which it keeps silent."""
    _set_up_django()
    from sokopesa.worker.main import run

    asyncio.run(run())


@main.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(context: typer.Context) -> None:
    """Django's own commands: ``sokopesa manage migrate``."""
    _set_up_django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sokopesa manage", *context.args])


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    import django

    django.setup()
