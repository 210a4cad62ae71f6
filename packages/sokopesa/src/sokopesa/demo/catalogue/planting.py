"""Puts the demo's goods into the database, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from sokopesa.catalog import listed
from sokopesa.catalog.models import (
    Category,
    Currency,
    DayRule,
    ExchangeRate,
    Offer,
    Product,
    ShippingMethod,
    ShippingProfile,
    Variant,
)
from sokopesa.demo.catalogue.reading import MethodEntry, OfferEntry, SellerEntry, ShelfEntry, sellers, shelves
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
    _plant_variants(stock)
    _plant_profiles(stock, terms)
    _plant_offers(stock, terms)
    listed.follow_rates(on=nairobi_date(now))
    listed.recount_words()


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


def _plant_variants(stock: list[ShelfEntry]) -> None:
    """A shop planted before its goods came in variants has their first one without a name."""
    products = dict(Product.objects.values_list("slug", "pk"))
    for entry in (entry for shelf in stock for entry in shelf.product if entry.variants[0].name):
        first = entry.variants[0]
        Variant.objects.filter(product=products[entry.slug], name="").update(name=first.name, options=first.options)
    Variant.objects.bulk_create(
        [
            Variant(
                product_id=products[entry.slug],
                name=each.name,
                options=each.options,
                picture=picture_path(each.picture) if each.picture else "",
                position=position,
            )
            for shelf in stock
            for entry in shelf.product
            for position, each in enumerate(entry.variants)
        ],
        ignore_conflicts=True,
    )


def _plant_profiles(stock: list[ShelfEntry], terms: dict[str, SellerEntry]) -> None:
    """One profile for all offers of a seller that are sent alike, with the seller's methods."""
    seller_ids = dict(Seller.objects.values_list("slug", "pk"))
    needed = {
        (each.seller, _profile_name(each, terms[each.seller])): each
        for shelf in stock
        for entry in shelf.product
        for each in entry.offers
    }
    ShippingProfile.objects.bulk_create(
        [_profile(seller_ids[slug], name, terms[slug]) for slug, name in needed], ignore_conflicts=True
    )
    profiles = {(each.seller.slug, each.name): each for each in ShippingProfile.objects.select_related("seller")}
    ShippingMethod.objects.bulk_create(
        [
            _method(profiles[slug, name], entry, method, position, terms[slug])
            for (slug, name), entry in needed.items()
            for position, method in enumerate([entry.by] if entry.by else terms[slug].method)
        ],
        ignore_conflicts=True,
    )


def _profile_name(offer: OfferEntry, seller: SellerEntry) -> str:
    if offer.by:
        return offer.by.name
    return "Standard" if offer.shipping is None else f"From {seller.currency} {offer.shipping}"


def _profile(seller_id: int, name: str, seller: SellerEntry) -> ShippingProfile:
    at_home = seller.country == HOME_COUNTRY
    return ShippingProfile(
        seller_id=seller_id,
        name=name,
        ships_from=seller.town if at_home else f"{seller.town}, {COUNTRY_NAMES[seller.country]}",
        ships_from_country=seller.country,
        handling_days=seller.handling,
        currency=seller.currency,
    )


def _method(
    profile: ShippingProfile, offer: OfferEntry, entry: MethodEntry, position: int, seller: SellerEntry
) -> ShippingMethod:
    shipping = seller.shipping if offer.shipping is None else offer.shipping
    return ShippingMethod(
        profile=profile,
        name=entry.name,
        cost_minor=int((shipping + entry.extra) * 100),
        currency=profile.currency,
        min_days=entry.days[0],
        max_days=entry.days[1],
        day_rule=DayRule.CALENDAR if profile.is_import else DayRule.BUSINESS,
        is_tracked=entry.tracked,
        to_po_box=entry.po_box,
        position=position,
    )


def _plant_offers(stock: list[ShelfEntry], terms: dict[str, SellerEntry]) -> None:
    variants = {(each.product.slug, each.name): each for each in Variant.objects.select_related("product")}
    profiles = {(each.seller.slug, each.name): each for each in ShippingProfile.objects.select_related("seller")}
    Offer.objects.bulk_create(
        [
            _offer(
                variants[entry.slug, make.name], profiles[each.seller, _profile_name(each, terms[each.seller])], *had
            )
            for shelf in stock
            for entry in shelf.product
            for each in entry.offers
            for make in entry.variants
            if (had := each.of(make.name))
        ],
        ignore_conflicts=True,
    )


def _offer(variant: Variant, profile: ShippingProfile, price: Decimal, stock: int) -> Offer:
    return Offer(
        product_id=variant.product_id,
        variant=variant,
        seller_id=profile.seller_id,
        profile=profile,
        price_minor=int(price * 100),
        currency=profile.currency,
        stock=stock,
    )
