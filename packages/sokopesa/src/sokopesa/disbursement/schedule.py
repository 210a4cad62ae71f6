"""When files are cut off and disbursements prepared: on business days in Nairobi, as an operator sets it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.calendar import is_business_day, weekly_day
from sokopesa.kernel.clock import EAT, nairobi_date

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def cut_off(day: date) -> datetime:
    """The moment on this day by which a refund has to be reconciled to stand in the day's file."""
    return datetime.combine(day, CONFIGURATION.refund_cut_off, tzinfo=EAT)


def next_cut_off(after: datetime) -> datetime:
    """The next cut-off later than this moment. There is none on Saturdays, Sundays and public holidays: what would have
    gone then goes with the next business day's."""
    day = nairobi_date(after)
    while not is_business_day(day) or cut_off(day) <= after:
        day += timedelta(days=1)
    return cut_off(day)


def cut_offs(first: datetime, *, until: datetime) -> Iterator[datetime]:
    """The cut-off ``first`` and every one after it, in their order, none later than ``until``."""
    moment = first
    while moment <= until:
        yield moment
        moment = next_cut_off(end_of(nairobi_date(moment)))


def end_of(day: date) -> datetime:
    """The last moment of this day in Nairobi. A day has one cut-off, also if the setting is moved on that day."""
    return datetime.combine(day, time.max, tzinfo=EAT)


def batch_day(on: date) -> date:
    """The first disbursement day that is this day or later: the set weekday or, where that is a public holiday, the
    next business day."""
    return weekly_day(on, _WEEKDAYS.index(CONFIGURATION.refund_batch_weekday))
