"""What goes wrong in a quarter: all that goes wrong on a day, and what goes wrong with money that is paid out."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from market_day.weather import HOUR, MINUTE, Weather, draw

B2C = "b2c"
Rule = dict[str, Any]


def draw_season(chance: Random) -> Weather:
    """The weather of one week. Answers that are slow in real time are left to the days."""
    weather = draw(chance, attacks=2)
    rules = [rule for rule in weather.rules if rule["kind"] not in ("slow", "callback_early", "statement_late")]
    return replace(weather, rules=[*rules, *_paying_out(chance)], answer_within=10.0)


def _paying_out(chance: Random) -> list[Rule]:
    faults: list[Rule] = [
        {"kind": "callback_lost", "probability": chance.uniform(0.05, 0.4)},
        {"kind": "callback_duplicated", "probability": chance.uniform(0.05, 0.4), "copies": 3, "seconds": 10 * MINUTE},
        {
            "kind": "callback_delayed",
            "probability": chance.uniform(0.05, 0.3),
            "seconds": chance.choice([300, 6 * HOUR]),
        },
        {"kind": "lost_answer", "probability": chance.uniform(0.05, 0.3), "how": "dropped"},
        {"kind": "lost_answer", "probability": chance.uniform(0.05, 0.2), "how": "bad_gateway"},
        {"kind": "queue_timeout", "probability": chance.uniform(0.05, 0.2), "seconds": HOUR},
        {"kind": "unavailable", "probability": chance.uniform(0.05, 0.3)},
        {"kind": "server_error", "probability": chance.uniform(0.05, 0.2)},
        {"kind": "too_many_requests", "probability": chance.uniform(0.05, 0.2)},
        {"kind": "outcome", "probability": chance.uniform(0.03, 0.1), "code": "4"},
        {"kind": "outcome", "probability": chance.uniform(0.03, 0.1), "code": "8"},
        {"kind": "outcome", "probability": chance.uniform(0.02, 0.05), "code": "2006"},
        {"kind": "outcome", "probability": chance.uniform(0.02, 0.05), "code": "1"},
    ]
    return [{**fault, "operation": B2C} for fault in faults if chance.random() < 0.5]
