"""Business days in Kenya: Monday to Friday, except public holidays.

The ``holidays`` package knows the statutory days, the move from Sunday to Monday, and most days given by Gazette
notice, but not Idd-ul-Azha, which is gazetted year by year a few days ahead. Those days are kept here; the ones for
years to come are astronomical estimates, to be replaced when the notice appears.
"""

from __future__ import annotations

from datetime import date, timedelta

import holidays

IDD_UL_AZHA = (
    date(2021, 7, 20),
    date(2023, 6, 28),
    date(2024, 6, 17),
    date(2025, 6, 6),
    date(2026, 5, 27),  # estimate
    date(2027, 5, 17),  # estimate
)

_HOLIDAYS = holidays.country_holidays("KE")
_HOLIDAYS.update(dict.fromkeys(IDD_UL_AZHA, "Idd-ul-Azha"))

_SATURDAY = 5


def is_business_day(day: date) -> bool:
    """Whether offices and couriers work on this calendar day in Nairobi."""
    return day.weekday() < _SATURDAY and day not in _HOLIDAYS


def add_business_days(day: date, count: int) -> date:
    """The ``count``-th business day after ``day``. The day itself is never counted, whatever kind of day it is.

    Nought business days after a day is that day. Raises ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError(f"business days are counted forward, not {count}")
    for _ in range(count):
        day += timedelta(days=1)
        while not is_business_day(day):
            day += timedelta(days=1)
    return day


def weekly_day(on: date, weekday: int) -> date:
    """The first set day of a week that is this day or later. ``weekday`` counts from Monday, which is 0; where it is no
    business day, the next one stands for it."""
    day = on - timedelta(days=7)
    while True:
        day += timedelta(days=(weekday - day.weekday()) % 7)
        moved = day if is_business_day(day) else add_business_days(day, 1)
        if moved >= on:
            return moved
        day += timedelta(days=1)
