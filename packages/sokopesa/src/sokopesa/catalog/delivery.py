"""When a parcel arrives, by the seller's own estimate: first it is packed, then it travels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sokopesa.catalog.models import DayRule, ShippingMethod
from sokopesa.kernel.calendar import add_business_days


@dataclass(frozen=True)
class Window:
    """The first and the last day, in Nairobi, on which the parcel is expected."""

    earliest: date
    latest: date


def window(method: ShippingMethod, *, handling_days: int, on: date) -> Window:
    """When the parcel arrives if the order is paid on that day; the day itself is not counted."""
    return estimate(
        on=on,
        handling_days=handling_days,
        min_days=method.min_days,
        max_days=method.max_days,
        day_rule=method.day_rule,
    )


def estimate(*, on: date, handling_days: int, min_days: int, max_days: int, day_rule: str) -> Window:
    """What a seller's estimate, such as an order has kept of its listing, comes to when it is paid on that day."""
    leaves = add_business_days(on, handling_days)
    return Window(_after(leaves, min_days, day_rule), _after(leaves, max_days, day_rule))


def _after(on: date, days: int, day_rule: str) -> date:
    if day_rule == DayRule.BUSINESS:
        return add_business_days(on, days)
    return on + timedelta(days=days)
