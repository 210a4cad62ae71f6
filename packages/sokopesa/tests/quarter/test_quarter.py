"""A quarter of the market under every fault, with Kenyan holidays: every refund paid once and inside its promise or in
the exception queue with its reason, every day tied out to the cent, nothing unexplained.

``make quarter SEEDS=3`` lives whole quarters; ``DAYS=14`` shorter ones, ``SHOPPERS=8`` busier ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from market_day.door import OpenDoor
from market_quarter.audit import audit, figures
from market_quarter.proof import proof
from market_quarter.quarter import Season, a_quarter

FIRST, SEEDS = int(os.environ.get("FIRST_SEED", "1")), int(os.environ.get("SEEDS", "1"))
DAYS, SHOPPERS = int(os.environ.get("DAYS", "3")), int(os.environ.get("SHOPPERS", "4"))


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_a_quarter_ends_with_money_home_and_books_that_tie(
    market: Any, door: OpenDoor, refund_files: Path, say: Callable[[str], None], seed: int
) -> None:
    season = Season(days=DAYS, shoppers=SHOPPERS, is_instant=seed % 2 == 0, settles_within=35 if DAYS > 30 else 14)
    with a_quarter(seed, season, market, door, refund_files) as quarter:
        quarter.live()
        say(f"quarter {seed}, {DAYS} days of trade, which went {quarter.fingerprint}")
        for what, about in figures(quarter).items():
            say(f"  {what}: {about}")
        found = audit(quarter) + proof(quarter, refund_files)
    assert found == []
