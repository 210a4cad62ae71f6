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
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from tests.batch.audit import audit
from tests.batch.market import FAULTS, Market
from tests.crash.postgres import adopt_orphans

console = Console(highlight=False)

QUIET_WITHIN_SECONDS = 240
LONGEST_LULL_SECONDS = 3.0
"""A kill comes at any moment up to this long after the one before."""


def main(
    *,
    lines: Annotated[int, typer.Option(help="Lines of the disbursement.")] = 10_000,
    kills: Annotated[int, typer.Option(help="How many kills.")] = 200,
    seed: Annotated[int, typer.Option(help="Chooses victims and moments, and M-PESA's faults.")] = 1,
    rate: Annotated[float, typer.Option(help="Lines a second; by default what makes the kills fit.")] = 0.0,
    workers: Annotated[int, typer.Option(help="Workers that run beside each other.")] = 2,
    faults: Annotated[bool, typer.Option(help="Whether the network loses, repeats and delays things.")] = True,
) -> None:
    """Kill workers at random moments while they pay; then count in the simulated network's own books."""
    adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="sokopesa-batch-"))
    pace = rate or max(1.0, lines / (max(kills, 1) * LONGEST_LULL_SECONDS / 2 + 5))
    market = Market(folder, workers=workers, rate=pace, seed=seed)
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
    market.open()
    market.lines("new", str(lines))
    begun = time.monotonic()
    market.start_workers()
    found = _wait(market, lambda states: states.get("paid", 0) >= min(10, lines))
    market.break_things(*faults)
    done = 0
    while not found and done < kills and market.states().get("released", 0):
        time.sleep(rng.uniform(0, LONGEST_LULL_SECONDS))
        victim = rng.choice(market.workers)
        victim.kill()
        victim.start()
        done += 1
    found = found or _wait(market, lambda states: not states.keys() & {"released", "sent", "unknown"})
    seconds = time.monotonic() - begun
    market.break_things()
    rounds = 0
    while not found and rounds < 5 and _came_back(market):
        market.lines("again")
        rounds += 1
        found = _wait(market, lambda states: not states.keys() & {"released", "sent", "unknown"})
    states = market.states()
    console.print(f"{lines:,} lines, {done:,} kills of workers, {seconds:,.0f} seconds; transfers: {states}")
    console.print(f"{market.lines_per_second():,.1f} lines a second from the first call to the last", soft_wrap=True)
    if found:
        return found
    with psycopg.connect(market.postgres.url, autocommit=True) as connection:
        found = audit(connection, market.books)
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


def _wait(market: Market, is_so: Callable[[dict[str, int]], bool]) -> list[str]:
    """Until it is so; what was found if it never is."""
    best, give_up_at = market.states(), time.monotonic() + QUIET_WITHIN_SECONDS
    while not is_so(states := market.states()):
        market.supervise()
        if states != best:
            best, give_up_at = states, time.monotonic() + QUIET_WITHIN_SECONDS
        if time.monotonic() > give_up_at:
            return [f"nothing moved for {QUIET_WITHIN_SECONDS} seconds: {states}"]
        time.sleep(0.3)
    return []


if __name__ == "__main__":
    typer.run(main)
