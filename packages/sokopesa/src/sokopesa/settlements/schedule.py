"""When sellers are paid: once a week, on a business day in Nairobi."""

from __future__ import annotations

from datetime import date, timedelta

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.calendar import add_business_days, is_business_day


def next_payday(on: date) -> date:
    """The first payday that is not before this day. One that falls on a holiday moves to the next business day."""
    day = on - timedelta(days=7)
    while True:
        day += timedelta(days=1)
        if day.isoweekday() == CONFIGURATION.settlement_weekday:
            payday = day if is_business_day(day) else add_business_days(day, 1)
            if payday >= on:
                return payday
