"""One engine over one pair of files, in a process of its own. Prints its seconds, its memory and what it found."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import psutil

Answer = Callable[[], list[tuple[str, int]]]


def main() -> None:
    order = json.loads(sys.argv[1])
    answer = {"bare": bare, "duckdb": by_duckdb, "postgres": by_postgres, "spark": by_spark}[order["engine"]](order)
    best, found = float("inf"), list[tuple[str, int]]()
    for _ in range(order["rounds"]):
        started = time.perf_counter()
        found = answer()
        best = min(best, time.perf_counter() - started)
    verdicts = Counter[str]()
    for verdict, cases in found:
        verdicts[verdict] += int(cases)
    print(json.dumps({"seconds": best, "peak_mb": _peak_mb(), "verdicts": verdicts}))


def bare(order: Mapping[str, Any]) -> Answer:
    """What DuckDB needs without the expression."""
    query = Path(__file__).with_name("reconcile_bare.sql").read_text(encoding="utf-8")
    duck = duckdb.connect(config={"memory_limit": order["memory"], "temp_directory": order["spill"]})
    text = query.format(ours=order["ours"], theirs=order["theirs"])
    return lambda: [(row[0], row[1]) for row in duck.execute(text).fetchall()]


def by_duckdb(order: Mapping[str, Any]) -> Answer:
    """The expression on DuckDB, over the files."""
    import ibis

    backend = ibis.duckdb.connect(memory_limit=order["memory"], temp_directory=order["spill"])
    return _expression(backend.read_parquet(order["ours"]), backend.read_parquet(order["theirs"]))


def by_postgres(order: Mapping[str, Any]) -> Answer:
    """The expression in PostgreSQL, over tables."""
    import ibis

    where = urlsplit(order["url"])
    backend = ibis.postgres.connect(
        user=where.username, host=parse_qs(where.query)["host"][0], database=where.path.strip("/")
    )
    return _expression(backend.table("ours"), backend.table("theirs"))


def by_spark(order: Mapping[str, Any]) -> Answer:
    """The expression on Spark with as many threads as there are processors, over the files."""
    import ibis
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", 8)
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    backend = ibis.pyspark.connect(session)
    return _expression(backend.read_parquet(order["ours"]), backend.read_parquet(order["theirs"]))


def _expression(ours: Any, theirs: Any) -> Answer:
    from auditor.matching import reconcile, summary

    cases = summary(reconcile(ours, theirs))
    return lambda: [(row["verdict"], row["cases"]) for row in cases.to_pyarrow().to_pylist()]


def _peak_mb() -> float:
    """Of this process, and of what it has started, such as Spark's Java."""
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return here + sum(child.memory_info().rss for child in psutil.Process().children(recursive=True)) / 1e6


if __name__ == "__main__":
    main()
