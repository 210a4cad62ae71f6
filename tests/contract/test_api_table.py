"""The table of APIs in the documentation is what the code says, and has no gap."""

from __future__ import annotations

from tests.contract.api_table import PAGE, ROWS, page
from tests.contract.contracts import NEVER_FAILS, NOT_SIMULATED


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.contract.api_table"


def test_the_table_has_no_gap() -> None:
    assert {row.name: row.gaps for row in ROWS if row.gaps} == {}


def test_the_only_exceptions_are_these() -> None:
    assert NOT_SIMULATED.keys() == {"unlisted"}
    assert NEVER_FAILS.keys() == {"points_value", "acknowledge_bill_payment"}
