"""Codes that are given at the same time, by threads that really commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sokopesa.people import factors
from sokopesa.people.models import User

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_of_many_who_give_one_code_at_once_one_is_taken(all_at_once: Callable[..., list[object]]) -> None:
    user = User.objects.create_user("254711000903")
    factors.plant(user=user, secret=SECRET)
    told = all_at_once(*[lambda: factors.give(user=user, code=factors.code_at(SECRET, NOW), now=NOW)] * 4)
    assert sorted(type(each).__name__ for each in told) == ["CodeUsed", "CodeUsed", "CodeUsed", "Given"]


def test_guesses_at_once_are_all_counted(all_at_once: Callable[..., list[object]]) -> None:
    user = User.objects.create_user("254711000904")
    factors.plant(user=user, secret=SECRET)
    told = all_at_once(*[lambda: factors.give(user=user, code="000000", now=NOW)] * 8)
    assert sorted(type(each).__name__ for each in told) == ["FactorLocked"] * 4 + ["WrongCode"] * 4
