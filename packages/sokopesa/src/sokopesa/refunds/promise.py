"""By when money is back: the 3rd to the 20th Kenyan business day after it was owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sokopesa.kernel.calendar import add_business_days
from sokopesa.kernel.clock import nairobi_date

EARLIEST, LATEST = 3, 20
"""Business days within which a refund is promised, counted from the day on which it is owed."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The two days in Nairobi between which the money comes back."""

    earliest: date
    latest: date


def promise(owed_at: datetime) -> Promise:
    """What is promised for money that is owed from that moment on."""
    today = nairobi_date(owed_at)
    return Promise(add_business_days(today, EARLIEST), add_business_days(today, LATEST))
