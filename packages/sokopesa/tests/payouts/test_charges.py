"""What M-PESA takes for paying a phone, on both sides of every edge of every band."""

from __future__ import annotations

from datetime import date

import pytest

from sokopesa.payouts.charges import b2c_charge

BANDS = {
    date(2022, 12, 31): [(1, 1_527), (1_500, 1_527), (1_501, 2_240), (150_000, 2_240)],
    date(2023, 1, 1): [
        *((1, 0), (100, 0), (101, 500), (1_500, 500), (1_501, 800), (5_000, 800)),
        *((5_001, 1_000), (20_000, 1_000), (20_001, 1_200), (150_000, 1_200)),
    ],
    date(2023, 7, 28): [(5_000, 800)],
    date(2023, 7, 29): [(5_000, 900)],
    date(2026, 11, 25): [
        *((1, 0), (100, 0), (101, 500), (1_500, 500), (1_501, 900), (5_000, 900)),
        *((5_001, 1_100), (20_000, 1_100), (20_001, 1_300), (250_000, 1_300)),
    ],
}


@pytest.mark.parametrize(("day", "kes", "cents"), [(day, *row) for day, rows in BANDS.items() for row in rows])
def test_the_published_tariffs(day: date, kes: int, cents: int) -> None:
    assert b2c_charge(kes * 100, on=day) == cents


def test_what_no_tariff_says() -> None:
    for amount_cents, day in ((25_000_100, date(2026, 11, 25)), (100, date(2021, 12, 31))):
        with pytest.raises(LookupError):
            b2c_charge(amount_cents, on=day)
    with pytest.raises(ValueError, match="no payment"):
        b2c_charge(0, on=date(2026, 11, 25))
