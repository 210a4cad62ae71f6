"""What goes wrong on a day. Each fault is on or off, and how strong, by the day's seed: rare faults alone show other
bugs than many faults together (swarm testing)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

MINUTE, HOUR = 60, 3_600
PUSH, QUERY, LIST = "stk_push", "stk_query", "pull_query"
CALLBACKS = ("stk_push", "c2b_confirmation")

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Weather:
    """``rules`` are the simulated network's; the rest is done by the day itself.

    ``jobs_lost`` is the share of jobs whose worker dies before it begins them, ``attacks`` how many forgeries are
    tried; ``asks_first`` whether M-PESA asks the market before it takes a payment by hand. The market waits
    ``answer_within`` real seconds for M-PESA.
    """

    rules: list[Rule] = field(default_factory=list)
    jobs_lost: float = 0.0
    attacks: int = 0
    asks_first: bool = True
    answer_within: float = 10.0

    @property
    def is_calm(self) -> bool:
        """Nothing at all goes wrong."""
        return not self.rules and not self.jobs_lost and not self.attacks

    @property
    def overtakes(self) -> bool:
        """Whether callbacks come before the answer to the request that they are about."""
        return any(rule["kind"] == "callback_early" for rule in self.rules)

    @property
    def is_slow(self) -> bool:
        """Whether the network takes requests up after the market has given up waiting."""
        return any(rule["kind"] == "slow" for rule in self.rules)


CALM = Weather()


def draw(chance: Random, *, attacks: int = 6) -> Weather:
    """The weather of one day."""
    rules = [rule for fault in FAULTS if chance.random() < 0.5 for rule in fault(chance)]
    slow = any(rule["kind"] == "slow" for rule in rules)
    return Weather(
        rules=rules if not slow else [rule for rule in rules if rule["kind"] != "callback_early"],
        jobs_lost=chance.choice([0.0, 0.0, 0.1]),
        attacks=attacks if chance.random() < 0.7 else 0,
        asks_first=chance.random() < 0.5,
        answer_within=SLOW_ANSWER / 2 if slow else 10.0,
    )


def draw_with_every_message(chance: Random, *, attacks: int = 6) -> Weather:
    """A day on which M-PESA's list is never there, but every message arrives: late, early, twice, amid forgeries.
    Healers must not be needed, so that none can hide what settlement does wrong."""
    rules = [rule for fault in (_duplicated, _late, _early, _answer_lost, _tokens_end) for rule in fault(chance)]
    return Weather(
        rules=[*(rule for rule in rules if rule.get("operation") != LIST), _rule("unavailable", 1.0, operation=LIST)],
        attacks=attacks,
        asks_first=chance.random() < 0.5,
    )


SLOW_ANSWER = 0.8
"""Real seconds that a slow answer takes; the market waits half as long on such days."""


def _rule(kind: str, probability: float, **more: object) -> Rule:
    return {"kind": kind, "probability": round(probability, 3), **more}


def _lost(chance: Random) -> list[Rule]:
    return [_rule("callback_lost", chance.uniform(0.02, 0.6), operation=kind) for kind in CALLBACKS]


def _duplicated(chance: Random) -> list[Rule]:
    return [
        _rule("callback_duplicated", chance.uniform(0.05, 0.5), copies=chance.choice([2, 3]), seconds=apart)
        for apart in chance.sample([0, 5, 10 * MINUTE, 3 * HOUR], 2)
    ]


def _late(chance: Random) -> list[Rule]:
    return [
        _rule("callback_delayed", chance.uniform(0.03, 0.25), seconds=late)
        for late in chance.sample([20, 5 * MINUTE, HOUR, 6 * HOUR, 25 * HOUR], 3)
    ]


def _reordered(chance: Random) -> list[Rule]:
    return [_rule("callback_reordered", chance.uniform(0.05, 0.3))]


def _early(chance: Random) -> list[Rule]:
    return [_rule("callback_early", chance.uniform(0.05, 0.3), operation=PUSH, seconds=3)]


def _answer_lost(chance: Random) -> list[Rule]:
    """After M-PESA took the request."""
    return [
        _rule("lost_answer", chance.uniform(0.02, 0.2), operation=PUSH, how=how)
        for how in chance.sample(["bad_gateway", "dropped"], 1)
    ]


def _request_lost(chance: Random) -> list[Rule]:
    """Before M-PESA took it; what the market hears does not say so."""
    return [_rule("unavailable", chance.uniform(0.02, 0.15), operation=PUSH)]


def _turned_away(chance: Random) -> list[Rule]:
    kinds = ["server_error", "too_many_requests", "blocked", "wrong_credentials"]
    return [_rule(kind, chance.uniform(0.02, 0.1), operation=PUSH) for kind in chance.sample(kinds, 2)]


def _slow(chance: Random) -> list[Rule]:
    return [_rule("slow", chance.uniform(0.05, 0.2), operation=PUSH, seconds=SLOW_ANSWER, times=2)]


def _tokens_end(chance: Random) -> list[Rule]:
    rules = [_rule("token_invalidated", chance.uniform(0.05, 0.3), operation=kind) for kind in (PUSH, QUERY, LIST)]
    return [*rules, _rule("unavailable", chance.uniform(0.05, 0.3), operation="token")]


def _query_down(chance: Random) -> list[Rule]:
    kinds = ["server_error", "unavailable", "too_many_requests", "blocked"]
    return [_rule(chance.choice(kinds), chance.choice([0.2, 0.5, 1.0]), operation=QUERY)]


def _query_stale(chance: Random) -> list[Rule]:
    return [_rule("query_pending", chance.uniform(0.05, 0.4))]


def _query_wrong(chance: Random) -> list[Rule]:
    return [
        _rule("query_contradicts", chance.uniform(0.05, 0.3), code=code)
        for code in chance.sample(["0", "1032", "1037", "2001"], 2)
    ]


def _list_down(chance: Random) -> list[Rule]:
    kinds = ["server_error", "unavailable", "too_many_requests"]
    return [_rule(chance.choice(kinds), chance.choice([0.2, 0.5, 1.0]), operation=LIST)]


def _list_late(chance: Random) -> list[Rule]:
    return [
        _rule("statement_late", chance.uniform(0.05, 0.5), seconds=late)
        for late in chance.sample([2 * MINUTE, 10 * MINUTE, HOUR, 5 * HOUR], 2)
    ]


def _other_endings(chance: Random) -> list[Rule]:
    return [_rule("outcome", chance.uniform(0.02, 0.1), code=chance.choice(["1037", "1025", "17", "1001"]))]


def _paid_after_all(chance: Random) -> list[Rule]:
    """M-PESA reports a failure, and the money moves afterwards."""
    return [
        _rule("late_success", chance.uniform(0.03, 0.3), seconds=after)
        for after in chance.sample([20, 5 * MINUTE, HOUR], 2)
    ]


FAULTS: list[Callable[[Random], list[Rule]]] = [
    _lost,
    _duplicated,
    _late,
    _reordered,
    _early,
    _answer_lost,
    _request_lost,
    _turned_away,
    _slow,
    _tokens_end,
    _query_down,
    _query_stale,
    _query_wrong,
    _list_down,
    _list_late,
    _other_endings,
    _paid_after_all,
]
