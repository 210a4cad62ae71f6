"""``make kills``: kill the market's processes at random moments under load, and audit the books.

    .venv/bin/python -m tests.crash --kills 200

Exit status 0: nothing acknowledged was lost and nothing was booked twice. 1: what was found is named, and everything is
kept for a look. ``--fault`` plants a fault that must be found.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from tests.crash.campaign import Campaign, Outcome, Plan
from tests.crash.faults import FAULTS
from tests.crash.killing import DECK, Victim
from tests.crash.market import Build, Market
from tests.crash.postgres import adopt_orphans

console = Console(highlight=False)


def main(
    *,
    kills: Annotated[int, typer.Option(help="How many kills.")] = 200,
    seed: Annotated[int, typer.Option(help="Chooses victims and moments, and what M-PESA tells.")] = 1,
    rate: Annotated[float, typer.Option(help="Sales a second.")] = 40.0,
    workers: Annotated[int, typer.Option(help="Workers that run beside each other.")] = 2,
    fault: Annotated[str, typer.Option(help=f"Plant a fault that must be found: {', '.join(FAULTS)}.")] = "",
    sms: Annotated[bool, typer.Option(help="Wait at the end until every SMS is sent.")] = True,
    discard: Annotated[bool, typer.Option("--discard", help="Keep nothing, whatever is found.")] = False,
) -> None:
    """Kill the door, the workers and PostgreSQL at random moments under load; then audit the books."""
    adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="sokopesa-crash-"))
    build, deck = FAULTS[fault] if fault else (Build(), DECK)
    plan = Plan(kills=kills, seed=seed, rate=rate, deck=deck, until_delivered=sms)
    market = Market(folder, build, workers=workers)
    try:
        outcome = _carry_out(market, plan)
    finally:
        market.close()
    _show(outcome)
    for finding in outcome.findings:
        console.print(f"FOUND  {finding}", style="red", soft_wrap=True, markup=False)
    if discard or not outcome.findings:
        shutil.rmtree(folder)
    else:
        console.print(f"Database and logs are kept in {folder}", soft_wrap=True)
    if outcome.findings:
        sys.exit(1)
    console.print("Nothing acknowledged was lost, nothing was booked twice, the ledger verifies.", style="green")


def _carry_out(market: Market, plan: Plan) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("opening the market", total=plan.kills)
        market.open()
        bar.update(task, description="killing")
        campaign = Campaign(market, plan, lambda outcome: bar.update(task, completed=len(outcome.kills)))
        return asyncio.run(campaign.run())


def _show(outcome: Outcome) -> None:
    table = Table("killed", "times", "acknowledges again after", "settles again after")
    for victim in Victim:
        kills = [kill for kill in outcome.kills if kill.victim is victim]
        acknowledged = [kill.acknowledged_after for kill in kills if kill.acknowledged_after is not None]
        settled = [kill.settled_after for kill in kills if kill.settled_after is not None]
        table.add_row(victim.value, f"{len(kills):,}", _median_and_most(acknowledged), _median_and_most(settled))
    console.print(table)
    console.print("Seconds from the kill, median and longest; without kills that the next one followed at once.")
    figures = Table("seen", "count")
    for name, count in {"audits": outcome.audits, **outcome.figures}.items():
        figures.add_row(name, f"{count:,}")
    console.print(figures)


def _median_and_most(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} · {max(seconds):.2f}" if seconds else "–"


if __name__ == "__main__":
    typer.run(main)
