"""The page about the life of an order says what the tables say."""

from __future__ import annotations

from pathlib import Path

from sokopesa.orders.life import RULES
from sokopesa.orders.life_page import page
from sokopesa.orders.models import Clock

PAGE = Path(__file__).parents[4] / "docs" / "order-life.md"


def test_the_page_is_up_to_date() -> None:
    """If not: ``python -m sokopesa.orders.life_page > docs/order-life.md``."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_it_has_a_row_for_every_action_and_every_deadline() -> None:
    rows = page().splitlines()
    for rule in RULES:
        assert sum(f"`{rule.action.value}`" in row for row in rows) == 1
    assert sum(row.startswith("| ") for row in rows[rows.index("## Deadlines") :]) == len(Clock.Kind) + 2
