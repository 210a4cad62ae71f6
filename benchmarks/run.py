"""Run benchmarks, print what they found, and write it to benchmarks/results/latest.json.

    python -m benchmarks.run [--long] [name …]

Without names everything runs and is written; a few are only printed. ``--long`` runs the long ones: an hour's worth of
purchases, ten minutes of a steady stream, ten million older payments, a million products, a statement of a hundred
million lines, and Spark. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    checkout,
    daraja_overhead,
    daraja_parse,
    history,
    intake,
    lag,
    reconcile,
    reconcile_day,
    refund_file,
    search,
    settlement,
    spine,
    statement,
)
from benchmarks.database import Server, running_server
from benchmarks.figures import Figure

LATEST = Path(__file__).parent / "results" / "latest.json"
QUIET = 0.5
"""Processes wanting to run, averaged over a minute, above which somebody else uses the machine."""

console = Console(width=120, highlight=False)


def _simulator_pushes(_: Server) -> list[Figure]:
    """In a process of its own, which prints its rate, and fails where that is less than is wanted."""
    command = [sys.executable, str(Path(__file__).parent / "simulator_pushes.py")]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    found = re.search(r"([\d,]+) pushes/s", ended.stdout)
    if not found:
        raise RuntimeError(f"simulator_pushes.py gave no rate: {ended.stdout}{ended.stderr}")
    return [Figure("pushes that the simulator pays and reports", float(found[1].replace(",", "")), "1/s", 1500)]


Benchmark = Callable[[Server], list[Figure]]

SHORT: Mapping[str, Benchmark] = {
    "daraja_overhead": lambda _: daraja_overhead.measure(),
    "daraja_parse": lambda _: daraja_parse.measure(),
    "simulator_pushes": _simulator_pushes,
    "intake": intake.measure,
    "settlement": settlement.measure,
    "lag": lag.measure,
    "spine": spine.measure,
    "search": search.measure,
    "checkout": checkout.measure,
    "reconcile": reconcile.measure,
    "reconcile_day": reconcile_day.measure,
    "refund_file": refund_file.measure,
    "statement": statement.measure,
}
LONG: Mapping[str, Benchmark] = {
    "settlement": lambda server: settlement.measure(server, payments=500_000),
    "lag": lambda server: lag.measure(server, seconds=300),
    "spine": lambda server: spine.measure(server, seconds=600),
    "history": history.measure,
    "reconcile_day": lambda server: reconcile_day.measure(server, lines=338_000, entries=10_000_000),
    "search": lambda server: search.measure(server, sizes=(*search.SIZES, search.MANY)),
    "reconcile": lambda server: reconcile.measure(server, huge=reconcile.HUGE, with_spark=reconcile.has_spark()),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the market, each figure beside its limit.")
    parser.add_argument("--long", action="store_true", help="run the long benchmarks")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SHORT)}; all without")
    chosen = parser.parse_args()
    benchmarks = LONG if chosen.long else SHORT
    if unknown := set(chosen.names) - set(benchmarks):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    busy = os.getloadavg()[0]
    figures = _run({name: measure for name, measure in benchmarks.items() if not chosen.names or name in chosen.names})
    if busy > QUIET:
        console.print(f"[yellow]The machine was busy when this began (load {busy:.1f}); rates are too low.")
    if not chosen.names and not chosen.long:
        LATEST.parent.mkdir(exist_ok=True)
        rows = [
            figure.row(name if place == 0 else f"{name}: {figure.name}")
            for name, found in figures.items()
            for place, figure in enumerate(found)
        ]
        LATEST.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        console.print(f"Written to {LATEST.relative_to(Path.cwd())}")


def _run(benchmarks: Mapping[str, Benchmark]) -> dict[str, list[Figure]]:
    """What each benchmark found; the first figure is the one that the benchmark is for."""
    figures: dict[str, list[Figure]] = {}
    with console.status("Starting PostgreSQL …") as status, running_server() as server:
        for name, measure in benchmarks.items():
            status.update(f"{name} …")
            figures[name] = measure(server)
            _print(name, figures[name])
    return figures


def _print(name: str, figures: Sequence[Figure]) -> None:
    table = Table(title=name, title_justify="left", title_style="bold", width=118)
    table.add_column("figure", ratio=1)
    for heading in ("value", "unit", "limit", "ratio"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.limit:,g}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        table.add_row(figure.name, f"{figure.value:,.{0 if figure.value >= 1000 else 1}f}", figure.unit, limit, ratio)
    console.print(table)


if __name__ == "__main__":
    main()
