"""Several people take in statements at the same moment."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

from stating import Dialect, as_csv, some

from sokopesa.reconciliation.importing import import_statement
from sokopesa.reconciliation.models import StatementLine

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NO_PERIOD = Dialect(preamble=3)


def test_two_at_once_bring_each_line_once(all_at_once):
    lines = some(300)
    files = [as_csv(lines[:200], NO_PERIOD), as_csv(lines[100:], NO_PERIOD), as_csv(lines)]

    def taking(content: bytes) -> Callable[[], object]:
        return lambda: import_statement(io.BytesIO(content), name="x.csv", by=None, now=NOW).new

    assert sum(all_at_once(*map(taking, files))) == 300  # type: ignore[arg-type]
    assert StatementLine.objects.count() == 300
