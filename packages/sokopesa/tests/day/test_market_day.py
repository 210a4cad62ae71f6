"""Whole days of the market under every fault that M-PESA, the network and forgers are known for, audited at the end.

``make days SEEDS=20`` lives more of them; ``SHOPPERS=60`` makes them busier, ``FIRST_SEED=7`` begins elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from market_day.audit import audit, audit_calm, needing_people, verdicts
from market_day.day import Day, Plan, a_day
from market_day.door import OpenDoor
from market_day.proof import proof
from market_day.weather import CALM, draw, draw_with_every_message

FIRST, SEEDS = int(os.environ.get("FIRST_SEED", "1")), int(os.environ.get("SEEDS", "3"))
SHOPPERS = int(os.environ.get("SHOPPERS", "12"))

Market = Any
Say = Callable[[str], None]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_a_day_with_faults_ends_in_true_books(
    market: Market, door: OpenDoor, say: Say, tmp_path: Path, seed: int
) -> None:
    """Within a day of the last fault all is settled; what comes even later changes nothing that was settled."""
    with a_day(seed, Plan(draw(Random(seed)), shoppers=SHOPPERS), market, door) as day:
        day.live_it()
        found = audit(day)
        day.straggle()
        found += [finding for finding in audit(day) if finding not in found]
        day.live_on()
        found += [finding for finding in audit(day) if finding not in found]
        found += proof(day, tmp_path)
        _tell(day, say)
    assert found == []


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(1, SEEDS // 4)))
def test_where_every_message_arrives_no_list_is_needed(market: Market, door: OpenDoor, say: Say, seed: int) -> None:
    plan = Plan(draw_with_every_message(Random(seed)), shoppers=SHOPPERS, with_sweeps=False)
    with a_day(seed, plan, market, door) as day:
        day.live_it()
        day.straggle()
        found = audit(day)
        _tell(day, say)
    assert found == []


@pytest.mark.parametrize("seed", [FIRST])
def test_on_a_day_without_faults_nothing_needs_healing(market: Market, door: OpenDoor, say: Say, seed: int) -> None:
    with a_day(seed, Plan(CALM, shoppers=SHOPPERS), market, door) as day:
        day.live_it()
        found = audit(day) + audit_calm(day)
        _tell(day, say)
    assert found == []


def _tell(day: Day, say: Say) -> None:
    """What kind of day it was."""
    told = {
        "weather": [" ".join(str(value) for value in rule.values()) for rule in day.plan.weather.rules],
        "happened": dict(sorted(day.counts.items())),
        "verdicts": verdicts(),
        "healed": {"by the janitor": len(day.ended_by_janitor), "by the list": len(day.swept)},
        "quiet": f"{day.quiet_after} after the last fault",
        "needed a person": dict(sorted(needing_people(day).items())),
    }
    say(f"day {day.seed}, which went {day.fingerprint}")
    for what, about in told.items():
        say(f"  {what}: {about}")
