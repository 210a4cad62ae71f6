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
    return estimate(on=on, min_days=offer.min_days, max_days=offer.max_days, day_rule=offer.day_rule)


def estimate(*, on: date, min_days: int, max_days: int, day_rule: str) -> Window:
    """What a seller's estimate, such as an order has kept of its listing, comes to when it is paid on that day."""
    return Window(_after(on, min_days, day_rule), _after(on, max_days, day_rule))


def _after(on: date, days: int, day_rule: str) -> date:
    if day_rule == DayRule.BUSINESS:
        return add_business_days(on, days)
    return on + timedelta(days=days)
