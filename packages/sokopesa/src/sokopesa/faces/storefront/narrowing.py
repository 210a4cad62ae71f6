"""Filters and sorting as they stand in an address, and as a page offers them.

    ?q=taa&shelf=solar&brand=Voltera&brand=Pendo&min=500&max=2000&days=7&kenya=1&stock=1&sort=cheapest

What cannot be read filters nothing; only at a price somebody may have meant something by it, so the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict

from sokopesa.catalog.filters import DAYS_TO_CHOOSE, Filters, Sort
from sokopesa.catalog.finding import PRICE_STEPS_CENTS, Facets
from sokopesa.catalog.models import Category
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.kernel.money import CENTS, format_kes

MOST_BRANDS = 10
LONGEST_BRAND = 60
SORTS = {
    Sort.BEST: "Best match",
    Sort.CHEAPEST: "Cheapest, delivered",
    Sort.SOONEST: "Soonest here",
    Sort.NEWEST: "Newest",
}
WRONG_PRICE = "Write whole shillings, such as 1500."
PRICES_CROSSED = "The highest price is below the lowest."


@dataclass(frozen=True)
class Choice:
    """One thing to tick. ``count`` is how many goods it leaves, None where that is not known."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Chip:
    """A filter in use, and the address of the same list without it."""

    label: str
    address: str


@dataclass(frozen=True)
class Range:
    """A range of prices, and the address of the list within it."""

    label: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class Narrowing:
    """What an address asks for. ``shelf`` is only filtered by where goods of all shelves are listed.

    ``errors`` are by field: what was typed there is shown again, and filters nothing.
    """

    asked: QueryDict
    shelf: Category | None
    filters: Filters
    sort: Sort
    errors: dict[str, str] = field(default_factory=dict)

    def address(self, *, without: Iterable[tuple[str, str | None]] = (), **changed: str) -> str:
        """The address of this list's first page with other parameters, and without some: one value of them, or all."""
        kept = self.asked.copy()
        for name in ("page", *changed):
            kept.pop(name, None)
        for name, value in without:
            kept.setlist(name, [each for each in kept.getlist(name) if value is not None and each != value])
        for name, value in changed.items():
            kept[name] = value
        return f"?{kept.urlencode()}"

    @cached_property
    def chips(self) -> list[Chip]:
        """Every filter in use, to be taken away one by one."""
        filters = self.filters
        chips = [Chip(self.shelf.name, self.address(without=[("shelf", None)]))] if self.shelf else []
        chips += [Chip(brand, self.address(without=[("brand", brand)])) for brand in filters.brands]
        if "price" in filters.active:
            words = price_range(filters.least_cents, filters.most_cents)
            chips.append(Chip(words, self.address(without=[("min", None), ("max", None)])))
        if filters.within_days is not None:
            chips.append(Chip(within(filters.within_days), self.address(without=[("days", None)])))
        if filters.from_kenya:
            chips.append(Chip("Ships from Kenya", self.address(without=[("kenya", None)])))
        if filters.in_stock:
            chips.append(Chip("In stock", self.address(without=[("stock", None)])))
        return chips

    @property
    def bare(self) -> str:
        """The address without any filter."""
        names = ("shelf", "brand", "min", "max", "days", "kenya", "stock")
        return self.address(without=[(name, None) for name in names])

    @property
    def turned(self) -> str:
        """The beginning of other pages' addresses: the page's number follows."""
        return f"{self.address()}{'&' if self.address() != '?' else ''}page="

    @property
    def as_typed(self) -> str:
        """The address where words are looked for as they were typed."""
        return self.address(typed="1")


@dataclass(frozen=True)
class Choices:
    """What the page offers to narrow a list by."""

    narrowing: Narrowing
    facets: Facets
    categories: Sequence[Category] = ()
    sorts_by_match: bool = True

    @property
    def sorts(self) -> list[Choice]:
        """The ways of sorting."""
        offered = {sort: label for sort, label in SORTS.items() if self.sorts_by_match or sort != Sort.BEST}
        return [Choice(sort, label, None, is_chosen=sort == self.narrowing.sort) for sort, label in offered.items()]

    @property
    def shelves(self) -> list[Choice]:
        """Shelves with something on them, and the chosen one."""
        chosen, counts = self.narrowing.shelf, self.facets.shelves
        return [
            Choice(shelf.slug, shelf.name, counts.get(shelf.pk, 0), is_chosen=shelf == chosen)
            for shelf in self.categories
            if shelf.pk in counts or shelf == chosen
        ]

    @property
    def brands(self) -> list[Choice]:
        """The commonest brands, and the chosen ones."""
        chosen = {brand.lower(): brand for brand in self.narrowing.filters.brands}
        counts = self.facets.brands
        offered = [Choice(each, each, n, is_chosen=each.lower() in chosen) for each, n in counts.items() if each]
        missing = chosen.keys() - {each.lower() for each in counts}
        return [*offered, *(Choice(chosen[each], chosen[each], None, is_chosen=True) for each in sorted(missing))]

    @property
    def days(self) -> list[Choice]:
        """By when goods are to arrive."""
        chosen = self.narrowing.filters.within_days
        counts = self.facets.days
        return [Choice(str(days), within(days), counts.get(days), is_chosen=days == chosen) for days in DAYS_TO_CHOOSE]

    @property
    def prices(self) -> list[Range]:
        """Ranges of prices with something in them."""
        filters, ends = self.narrowing.filters, (None, *PRICE_STEPS_CENTS, None)
        ranges = []
        for place, count in enumerate(self.facets.prices):
            least, end = ends[place], ends[place + 1]
            most = None if end is None else end - CENTS
            if count:
                address = self.narrowing.address(
                    without=[("min", None), ("max", None)],
                    **({} if least is None else {"min": str(least // CENTS)}),
                    **({} if most is None else {"max": str(most // CENTS)}),
                )
                chosen = (filters.least_cents, filters.most_cents) == (least, most)
                ranges.append(Range(price_range(least, most), count, address, is_chosen=chosen))
        return ranges


def read(asked: QueryDict, categories: Sequence[Category], *, default: Sort) -> Narrowing:
    """What the address asks for, of these shelves."""
    shelf = next((each for each in categories if each.slug == asked.get("shelf")), None)
    least, most, errors = _prices(asked)
    days = whole_number(asked.get("days"))
    sort = asked.get("sort")
    brands = [brand[:LONGEST_BRAND] for brand in asked.getlist("brand") if brand and "\0" not in brand]
    filters = Filters(
        shelf_id=shelf.pk if shelf else None,
        brands=tuple(dict.fromkeys(brands))[:MOST_BRANDS],
        least_cents=least,
        most_cents=most,
        within_days=days if days in DAYS_TO_CHOOSE else None,
        from_kenya=asked.get("kenya") == "1",
        in_stock=asked.get("stock") == "1",
    )
    return Narrowing(asked, shelf, filters, Sort(sort) if sort in SORTS else default, errors)


def within(days: int) -> str:
    """By when goods arrive, as shoppers read it."""
    return f"Here within {days} days"


def price_range(least_cents: int | None, most_cents: int | None) -> str:
    """Prices from and to, as shoppers read them."""
    if least_cents is None:
        return f"Up to {format_kes(most_cents or 0)}"
    if most_cents is None:
        return f"From {format_kes(least_cents)}"
    return f"{format_kes(least_cents)} – {most_cents // CENTS:,}"


def _prices(asked: QueryDict) -> tuple[int | None, int | None, dict[str, str]]:
    typed = {name: asked.get(name, "").replace(",", "").replace(" ", "") for name in ("min", "max")}
    read_prices = {name: whole_number(text) for name, text in typed.items()}
    errors = {name: WRONG_PRICE for name, text in typed.items() if text and read_prices[name] is None}
    least, most = (None if price is None else price * CENTS for price in read_prices.values())
    if least is not None and most is not None and most < least:
        errors["max"] = PRICES_CROSSED
        return least, None, errors
    return least, most, errors
