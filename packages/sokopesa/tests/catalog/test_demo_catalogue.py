"""The demo's shop is worth walking into, and planting it again changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders

from sokopesa.catalog import browsing, queries
from sokopesa.catalog.models import Category, ExchangeRate, Offer, Product, Variant
from sokopesa.catalog.stock import reserve
from sokopesa.demo.catalogue import plant
from sokopesa.demo.catalogue.pictures.gallery import DRAWINGS, FOLDER, picture
from sokopesa.demo.catalogue.reading import shelves
from sokopesa.kernel.clock import nairobi_date
from sokopesa.people.models import Seller

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = nairobi_date(NOW)
LARGEST_PICTURE = 12_000


@pytest.mark.django_db
def test_the_shop_is_well_stocked() -> None:
    plant(NOW)
    assert Product.objects.count() >= 60
    assert Category.objects.count() >= 8
    assert Seller.objects.count() >= 6
    assert min(Counter(Product.objects.values_list("category", flat=True)).values()) >= 5
    assert set(Offer.objects.values_list("currency", flat=True)) == {"KES", "USD"}
    assert {seller.is_domestic for seller in Seller.objects.all()} == {True, False}
    faster_costs_more = [
        product.slug
        for product in Product.objects.all()
        if any(each.is_faster and each.extra_cents > 0 for each in queries.product(product.slug, on=TODAY).offers)
    ]
    assert len(faster_costs_more) >= 20


@pytest.mark.django_db
def test_every_product_has_words_a_price_and_its_own_picture() -> None:
    plant(NOW)
    for product in Product.objects.all():
        assert len(product.description) > 60
        assert product.details
        assert all(len(pair) == 2 and all(pair) for pair in product.details)
        assert queries.product(product.slug, on=TODAY).offers
        assert finders.find(product.picture)
    assert all(finders.find(category.picture) for category in Category.objects.all())
    pictures = Counter(Product.objects.values_list("picture", flat=True))
    assert set(pictures.values()) == {1}


@pytest.mark.django_db
def test_some_goods_come_in_variants_and_all_can_be_sent_in_several_ways() -> None:
    plant(NOW)
    assert not Product.objects.filter(variants=None).exists()
    choices = {variant.product.slug for variant in Variant.objects.exclude(name="").select_related("product")}
    assert len(choices) >= 4
    assert all(finders.find(variant.picture) for variant in Variant.objects.exclude(picture=""))
    prices = Offer.objects.filter(product__slug="smartphone-6-7-inch", seller__slug="savanna")
    assert len(set(prices.values_list("price_minor", flat=True))) == 2
    for seller in Seller.objects.prefetch_related("shipping_profiles__methods"):
        profiles = list(seller.shipping_profiles.all())
        ways = [way for profile in profiles for way in profile.live_methods]
        assert all(profile.live_methods for profile in profiles)
        assert any(way.is_tracked for way in ways)
        assert any(way.to_po_box for way in ways)


@pytest.mark.django_db
def test_planting_again_keeps_what_shoppers_did() -> None:
    plant(NOW)
    offer = Offer.objects.filter(stock__gt=2).earliest("pk")
    reserve(offer_id=offer.pk, quantity=2)
    before = list(Offer.objects.order_by("pk").values())
    products = list(Product.objects.order_by("pk").values())
    plant(NOW + timedelta(hours=1))
    assert list(Offer.objects.order_by("pk").values()) == before
    assert list(Product.objects.order_by("pk").values()) == products
    assert ExchangeRate.objects.count() == 1


@pytest.mark.django_db
def test_prices_in_dollars_still_stand_in_a_demo_started_a_month_later() -> None:
    plant(NOW)
    later = NOW + timedelta(days=30)
    plant(later)
    offer = Offer.objects.filter(currency="USD", stock__gt=0).select_related("product").earliest("pk")
    ranked = queries.product(offer.product.slug, on=nairobi_date(later)).offers
    assert offer in [each.offer for each in ranked]


@pytest.mark.django_db
def test_the_shop_can_show_what_goes_wrong() -> None:
    """A demo needs goods that are sold out, nearly so, and dearer than M-PESA allows in one payment."""
    plant(NOW)
    cards = [
        card for category in Category.objects.all() for card in browsing.category(category.slug, on=TODAY).listing.cards
    ]
    assert any(card.is_sold_out for card in cards)
    assert Offer.objects.filter(stock=1).exists()
    assert any(card.cheapest and card.cheapest.price.goods_cents > 250_000_00 for card in cards)


def test_every_product_is_drawn_and_nothing_else() -> None:
    products = [product for shelf in shelves() for product in shelf.product]
    variants = {make.picture for product in products for make in product.variants if make.picture}
    slugs = [*(product.slug for product in products), *variants]
    assert sorted(slugs) == sorted(DRAWINGS)
    assert sorted(f"{slug}.svg" for slug in slugs) == sorted(file.name for file in FOLDER.iterdir())
    assert all(shelf.category.picture in {product.slug for product in shelf.product} for shelf in shelves())


@pytest.mark.parametrize("slug", DRAWINGS)
def test_the_stored_picture_is_the_drawn_one_small_and_self_contained(slug: str) -> None:
    text = (FOLDER / f"{slug}.svg").read_text(encoding="utf-8")
    assert text == picture(slug)
    assert len(text.encode()) <= LARGEST_PICTURE
    root = ElementTree.fromstring(text)  # noqa: S314 - our own file
    assert root.attrib["viewBox"] == "0 0 600 600"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags.isdisjoint({"script", "style", "image", "foreignObject", "filter"})
    values = [value for element in root.iter() for value in element.attrib.values()]
    assert all(value.startswith("url(#") for value in values if "url(" in value)


def test_no_two_products_look_alike() -> None:
    pictures = sorted(picture(slug) for slug in DRAWINGS)
    assert all(len(list(group)) == 1 for _, group in groupby(pictures))
