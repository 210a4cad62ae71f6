"""What the shop's pages read. Every function costs the same few queries however many goods it shows.

``on`` is the day in Nairobi by which prices are converted and deliveries are dated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from sokopesa.catalog import pricing
from sokopesa.catalog.choosing import NOTHING_WANTED, Choice, Make, Wanted, makes_of, wanted_choice, wanted_make
from sokopesa.catalog.models import Category, Offer, Product
from sokopesa.catalog.ranking import RankedOffer, buyable, rank
from sokopesa.catalog.search import read

PICKS_PER_CATEGORY = 2
RELATED = 6


@dataclass(frozen=True)
class Card:
    """A product in a list. ``cheapest`` is None when no seller offers it at a price that we can tell today.

    The price and the day shown are both the cheapest offer's. ``sooner`` is the first day on which another one arrives
    before it, for more money; None where none does. ``sellers`` counts those who have it. ``costs_vary`` when another
    variant of it costs something else. ``lacks_rate`` when those who have it all ask for a currency without a usable
    exchange rate.
    """

    product: Product
    cheapest: RankedOffer | None
    sooner: date | None
    sellers: int
    costs_vary: bool
    lacks_rate: bool

    @property
    def is_sold_out(self) -> bool:
        """Whether nobody has a piece left."""
        return self.sellers == 0 and not self.lacks_rate


@dataclass(frozen=True)
class Home:
    """The front page: every shelf, and a few goods from each."""

    categories: tuple[Category, ...]
    picks: tuple[Card, ...]


@dataclass(frozen=True)
class ProductPage:
    """One product in one of its variants, with the offers for it, ranked (see `sokopesa.catalog.ranking.rank`), and
    others of its category. ``chosen`` is None when the variant cannot be bought.

    ``makes`` has every variant, in the product's order. ``lacks_rate`` as for a `Card`, of this variant.
    """

    product: Product
    makes: tuple[Make, ...]
    make: Make | None
    chosen: Choice | None
    related: tuple[Card, ...]
    lacks_rate: bool

    @property
    def offers(self) -> tuple[RankedOffer, ...]:
        """Those for this variant, sold-out ones last."""
        return self.make.offers if self.make else ()


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


def cards_of(product_ids: Sequence[int], *, on: date) -> tuple[Card, ...]:
    """These products as they are shown in lists, in this order."""
    products = _products().in_bulk(product_ids)
    return _cards([products[pk] for pk in product_ids if pk in products], on=on)


def product(slug: str, *, on: date, wanted: Wanted = NOTHING_WANTED) -> ProductPage:
    """A product with every live offer, sold-out ones too. Raises `Product.DoesNotExist`."""
    shown = _products().prefetch_related("variants").get(slug=slug)
    related = _products().filter(_in_stock(), category=shown.category).exclude(pk=shown.pk)[:RELATED]
    rates = pricing.rates(on=on)
    makes = makes_of(shown, rates, on=on)
    make = wanted_make(makes, wanted)
    offers = [offer for offer in _live_offers(shown) if make and offer.variant_id == make.variant.pk]
    return ProductPage(
        product=shown,
        makes=makes,
        make=make,
        chosen=wanted_choice(make, makes, wanted, rates, on=on) if make else None,
        related=tuple(_card(each, rates, on=on) for each in related),
        lacks_rate=_lacks_rate(offers, make.offers if make else ()),
    )


def speaking_of(text: str) -> QuerySet[Product]:
    """Products with every word of the text as it was typed, or its beginning; all where it has no words. Reading the
    words is one query."""
    reading = read(text, as_typed=True)
    if reading is None:
        return Product.objects.all()
    return Product.objects.filter(listed__search=SearchQuery(reading.every(), config="simple", search_type="raw"))


def _products() -> QuerySet[Product]:
    return _listable(Product.objects.all())


def _listable(products: QuerySet[Product]) -> QuerySet[Product]:
    offers = Prefetch("offers", Offer.objects.filter(is_live=True).with_terms())
    return products.select_related("category").prefetch_related(offers)


def _live_offers(product: Product) -> list[Offer]:
    return list(product.offers.all())


def _in_stock() -> Exists:
    return Exists(Offer.objects.filter(product=OuterRef("pk"), is_live=True, stock__gt=0))


def _cards(products: Iterable[Product], *, on: date) -> tuple[Card, ...]:
    rates = pricing.rates(on=on)
    return tuple(_card(each, rates, on=on) for each in products)


def _card(product: Product, rates: pricing.Rates, *, on: date) -> Card:
    ranked = rank(_live_offers(product), rates, on=on)
    for_sale = buyable(ranked)
    return Card(
        product=product,
        cheapest=next(iter(ranked), None),
        sooner=_sooner(for_sale),
        sellers=len({each.offer.seller_id for each in for_sale}),
        costs_vary=len({each.offer.variant_id for each in for_sale}) > 1
        and len({each.price.goods_cents for each in for_sale}) > 1,
        lacks_rate=_lacks_rate(_live_offers(product), ranked),
    )


def _sooner(for_sale: Sequence[RankedOffer]) -> date | None:
    """The first day on which any of them arrives, if that is before the cheapest one's."""
    first = min((each.window.earliest for each in for_sale), default=None)
    return first if first and first < for_sale[0].window.earliest else None


def _lacks_rate(offers: Iterable[Offer], ranked: Sequence[RankedOffer]) -> bool:
    """Whether somebody has it and can send it, but nobody at a price that we can tell."""
    return not buyable(ranked) and any(not offer.is_sold_out and offer.default_method for offer in offers)
