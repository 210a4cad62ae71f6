"""Goods are never on offer without a way to be sent, whoever is quicker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from sokopesa.catalog import listing, shipping_terms
from sokopesa.catalog.listing import NewProduct
from sokopesa.catalog.models import Category, Offer, ShippingMethod
from sokopesa.catalog.shipping_terms import NewMethod, NewProfile
from sokopesa.people.models import Seller


def test_an_offer_and_the_end_of_its_only_method_wait_for_each_other(all_at_once: Callable[..., list[object]]) -> None:
    shelf = Category.objects.create(slug="a", name="A", blurb="A", position=1, picture="a.svg")
    goods = NewProduct(title="Shirt", description="Sewn.", category=shelf, brand="Asili", picture="a.svg")
    variant = listing.list_product(goods, now=datetime(2026, 3, 2, tzinfo=UTC)).variants.get()
    for turn in range(6):
        seller = Seller.objects.create(name=f"Shop {turn}", slug=f"shop-{turn}", town="Voi", joined_on=date(2024, 1, 1))
        mine = {
            "seller": seller,
            "profile_id": shipping_terms.make_profile(
                seller=seller, terms=NewProfile("Standard", "Voi", "KE", 1), currency="KES"
            ).pk,
        }
        way = shipping_terms.add_method(**mine, way=NewMethod("Matatu parcel", 0, 0, 1, "business"))
        all_at_once(
            lambda mine=mine: listing.offer(**mine, variant=variant, price_minor=1, stock=1),
            lambda mine=mine, way=way: shipping_terms.retire_method(**mine, method_id=way.pk),
        )
        on_offer = Offer.objects.filter(seller=seller, is_live=True).exists()
        assert on_offer == ShippingMethod.objects.get(pk=way.pk).is_live
