"""What the shop's pages read. Every function costs the same few queries however many goods it shows.

``on`` is the day in Nairobi by which prices are converted and deliveries are dated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from sokopesa.catalog import pricing
from sokopesa.catalog.models import Category, Offer, Product
from sokopesa.catalog.ranking import RankedOffer, buyable, rank
from sokopesa.catalog.search import with_all_words, with_any_word, words_of

PAGE_SIZE = 24
PICKS_PER_CATEGORY = 2
RELATED = 6


@dataclass(frozen=True)
class Card:
    """A product in a list. ``cheapest`` is None when no seller offers it at a price that we can tell today.

    ``earliest`` is the first day on which any seller can deliver; ``sellers`` counts those who have it. The price
    shown is the cheapest seller's, and need not be the fastest one's. ``lacks_rate`` when those who have it all ask
    for a currency without a usable exchange rate.
    """

    product: Product
    cheapest: RankedOffer | None
    earliest: date | None
    sellers: int
    lacks_rate: bool

    @property
    def is_sold_out(self) -> bool:
        """Whether nobody has a piece left."""
        return self.sellers == 0 and not self.lacks_rate


@dataclass(frozen=True)
class Listing:
    """One page of cards. ``total`` counts the products on all ``pages``; pages are counted from 1."""

    cards: tuple[Card, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class Home:
    """The front page: every shelf, and a few goods from each."""

    categories: tuple[Category, ...]
    picks: tuple[Card, ...]


@dataclass(frozen=True)
class Shelf:
    """One category's page."""

    category: Category
    listing: Listing


@dataclass(frozen=True)
class Found:
    """Search results. ``is_exact`` is False when no product has all the words, so that those with some are shown."""

    text: str
    listing: Listing
    is_exact: bool


@dataclass(frozen=True)
class ProductPage:
    """One product with its offers, ranked (see `sokopesa.catalog.ranking.rank`), and others of its category.

    ``lacks_rate`` as for a `Card`.
    """

    product: Product
    offers: tuple[RankedOffer, ...]
    related: tuple[Card, ...]
    lacks_rate: bool

    @property
    def best(self) -> RankedOffer | None:
        """The offer that is chosen when the shopper has not chosen: the cheapest that can be bought."""
        return next(iter(buyable(self.offers)), None)

    def chosen(self, offer_id: int | None) -> RankedOffer | None:
        """The offer that the shopper chose, when it can be bought; otherwise the best one."""
        return next((each for each in buyable(self.offers) if each.offer.pk == offer_id), self.best)


def categories() -> tuple[Category, ...]:
    """Every shelf, in the shop's order."""
    return tuple(Category.objects.all())


def home(*, on: date) -> Home:
    """The newest goods in stock, one of each shelf in turn."""
    newest = Product.objects.filter(_in_stock(), category=OuterRef("pk")).values("pk")[:PICKS_PER_CATEGORY]
    shelves = tuple(Category.objects.annotate(picks=ArraySubquery(newest)))
    turns = zip_longest(*(shelf.picks for shelf in shelves))
    picks = [pk for turn in turns for pk in turn if pk is not None]
    products = _products().in_bulk(picks)
    return Home(categories=shelves, picks=_cards([products[pk] for pk in picks], on=on))


def category(slug: str, page: int | str = 1, *, on: date) -> Shelf:
    """A shelf's goods, those in stock first, then the newest. Raises `Category.DoesNotExist`.

    A page that is not a number is the first one; one beyond the end is the last.
    """
    shelf = Category.objects.get(slug=slug)
    products = _products().filter(category=shelf).alias(in_stock=_in_stock())
    return Shelf(shelf, _listing(products.order_by("-in_stock", "-created_at", "id"), page, on=on))


def search(text: str, page: int | str = 1, *, on: date) -> Found:
    """Goods that match every word of ``text`` or, if none does, those that match some. No words find nothing."""
    words = words_of(text)
    if not words:
        return Found(text, Listing((), page=1, pages=1, total=0), is_exact=True)
    exact = _listing(_listable(with_all_words(words)), page, on=on)
    if exact.total or len(words) == 1:
        return Found(text, exact, is_exact=True)
    return Found(text, _listing(_listable(with_any_word(words)), page, on=on), is_exact=False)


def product(slug: str, *, on: date) -> ProductPage:
    """A product with every live offer, sold-out ones too. Raises `Product.DoesNotExist`."""
    shown = _products().get(slug=slug)
    related = _products().filter(_in_stock(), category=shown.category).exclude(pk=shown.pk)[:RELATED]
    rates = pricing.rates(on=on)
    ranked = rank(_live_offers(shown), rates, on=on)
    return ProductPage(
        product=shown,
        offers=ranked,
        related=tuple(_card(each, rates, on=on) for each in related),
        lacks_rate=_lacks_rate(shown, ranked),
    )


def _products() -> QuerySet[Product]:
    return _listable(Product.objects.all())


def _listable(products: QuerySet[Product]) -> QuerySet[Product]:
    offers = Prefetch("offers", Offer.objects.filter(is_live=True).with_terms())
    return products.defer("search").select_related("category").prefetch_related(offers)


def _live_offers(product: Product) -> list[Offer]:
    return list(product.offers.all())


def _in_stock() -> Exists:
    return Exists(Offer.objects.filter(product=OuterRef("pk"), is_live=True, stock__gt=0))


def _listing(products: QuerySet[Product], page: int | str, *, on: date) -> Listing:
    paginator = Paginator(products, PAGE_SIZE)
    shown = paginator.get_page(page)
    cards = _cards(shown.object_list, on=on) if paginator.count else ()
    return Listing(cards, page=shown.number, pages=paginator.num_pages, total=paginator.count)


def _cards(products: Iterable[Product], *, on: date) -> tuple[Card, ...]:
    rates = pricing.rates(on=on)
    return tuple(_card(each, rates, on=on) for each in products)


def _card(product: Product, rates: pricing.Rates, *, on: date) -> Card:
    ranked = rank(_live_offers(product), rates, on=on)
    for_sale = buyable(ranked)
    return Card(
        product=product,
        cheapest=next(iter(ranked), None),
        earliest=min((each.window.earliest for each in for_sale), default=None),
        sellers=len(for_sale),
        lacks_rate=_lacks_rate(product, ranked),
    )


def _lacks_rate(product: Product, ranked: tuple[RankedOffer, ...]) -> bool:
    """Whether somebody has it, but nobody at a price that we can tell: ranking leaves out only what lacks a rate."""
    return not buyable(ranked) and any(not offer.is_sold_out for offer in _live_offers(product))
