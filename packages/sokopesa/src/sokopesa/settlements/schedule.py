"""When sellers are paid: once a week, on a business day in Nairobi."""

from __future__ import annotations

from datetime import date

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.calendar import weekly_day


def next_payday(on: date) -> date:
    """The first payday that is not before this day. One that falls on a holiday moves to the next business day."""
    return weekly_day(on, CONFIGURATION.settlement_weekday - 1)
