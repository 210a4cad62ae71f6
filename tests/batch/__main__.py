"""``make batch-kills``: kill the workers at random moments while they pay a disbursement, and count in M-PESA's books.

    .venv/bin/python -m tests.batch --lines 10000 --kills 200

Exit status 0: every line was paid exactly once. 1: what was found is named, and everything is kept for a look.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from tests.batch.audit import audit
from tests.batch.market import FAULTS, Market
from tests.crash.postgres import adopt_orphans

console = Console(highlight=False)

QUIET_WITHIN_SECONDS = 240
LONGEST_LULL_SECONDS = 0.5
"""A kill comes at any moment up to this long after the line was told of at which it is due."""

LOOK_SECONDS = 0.1
OVER = frozenset({"paid", "returned"})


def main(
    *,
    lines: Annotated[int, typer.Option(help="Lines of the disbursement.")] = 10_000,
    kills: Annotated[int, typer.Option(help="How many kills.")] = 200,
    seed: Annotated[int, typer.Option(help="Chooses victims and moments, and M-PESA's faults.")] = 1,
    rate: Annotated[float, typer.Option(help="Lines a second, at most.")] = 50.0,
    workers: Annotated[int, typer.Option(help="Workers that run beside each other.")] = 2,
    faults: Annotated[bool, typer.Option(help="Whether the network loses, repeats and delays things.")] = True,
) -> None:
    """Kill workers at random moments while they pay; then count in the simulated network's own books."""
    adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="sokopesa-batch-"))
    market = Market(folder, workers=workers, rate=rate, seed=seed)
    try:
        found = _carry_out(market, lines, kills, random.Random(seed), FAULTS if faults else ())
    finally:
        market.close()
    for finding in found[:20]:
        console.print(f"FOUND  {finding}", style="red", soft_wrap=True, markup=False)
    if found:
        console.print(f"{len(found):,} findings. Books and logs are kept in {folder}", soft_wrap=True)
        sys.exit(1)
    shutil.rmtree(folder)
    console.print("Every line was paid exactly once; both sides' books agree to the cent.", style="green")


def _carry_out(
    market: Market, lines: int, kills: int, rng: random.Random, faults: Sequence[dict[str, object]]
) -> list[str]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        paid = bar.add_task("opening the market", total=lines)
        killed = bar.add_task("kills", total=kills)

        def show(states: dict[str, int]) -> None:
            bar.update(paid, completed=states.get("paid", 0))

        market.open()
        market.lines("new", str(lines))
        bar.update(paid, description="lines paid")
        market.start_workers()
        begun = time.monotonic()
        found = _wait(market, lambda states: states.get("paid", 0) >= min(10, lines), show)
        market.break_things(*faults)
        for point in sorted(rng.randrange(lines) for _ in range(kills)):
            found = found or _wait(market, partial(_is_told, line=point), show)
            if not found:
                time.sleep(rng.uniform(0, LONGEST_LULL_SECONDS))
                _kill_one(market, rng)
                bar.advance(killed)
        found = found or _wait(market, _is_over, show)
        seconds = time.monotonic() - begun
        market.break_things()
        found = found or _send_again(market, show)
    console.print(f"{lines:,} lines, {kills:,} kills of workers that were at work, {seconds:,.0f} seconds")
    console.print(market.figures(), soft_wrap=True)
    return found or _judge(market, lines)


def _is_told(states: dict[str, int], *, line: int) -> bool:
    """Whether M-PESA was told of so many lines, or we began to."""
    return sum(states.values()) - states.get("released", 0) > line


def _is_over(states: dict[str, int]) -> bool:
    return not states.keys() - OVER


def _kill_one(market: Market, rng: random.Random) -> None:
    """A worker that does something: one that starts up still holds nothing."""
    while not (busy := market.at_work()):
        market.supervise()
        time.sleep(LOOK_SECONDS)
    victim = rng.choice(busy)
    victim.kill()
    victim.start()


def _send_again(market: Market, show: Callable[[dict[str, int]], None]) -> list[str]:
    """What came back, because M-PESA was never told or said that it was busy, goes out once more, as often as need
    be."""
    found: list[str] = []
    rounds = 0
    while not found and rounds < 5 and _came_back(market):
        market.lines("again")
        rounds += 1
        found = _wait(market, _is_over, show)
    return found


def _judge(market: Market, lines: int) -> list[str]:
    with psycopg.connect(market.postgres.url, autocommit=True) as connection:
        found = audit(connection, market.books, lines)
    for command in (["seal"], ["check"], ["verify"]):
        status, said = market.ask("ledger", *command)
        if status:
            found.append(f"sokopesa ledger {' '.join(command)} says: {said.strip()}")
    return found


def _came_back(market: Market) -> bool:
    with psycopg.connect(market.postgres.url, autocommit=True) as connection:
        return (
            connection.execute("SELECT 1 FROM refunds_refund WHERE state = 'returned' LIMIT 1").fetchone() is not None
        )


def _wait(market: Market, is_so: Callable[[dict[str, int]], bool], show: Callable[[dict[str, int]], None]) -> list[str]:
    """Until it is so; what was found if it never is."""
    best, give_up_at = market.states(), time.monotonic() + QUIET_WITHIN_SECONDS
    while not is_so(states := market.states()):
        market.supervise()
        show(states)
        if states != best:
            best, give_up_at = states, time.monotonic() + QUIET_WITHIN_SECONDS
        if time.monotonic() > give_up_at:
            return [f"nothing moved for {QUIET_WITHIN_SECONDS} seconds: {states}"]
        time.sleep(LOOK_SECONDS)
    show(states)
    return []


if __name__ == "__main__":
    typer.run(main)
