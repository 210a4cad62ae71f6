"""Puts the demo's goods into the database, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from sokopesa.catalog.models import Category, Currency, DayRule, ExchangeRate, Offer, Product
from sokopesa.demo.catalogue.reading import OfferEntry, SellerEntry, ShelfEntry, sellers, shelves
from sokopesa.kernel.clock import nairobi_date
from sokopesa.people.models import HOME_COUNTRY, Seller

KES_PER_DOLLAR = Decimal("129.30")
RATE_SOURCE = "Central Bank of Kenya indicative rate (demo)"
COUNTRY_NAMES = {"CN": "China", "AE": "United Arab Emirates"}


@transaction.atomic
def plant(now: datetime) -> None:
    """Plant what is missing and leave what is there as it was, so that stock sold in an earlier demo stays sold.

    The exchange rate is dated with ``now``'s day in Nairobi, so that prices in dollars never go stale in a demo.
    """
    ExchangeRate.objects.get_or_create(
        currency=Currency.USD,
        as_of=nairobi_date(now),
        defaults={"kes_per_unit": KES_PER_DOLLAR, "source": RATE_SOURCE},
    )
    terms, stock = sellers(), shelves()
    _plant_sellers(terms)
    _plant_categories(stock)
    _plant_products(stock, now)
    _plant_offers(stock, terms)


def picture_path(slug: str) -> str:
    """The static path of a product's picture."""
    return f"catalog/pictures/{slug}.svg"


def _plant_sellers(terms: dict[str, SellerEntry]) -> None:
    Seller.objects.bulk_create(
        [
            Seller(slug=slug, **entry.model_dump(include={"name", "about", "town", "country", "rating", "joined_on"}))
            for slug, entry in terms.items()
        ],
        ignore_conflicts=True,
    )


def _plant_categories(stock: list[ShelfEntry]) -> None:
    Category.objects.bulk_create(
        [
            Category(
                slug=shelf.category.slug,
                name=shelf.category.name,
                blurb=shelf.category.blurb,
                picture=picture_path(shelf.category.picture),
                position=position,
            )
            for position, shelf in enumerate(stock, start=1)
        ],
        ignore_conflicts=True,
    )


def _plant_products(stock: list[ShelfEntry], now: datetime) -> None:
    categories = {category.slug: category for category in Category.objects.all()}
    Product.objects.bulk_create(
        [
            Product(
                **entry.model_dump(include={"slug", "title", "brand", "keywords", "description", "details"}),
                category=categories[shelf.category.slug],
                picture=picture_path(entry.slug),
                created_at=now - timedelta(hours=age),
            )
            for shelf in stock
            for age, entry in enumerate(shelf.product)
        ],
        ignore_conflicts=True,
    )


def _plant_offers(stock: list[ShelfEntry], terms: dict[str, SellerEntry]) -> None:
    products = dict(Product.objects.values_list("slug", "pk"))
    seller_ids = dict(Seller.objects.values_list("slug", "pk"))
    Offer.objects.bulk_create(
        [
            _offer(products[entry.slug], seller_ids[each.seller], each, terms[each.seller])
            for shelf in stock
            for entry in shelf.product
            for each in entry.offers
        ],
        ignore_conflicts=True,
    )


def _offer(product_id: int, seller_id: int, entry: OfferEntry, seller: SellerEntry) -> Offer:
    shipping = seller.shipping if entry.shipping is None else entry.shipping
    min_days, max_days = entry.days or seller.days
    at_home = seller.country == HOME_COUNTRY
    return Offer(
        product_id=product_id,
        seller_id=seller_id,
        price_minor=int(entry.price * 100),
        currency=seller.currency,
        shipping_minor=int(shipping * 100),
        stock=entry.stock,
        ships_from=seller.town if at_home else f"{seller.town}, {COUNTRY_NAMES[seller.country]}",
        ships_from_country=seller.country,
        min_days=min_days,
        max_days=max_days,
        day_rule=DayRule.BUSINESS if at_home else DayRule.CALENDAR,
    )
