"""Buyers, sellers, mediators, strangers and the clock do anything at any time with orders that are paid, legal or not:
no order comes into a state that cannot be, none is stuck, no shilling is lost, and what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from any_life.cancelling import Cancelling
from any_life.disputes import BEGINNINGS, GOODS_CAME_BACK, Disputes
from any_life.shipping import Shipping
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sokopesa.aftersale import cancelling


class AnyLife(Cancelling, Shipping, Disputes):
    """Everything that can be done."""


def walk(make_case: Callable[..., Any], *, beginnings: Sequence[Sequence[str]] = BEGINNINGS, **how: Any) -> None:
    its_own = {"make_case": staticmethod(make_case), "beginnings": beginnings}
    machine = type("AnyLifeOfThisMarket", (AnyLife,), its_own)
    calm = settings(stateful_step_count=20, deadline=None, suppress_health_check=[*HealthCheck], **how)
    run_state_machine_as_test(machine, settings=calm)


@pytest.mark.django_db
def test_any_life_of_an_order_keeps_the_rules(make_case: Callable[..., Any]) -> None:
    walk(make_case, max_examples=12)


@pytest.mark.django_db
def test_the_walk_sees_goods_that_are_not_put_back(
    make_case: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A walk that never fails would show nothing."""
    monkeypatch.setattr(cancelling.stock, "release_all", lambda _: None)
    with pytest.raises(AssertionError):
        walk(make_case, max_examples=30, phases=[Phase.generate], database=None, derandomize=True)


@pytest.mark.django_db
def test_the_walk_sees_an_order_of_whose_money_nothing_is_left_and_that_goes_on(
    make_case: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dispute gave back what was shipped, and then the rest is cancelled: a fault that there was."""
    monkeypatch.setattr(cancelling, "end_if_all_is_back", lambda order: False)
    how = {"phases": [Phase.generate], "database": None, "derandomize": True}
    with pytest.raises(AssertionError):
        walk(make_case, beginnings=[GOODS_CAME_BACK], max_examples=10, **how)
