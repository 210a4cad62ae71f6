"""The reconciliation expression on a local cluster of Spark: the same cases as DuckDB's. Run by ``make spark``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest
from pyspark.sql import SparkSession

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from lines import EXPECTED, OURS, THEIRS, Line, by_chance

from auditor.matching import COLUMNS, RESULT, reconcile

Backend = Any


@pytest.fixture(scope="module")
def spark() -> Iterator[Backend]:
    """Two workers in processes of their own, as on machines of their own."""
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    session.stop()


def write(lines: list[Line], path: Path) -> Path:
    ibis.memtable([line._asdict() for line in lines], schema=ibis.schema(COLUMNS)).to_parquet(path)
    return path


def cases(backend: Backend, ours: Path, theirs: Path) -> set[tuple[Any, ...]]:
    found = reconcile(backend.read_parquet(ours), backend.read_parquet(theirs)).to_pyarrow().to_pylist()
    return {tuple(row[column] for column in RESULT) for row in found}


def test_spark_says_what_duckdb_says(spark: Backend, tmp_path: Path) -> None:
    ours, theirs = write(OURS, tmp_path / "ours.parquet"), write(THEIRS, tmp_path / "theirs.parquet")
    assert cases(spark, ours, theirs) == EXPECTED
    many, others = by_chance(1, 1_000)
    ours, theirs = write(many, tmp_path / "many.parquet"), write(others, tmp_path / "others.parquet")
    assert cases(spark, ours, theirs) == cases(ibis.duckdb.connect(), ours, theirs)
