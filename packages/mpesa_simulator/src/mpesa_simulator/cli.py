"""The command line: `mpesa-simulator serve` and `mpesa-simulator conformance`."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from mpesa_simulator.app import table_of_apis
from mpesa_simulator.conformance.runner import run_all
from mpesa_simulator.conformance.trials import TRIALS
from mpesa_simulator.core.world import World, build
from mpesa_simulator.server import CannotServeError, collect_garbage_seldom, run_loop, serve, stop_on_signals

app = typer.Typer(help="The M-PESA network on a laptop.", no_args_is_help=True, add_completion=False)
console = Console(highlight=False)


class ClockChoice(StrEnum):
    """Real time, or time that moves only when the control API says so."""

    REAL = "real"
    VIRTUAL = "virtual"


@app.callback()
def about() -> None:
    """The M-PESA network on a laptop: its API, phones with PIN prompts, wallets, books, and faults on demand."""


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to listen on; 0 takes a free one")] = 8100,
    books: Annotated[str, typer.Option(help="file that keeps the network, or :memory:")] = ":memory:",
    seed: Annotated[int | None, typer.Option(help="makes identifiers and faults repeat; without it, none do")] = None,
    clock: Annotated[ClockChoice, typer.Option(help="virtual time is moved by the control API")] = ClockChoice.REAL,
) -> None:
    """Run the network until Ctrl-C."""
    world = build(books, seed, virtual=clock is ClockChoice.VIRTUAL)
    collect_garbage_seldom()
    try:
        run_loop(_serve(world, host, port))
    except CannotServeError as reason:
        Console(stderr=True, highlight=False).print(str(reason))
        raise typer.Exit(1) from reason


@app.command("conformance", context_settings={"ignore_unknown_options": True})
def conformance_command(
    command: Annotated[list[str], typer.Argument(help="what to run, after --")],
    only: Annotated[str, typer.Option(help="only the trials whose name contains this")] = "",
) -> None:
    """Put a client or application through every trial and say which it passes.

    The command finds its task in MPESA_TASK (collect or pay_out) and the rest in other MPESA_… variables; it prints
    `paid RECEIPT`, `failed` or `unknown`. Exit status 1 when a trial was not passed.
    """
    chosen = [trial for trial in TRIALS if only in trial.name]
    failed = 0
    for verdict in run_all(chosen, command):
        failed += not verdict.passed
        mark = "[green]passed[/]" if verdict.passed else "[red]FAILED[/]"
        console.print(f"{mark}  {verdict.trial.name}: {verdict.trial.shows}", soft_wrap=True)
        if not verdict.passed:
            console.print(f"        {verdict.problem}", soft_wrap=True)
    console.print(f"{len(chosen) - failed} of {len(chosen)} trials passed.")
    if failed:
        raise typer.Exit(1)


@app.command("apis")
def apis_command() -> None:
    """List every operation of Safaricom's API that the network answers, as a Markdown table."""
    typer.echo(table_of_apis())


async def _serve(world: World, host: str, port: int) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    await serve(world, host, port, _announce, stop)


def _announce(base_url: str) -> None:
    console.print(f"M-PESA is up at {base_url}")
    console.print(f"A phone (PIN 1234): {base_url}/phone/254708374149", soft_wrap=True)


def main() -> None:
    """Entry point of `mpesa-simulator`."""
    app()
