"""The reconciliation expression: every verdict, against plain Python, and alike on DuckDB and PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines import EXPECTED, OURS, THEIRS, Case, Line, by_chance, plainly

from auditor.matching import COLUMNS, RESULT, Tolerance, Verdict, reconcile, summary
from sokopesa.embedded_postgres import EmbeddedPostgres

Backend = Any

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis", "ignore::FutureWarning:ibis")


@pytest.fixture(scope="module")
def duck() -> Iterator[Backend]:
    backend = ibis.duckdb.connect()
    yield backend
    backend.disconnect()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Backend]:
    with tempfile.TemporaryDirectory(prefix="auditor-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        where = urlsplit(server.ensure_database("matching"))
        host = parse_qs(where.query)["host"][0]
        backend = ibis.postgres.connect(user=where.username, host=host, database="matching")
        yield backend
        backend.disconnect()
        server.stop()


def cases(backend: Backend, ours: list[Line], theirs: list[Line], allowed: Tolerance | None = None) -> set[Case]:
    for name, lines in (("ours", ours), ("theirs", theirs)):
        load(backend, name, lines)
    found = reconcile(backend.table("ours"), backend.table("theirs"), allowed).to_pyarrow().to_pylist()
    told = {tuple(row[column] for column in RESULT) for row in found}
    assert len(told) == len(found)
    return told


def load(backend: Backend, name: str, lines: list[Line]) -> None:
    mark = "?" if backend.name == "duckdb" else "%s"
    cursor = backend.con.cursor()
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    columns = ", ".join(f"{column} {'BIGINT' if kind == 'int64' else 'TEXT'}" for column, kind in COLUMNS.items())
    cursor.execute(f"CREATE TABLE {name} ({columns})")
    if lines:
        cursor.executemany(f"INSERT INTO {name} VALUES ({', '.join([mark] * len(COLUMNS))})", lines)
    backend.con.commit()


def test_each_kind_of_case_gets_its_verdict(duck: Backend) -> None:
    assert cases(duck, OURS, THEIRS) == EXPECTED
    assert {verdict for _, _, verdict, *_ in EXPECTED} == {verdict.value for verdict in Verdict}


def test_postgresql_says_the_same(postgres: Backend, duck: Backend) -> None:
    assert cases(postgres, OURS, THEIRS) == EXPECTED
    for seed in range(2):
        ours, theirs = by_chance(seed, 1_000)
        assert cases(postgres, ours, theirs) == cases(duck, ours, theirs)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**9), count=st.integers(0, 12), allowed=st.sampled_from([Tolerance(), Tolerance(100, 60, 60)])
)
def test_plain_python_says_the_same(duck: Backend, seed: int, count: int, allowed: Tolerance) -> None:
    ours, theirs = by_chance(seed, count)
    assert cases(duck, ours, theirs, allowed) == plainly(ours, theirs, allowed)


def test_no_line_is_lost_and_no_cent(duck: Backend) -> None:
    ours, theirs = by_chance(7, 500)
    found = cases(duck, ours, theirs)
    assert sum(case[3] for case in found) == sum(case[4] for case in found) == 500
    assert sum(case[5] for case in found) == sum(line.cents for line in ours)
    assert sum(case[6] for case in found) == sum(line.cents for line in theirs)


def test_a_summary_counts_each_rule_and_verdict(duck: Backend) -> None:
    cases(duck, OURS, THEIRS)
    told = summary(reconcile(duck.table("ours"), duck.table("theirs"))).to_pyarrow().to_pylist()
    assert sum(row["cases"] for row in told) == len(EXPECTED)
    assert {"rule": "receipt", "verdict": "matched", "cases": 1, "ours_cents": 100, "theirs_cents": 100} in told
