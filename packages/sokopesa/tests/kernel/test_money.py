"""Amounts as people read and type them."""

from __future__ import annotations

import pytest

from sokopesa.kernel.money import read_total


@pytest.mark.parametrize("typed", ["1561", " 1,561 ", "KES 1,561", "Ksh 1561.00"])
def test_totals_are_read_as_people_type_them(typed: str) -> None:
    assert read_total(typed) == 156_100


@pytest.mark.parametrize("typed", ["", "KES", "1561.50", "15,61", "-1561", "1561 and more", "\u0661\u0665\u0666\u0661"])
def test_what_is_no_total_is_not_guessed_at(typed: str) -> None:
    assert read_total(typed) is None
