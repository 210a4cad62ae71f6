"""When a parcel arrives, by the seller's own estimate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sokopesa.catalog.models import DayRule, Offer
from sokopesa.kernel.calendar import add_business_days


@dataclass(frozen=True)
class Window:
    """The first and the last day, in Nairobi, on which the parcel is expected."""

    earliest: date
    latest: date


def window(offer: Offer, *, on: date) -> Window:
    """When the parcel arrives if the order is paid on that day; the day itself is not counted."""
    return Window(_after(offer, on, offer.min_days), _after(offer, on, offer.max_days))


def _after(offer: Offer, on: date, days: int) -> date:
    if offer.day_rule == DayRule.BUSINESS:
        return add_business_days(on, days)
    return on + timedelta(days=days)
