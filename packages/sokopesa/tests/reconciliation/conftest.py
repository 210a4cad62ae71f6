"""A way to take in what a test has written."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sokopesa.reconciliation.importing import Imported, import_statement

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

TakeIn = Callable[..., Imported]


@pytest.fixture
def take_in() -> TakeIn:
    def run(content: bytes, name: str = "statement.csv", **told: object) -> Imported:
        return import_statement(io.BytesIO(content), name=name, by=None, now=NOW, **told)  # type: ignore[arg-type]

    return run
