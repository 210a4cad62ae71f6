"""Large amounts go in parts that M-PESA moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokopesa.payments.models import MOST_CENTS
from sokopesa.payouts.models import LEAST_CENTS
from sokopesa.payouts.splitting import split


@given(st.integers(LEAST_CENTS // 100, 4 * MOST_CENTS // 100).map(lambda shillings: shillings * 100))
def test_parts_are_payable_and_together_the_whole(cents: int) -> None:
    parts = split(cents)
    assert sum(parts) == cents
    assert all(LEAST_CENTS <= part <= MOST_CENTS for part in parts)
    assert len(parts) == -(-cents // MOST_CENTS)


def test_a_rest_that_mpesa_would_not_pay_is_taken_from_the_part_before() -> None:
    assert split(25_000_500) == [24_999_500, 1_000]


def test_less_than_mpesa_pays_out() -> None:
    with pytest.raises(ValueError, match="pays out no 999 cents"):
        split(999)
