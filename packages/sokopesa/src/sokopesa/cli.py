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


@main.command()
def books() -> None:
    """Recompute the ledger from its postings and print the trial balance; exit status 1 if anything differs."""
    _set_up_django()
    from rich.console import Console
    from rich.table import Table

    from sokopesa.kernel.money import format_kes
    from sokopesa.ledger.queries import discrepancies, trial_balance

    table = Table("Account", "Balance", title="Trial balance (debit positive)")
    table.columns[1].justify = "right"
    balances = trial_balance()
    for code, cents in balances.items():
        table.add_row(code, format_kes(cents))
    table.add_row("Sum", format_kes(sum(balances.values())), style="bold")
    console = Console()
    console.print(table)
    found = discrepancies()
    for item in found:
        kept, recomputed = format_kes(item.kept_cents), format_kes(item.recomputed_cents)
        console.print(f"[red]{item.what}: kept {kept}, recomputed {recomputed}[/]")
    console.print("[red]The books do not agree.[/]" if found else "The books agree.")
    sys.exit(1 if found else 0)


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
