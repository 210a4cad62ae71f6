"""Reconciling a statement with our books: one expression, beside a bare query of DuckDB over the same files.

The data are made by DuckDB itself (reconcile.sql), and every engine must find exactly what was planted.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg

from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure

SIZES = (100_000, 1_000_000, 10_000_000)
IN_POSTGRES = 1_000_000
BY_SPARK = 1_000_000
HUGE = 100_000_000
ENOUGH, TIGHT = "6GB", "5GB"
"""What DuckDB may keep in memory: for what fits, and for what has to spill to the disk. The process needs some more."""
ALLOWED_MB = 8_000

_HERE = Path(__file__).parent
_MAKE = (_HERE / "reconcile.sql").read_text(encoding="utf-8")
_PLANTED = """
SELECT count(*) FILTER (lot BETWEEN 40 AND 49), count(*) FILTER (lot BETWEEN 0 AND 9),
       count(*) FILTER (lot BETWEEN 20 AND 29), count(*) FILTER (lot BETWEEN 30 AND 34),
       count(*) FILTER (lot BETWEEN 50 AND 99), count(*) FILTER (lot BETWEEN 110 AND 114),
       count(*) FILTER (lot BETWEEN 10 AND 14)
FROM (SELECT hash(i) % 10000 AS lot FROM range({n}) AS generated(i))
"""
_NAMES = ("missing-ours", "missing-theirs", "amount", "late", "one-to-many", "duplicate-ours", "duplicate-theirs")


@dataclass(frozen=True)
class Run:
    """What one engine needed: seconds for the best of its rounds, and megabytes at the most."""

    seconds: float
    peak_mb: float


def measure(server: Server, *, sizes: tuple[int, ...] = SIZES, huge: int = 0, with_spark: bool = False) -> list[Figure]:
    """Lines of each side a second, the peak of memory, and what PostgreSQL and, if wanted, Spark need.

    Raises:
        BooksWrongError: an engine found something else than was planted.
    """
    figures: list[Figure] = []
    rates: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="sokopesa-reconcile-", ignore_cleanup_errors=True) as folder:
        for n in sizes:
            sides = _Sides(Path(folder), n)
            bare, ours = sides.alternate("bare", "duckdb")
            rates[n] = n / ours.seconds
            figures += [
                Figure(
                    f"lines reconciled, {n:,} a side (limit: DuckDB alone)",
                    round(rates[n]),
                    "1/s",
                    round(n / bare.seconds),
                ),
                Figure(
                    f"peak memory, {n:,} a side (limit: DuckDB alone)", round(ours.peak_mb), "MB", round(bare.peak_mb)
                ),
            ]
            if n == IN_POSTGRES:
                run = sides.run("postgres", url=sides.into_postgres(server))
                figures.append(
                    Figure(f"the same expression in PostgreSQL, {n:,} a side", round(n / run.seconds), "1/s")
                )
            if with_spark and n == BY_SPARK:
                run = sides.run("spark")
                figures.append(Figure(f"the same expression on Spark, {n:,} a side", round(n / run.seconds), "1/s"))
            sides.forget()
        first, last = min(sizes), max(sizes)
        name = f"lines reconciled, {last:,} a side (limit: {first:,} a side)"
        figures.append(Figure(name, round(rates[last]), "1/s", round(rates[first])))
        if huge:
            figures += _spilling(Path(folder), huge)
    main = next(place for place, figure in enumerate(figures) if f"{max(sizes):,} a side (limit: Duck" in figure.name)
    return [figures.pop(main), *figures]


def _spilling(folder: Path, n: int) -> list[Figure]:
    """More than memory holds."""
    sides = _Sides(folder, n)
    run = sides.run("duckdb", memory=TIGHT, rounds=1)
    sides.forget()
    return [
        Figure(f"lines reconciled, {n:,} a side, spilling to disk", round(n / run.seconds), "1/s"),
        Figure(f"peak memory, {n:,} a side, spilling to disk", round(run.peak_mb), "MB", ALLOWED_MB),
    ]


class _Sides:
    """The two files of one size, and what was planted in them."""

    def __init__(self, folder: Path, n: int) -> None:
        self._n = n
        self._folder = folder
        self._ours, self._theirs = folder / f"ours-{n}.parquet", folder / f"theirs-{n}.parquet"
        with duckdb.connect(str(folder / "making.db"), config={"memory_limit": ENOUGH}) as duck:
            duck.execute(_MAKE.format(n=n, ours=self._ours, theirs=self._theirs))
            ((*counts,),) = duck.execute(_PLANTED.format(n=n)).fetchall()
        (folder / "making.db").unlink()
        self._planted = {name: count for name, count in zip(_NAMES, counts, strict=True) if count}

    def alternate(self, one: str, other: str, *, times: int = 2) -> tuple[Run, Run]:
        """The best of each, turn by turn, so that whatever else the machine does weighs on both."""
        runs = [(self.run(one, rounds=2), self.run(other, rounds=2)) for _ in range(times)]
        return (
            Run(min(first.seconds for first, _ in runs), max(first.peak_mb for first, _ in runs)),
            Run(min(second.seconds for _, second in runs), max(second.peak_mb for _, second in runs)),
        )

    def run(self, engine: str, *, memory: str = ENOUGH, url: str = "", rounds: int = 3) -> Run:
        """Run it in a process of its own, so that its memory can be told."""
        order = {
            "engine": engine, "ours": str(self._ours), "theirs": str(self._theirs), "memory": memory,
            "spill": str(self._folder / "spill"), "url": url, "rounds": rounds,
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.reconciling", json.dumps(order)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
        if ended.returncode:
            raise RuntimeError(f"{engine} failed: {ended.stderr[-2_000:]}")
        told = json.loads(ended.stdout.splitlines()[-1])
        self._check(engine, told["verdicts"])
        return Run(told["seconds"], told["peak_mb"])

    def _check(self, engine: str, verdicts: Mapping[str, int]) -> None:
        # What names no receipt, the bare query does not look for: those lines are missing to it on both sides.
        wrong = {
            name: (verdicts.get(name, 0), count)
            for name, count in self._planted.items()
            if verdicts.get(name, 0) != count and not (engine == "bare" and name.startswith("missing"))
        }
        if wrong:
            raise BooksWrongError(f"{engine} on {self._n:,} lines a side, found and planted: {wrong}")

    def into_postgres(self, server: Server) -> str:
        """Both sides as tables of a database; its URL."""
        url = server.fresh("reconcile")
        columns = "id bigint, receipt text, reference text, msisdn text, cents bigint, seconds bigint"
        with psycopg.connect(url) as connection, duckdb.connect() as duck:
            for name, path in (("ours", self._ours), ("theirs", self._theirs)):
                connection.execute(f"CREATE UNLOGGED TABLE {name} ({columns})")
                csv = self._folder / f"{name}.csv"
                texts = "HEADER false, FORCE_QUOTE (receipt, reference)"
                duck.execute(f"COPY (FROM '{path}') TO '{csv}' ({texts})")
                with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy, csv.open("rb") as file:
                    while block := file.read(1 << 20):
                        copy.write(block)
                csv.unlink()
            connection.commit()
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")
        return url

    def forget(self) -> None:
        """Give the disk back."""
        self._ours.unlink()
        self._theirs.unlink()


def has_spark() -> bool:
    """Whether ``make spark`` has installed it."""
    return importlib.util.find_spec("pyspark") is not None
