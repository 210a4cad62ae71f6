"""The payer's charge, on every edge of every band."""

from __future__ import annotations

from datetime import date

import pytest

from sokopesa.payments.charges import paybill_charge
from sokopesa.payments.errors import AboveLimit

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("amount_kes", "charge_kes"),
    [
        *[(1, 0), (50, 0), (100, 0), (101, 5), (500, 5), (501, 10), (1_000, 10), (1_001, 15), (1_500, 15), (1_501, 20)],
        *[(2_500, 20), (2_501, 25), (3_500, 25), (3_501, 34), (5_000, 34), (5_001, 42), (7_500, 42), (7_501, 48)],
        *[(10_000, 48), (10_001, 57), (15_000, 57), (15_001, 62), (20_000, 62), (20_001, 67), (25_001, 72)],
        *[(30_001, 83), (35_001, 99), (40_001, 103), (45_000, 103), (45_001, 108), (250_000, 108)],
    ],
)
def test_the_charge_on_each_side_of_each_edge(amount_kes: int, charge_kes: int) -> None:
    charge = paybill_charge(amount_kes * 100, on=TODAY)
    assert (charge.buyer_cents, charge.tariff) == (charge_kes * 100, "paybill-2023-07-29")


def test_the_tariff_of_the_day_is_used() -> None:
    assert paybill_charge(50_000, on=date(2023, 7, 28)).buyer_cents == 400
    assert paybill_charge(50_000, on=date(2023, 7, 29)).buyer_cents == 500


def test_more_than_mpesa_moves_is_refused_with_the_limit_named() -> None:
    with pytest.raises(AboveLimit, match="KES 250,000 in one payment"):
        paybill_charge(25_000_100, on=TODAY)
