"""Lists of goods: a shelf's page and what a search finds, narrowed, sorted and turned page by page.

Every function costs the same few queries however many goods there are. ``on`` is the day in Nairobi by which prices are
converted and deliveries are dated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sokopesa.catalog import finding
from sokopesa.catalog.filters import Filters, Sort
from sokopesa.catalog.finding import Facets, Page, Request
from sokopesa.catalog.models import Category
from sokopesa.catalog.queries import Card, cards_of
from sokopesa.catalog.search import quoted, read

NO_FILTERS = Filters()


@dataclass(frozen=True)
class Listing:
    """One page of cards. ``total`` counts the products, all of them unless there are ``more`` than it says; pages are
    counted from 1, and not every product need be on one of them."""

    cards: tuple[Card, ...]
    page: int
    pages: int
    total: int
    more: bool = False

    @property
    def ends_early(self) -> bool:
        """Whether the last page shows fewer than there are, so that the list had better be narrowed."""
        return self.more or self.total > self.pages * finding.PAGE_SIZE


EMPTY = Listing((), page=1, pages=1, total=0)


@dataclass(frozen=True)
class Shelf:
    """One category's page."""

    category: Category
    listing: Listing
    facets: Facets


@dataclass(frozen=True)
class Found:
    """Search results for ``text``. ``corrected`` is how it was understood where a word seemed mistyped, else "".
    ``is_exact`` is False when no product has all the words, so that those with some are shown."""

    text: str
    listing: Listing
    facets: Facets | None
    is_exact: bool = True
    corrected: str = ""


def category(
    slug: str, page: int | str = 1, *, on: date, filters: Filters = NO_FILTERS, sort: Sort = Sort.NEWEST
) -> Shelf:
    """A shelf's goods, those that can be bought first. Raises `Category.DoesNotExist`.

    A page that is not a number is the first one; one beyond the end is the last.
    """
    shelf = Category.objects.get(slug=slug)
    sort = Sort.NEWEST if sort == Sort.BEST else sort
    request = Request(quoted(f"=c{shelf.pk}"), titled="", filters=filters, sort=sort, page=_page_number(page))
    found = finding.find(request, on=on)
    return Shelf(shelf, _listing(found, on=on), found.facets)


def search(
    text: str,
    page: int | str = 1,
    *,
    on: date,
    filters: Filters = NO_FILTERS,
    sort: Sort = Sort.BEST,
    as_typed: bool = False,
) -> Found:
    """Goods that match every word of ``text`` or, if none does, those that match some. No words find nothing.

    Words that the catalogue does not know are taken for its own, when one is near, unless ``as_typed``.
    """
    reading = read(text, as_typed=as_typed)
    if reading is None:
        return Found(text, EMPTY, facets=None)
    number = _page_number(page)
    found = finding.find(Request(reading.every(), reading.every("~"), filters, sort, number), on=on)
    is_exact = found.facets.seen > 0 or len(reading.words) == 1
    if not is_exact:
        found = finding.find(Request(reading.some(), reading.some("~"), filters, sort, number), on=on)
    return Found(text, _listing(found, on=on), found.facets, is_exact=is_exact, corrected=reading.corrected)


def _listing(found: Page, *, on: date) -> Listing:
    more = found.total >= finding.ENOUGH
    return Listing(cards_of(found.ids, on=on), found.number, found.pages, found.total, more=more)


def _page_number(page: int | str) -> int:
    """Counted from 1; whatever is no such number is the first page, and one with many digits is the last."""
    digits = str(page)
    if not (digits.isascii() and digits.isdecimal()):
        return 1
    return max(1, int(digits[:9]))
