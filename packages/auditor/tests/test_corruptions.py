"""Each corruption, planted alone, is reported once, with its class and amount; and nothing where nothing is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from world import World

from auditor.findings import Finding

CASES = tomllib.loads(Path(__file__).with_name("corruptions.toml").read_text(encoding="utf-8"))

Findings = Callable[..., list[Finding]]


def test_books_that_tie_raise_nothing(findings: Findings) -> None:
    assert findings() == []


def test_the_suite_is_as_long_as_it_should_be() -> None:
    assert len(CASES) >= 87


@pytest.mark.parametrize("case", CASES)
def test_each_corruption_is_named_once(world: World, findings: Findings, case: str) -> None:
    planted = CASES[case]
    world.duck.execute(planted["sql"])
    if planted.get("reseal"):
        world.seal(16)
    found = findings()
    assert [(finding.fault.value, finding.where, finding.cents) for finding in found] == [
        (planted["fault"], planted["where"], planted["cents"])
    ], [*map(str, found)]
