"""The command line: `mpesa-simulator serve`."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from mpesa_simulator.core.world import World, build
from mpesa_simulator.server import CannotServeError, serve, stop_on_signals

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
    try:
        asyncio.run(_serve(world, host, port))
    except CannotServeError as reason:
        Console(stderr=True, highlight=False).print(str(reason))
        raise typer.Exit(1) from reason


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
