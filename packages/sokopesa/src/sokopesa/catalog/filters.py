"""What a shopper narrows a list by, in words of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sokopesa.catalog.models import MOST_HANDLING_DAYS
from sokopesa.catalog.search import quoted
from sokopesa.kernel.calendar import add_business_days, is_business_day

DAYS_TO_CHOOSE = (3, 7, 14, 30)
MOST_CENTS = 10**15
"""More than anything costs."""

_CONDITIONS = {
    "shelf": "category_id = %(shelf)s",
    "brand": "lower(brand) = ANY (%(brands)s::text[])",
    "price": "is_buyable AND price_cents BETWEEN %(least)s AND %(most)s",
    "days": "is_buyable AND slowness <= %(slowest)s AND slowness <= (%(slowness)s::smallint[])[leaves_after + 1]",
    "kenya": "ships_from_kenya",
    "stock": "is_buyable",
}
"""Conditions on a row of `ListedProduct`, by what is filtered."""


class Sort(StrEnum):
    """In what order goods are listed; those that can be bought always come first."""

    BEST = "best"
    CHEAPEST = "cheapest"
    SOONEST = "soonest"
    NEWEST = "newest"


@dataclass(frozen=True)
class Filters:
    """What goods must be like. Prices are for one piece with delivery, in cents of KES, both ends included.

    ``within_days`` is the latest day of arrival, counted from today. ``brands`` are alternatives, in any letters.
    """

    shelf_id: int | None = None
    brands: tuple[str, ...] = ()
    least_cents: int | None = None
    most_cents: int | None = None
    within_days: int | None = None
    from_kenya: bool = False
    in_stock: bool = False

    @property
    def active(self) -> frozenset[str]:
        """By what is filtered: names of conditions."""
        is_on = {
            "shelf": self.shelf_id is not None,
            "brand": bool(self.brands),
            "price": self.least_cents is not None or self.most_cents is not None,
            "days": self.within_days is not None,
            "kenya": self.from_kenya,
            "stock": self.in_stock,
        }
        return frozenset(name for name, on in is_on.items() if on)

    def condition(self, *, without: str = "") -> str:
        """SQL that a row meets which passes every filter, but for one that is left out. See `parameters`."""
        names = sorted(self.active - {without})
        return " AND ".join(f"({_CONDITIONS[name]})" for name in names) or "true"

    def parameters(self, *, on: date) -> dict[str, object]:
        """What the conditions refer to, when deliveries are counted from that day of Nairobi."""
        slowness = slowness_within(self.within_days, on=on) if self.within_days is not None else []
        return {
            "shelf": self.shelf_id,
            "brands": [brand.lower() for brand in self.brands],
            "least": self.least_cents or 0,
            "most": MOST_CENTS if self.most_cents is None else self.most_cents,
            "slowness": slowness,
            "slowest": max(slowness, default=0),
        }

    def marks(self) -> list[str]:
        """Terms of a tsquery that hold for what passes: filters that are looked up together with words."""
        shelf = [quoted(f"=c{self.shelf_id}")] if self.shelf_id is not None else []
        brands = " | ".join(quoted(f"=b{brand.lower()}") for brand in self.brands)
        return [*shelf, f"({brands})"] if brands else shelf


def slowness_within(days: int, *, on: date) -> list[int]:
    """The most `ListedProduct.slowness` that still arrives so many calendar days after ``on``, by ``leaves_after``; -1
    where nothing does."""
    working = sum(is_business_day(on + timedelta(days=day)) for day in range(1, days + 1))
    limits = [7 * working]
    for handling in range(1, MOST_HANDLING_DAYS + 1):
        left = days - (add_business_days(on, handling) - on).days
        limits.append(7 * handling + 5 * left if left >= 0 else -1)
    return limits
