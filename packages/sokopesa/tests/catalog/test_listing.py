"""What sellers do with their goods and their shipping, and what they are told when it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from selling import make_profile

from sokopesa.catalog import listing, shipping_terms
from sokopesa.catalog.errors import ListingRefused, NotGoods, StockMoved
from sokopesa.catalog.listing import NewProduct, NewVariant
from sokopesa.catalog.models import Category, Offer, Product, ShippingMethod, ShippingProfile
from sokopesa.catalog.shipping_terms import NewMethod, NewProfile
from sokopesa.people.models import Seller

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COURIER = NewMethod("Courier to the door", 35_000, 0, 1, "business", is_tracked=True)
POSTA = NewMethod("Posta – P.O. Box", 20_000, 1, 3, "business", to_po_box=True)
TERMS = NewProfile("From the shop", "Nairobi", "KE", 2)

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return new_seller("Asili Shop")


def new_seller(name: str) -> Seller:
    return Seller.objects.create(
        name=name, slug=name.lower().replace(" ", "-"), town="Nairobi", joined_on=date(2024, 1, 1)
    )


@pytest.fixture
def profile(seller: Seller) -> ShippingProfile:
    made = shipping_terms.make_profile(seller=seller, terms=TERMS, currency="KES")
    shipping_terms.add_method(seller=seller, profile_id=made.pk, way=COURIER)
    return made


def describe(shelf: Category, **values: Any) -> NewProduct:
    return NewProduct(
        **{
            "title": "Kitenge shirt",
            "description": "Sewn in Nairobi.",
            "category": shelf,
            "brand": "Asili",
            "picture": "catalog/pictures/lamp.svg",
            **values,
        }
    )


def sizes(*values: str) -> list[NewVariant]:
    return [NewVariant([("Colour", "Blue"), ("Size", value)]) for value in values]


def test_goods_are_listed_in_their_variants(shelf: Category) -> None:
    product = listing.list_product(describe(shelf, variants=sizes("M", "44"), details=[("Cloth", "Cotton")]), now=NOW)
    assert (product.slug, product.created_at, product.details) == ("kitenge-shirt", NOW, [["Cloth", "Cotton"]])
    assert [(each.name, each.options) for each in product.variants.all()] == [
        ("Blue, M", [["Colour", "Blue"], ["Size", "M"]]),
        ("Blue, Size 44", [["Colour", "Blue"], ["Size", "44"]]),
    ]


def test_goods_of_one_make_have_one_variant_and_namesakes_their_own_address(shelf: Category) -> None:
    slugs = [listing.list_product(describe(shelf), now=NOW).slug for _ in range(3)]
    assert slugs == ["kitenge-shirt", "kitenge-shirt-2", "kitenge-shirt-3"]
    assert [each.variants.get().name for each in Product.objects.all()] == ["", "", ""]


def test_a_service_is_not_listed(shelf: Category) -> None:
    with pytest.raises(NotGoods):
        listing.list_product(describe(shelf, title="Shirt tailoring service"), now=NOW)
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "???"}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"brand": "x" * 61}, "brand"),
        ({"keywords": "x" * 161}, "keywords"),
        ({"description": ""}, "description"),
        ({"picture": ""}, "picture"),
        ({"variants": []}, "variants"),
        ({"variants": sizes("M", "m")}, "variants"),
        ({"variants": [NewVariant(), NewVariant()]}, "variants"),
        ({"variants": [NewVariant([("Size", "M")]), NewVariant([("Colour", "Red")])]}, "variants"),
        ({"variants": sizes("M", " ")}, "variants"),
        ({"variants": sizes("x" * 80)}, "variants"),
        ({"variants": sizes(*map(str, range(61)))}, "variants"),
    ],
)
def test_an_incomplete_listing_is_refused_at_its_field(shelf: Category, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ListingRefused) as refusal:
        listing.list_product(describe(shelf, **values), now=NOW)
    assert refusal.value.field == field


def test_an_offer_is_made_changed_withdrawn_and_made_again(
    make_product: Callable[..., Product], seller: Seller, profile: ShippingProfile
) -> None:
    variant = make_product().variants.create()
    terms = {"seller": seller, "variant": variant, "profile_id": profile.pk}
    made = listing.offer(**terms, price_minor=90_000, stock=4)
    assert (made.currency, made.default_method and made.default_method.name) == ("KES", "Courier to the door")
    listing.reprice(seller=seller, offer_id=made.pk, price_minor=95_000)
    listing.restock(seller=seller, offer_id=made.pk, stock=9, seen=4)
    with pytest.raises(ListingRefused, match="sell this already"):
        listing.offer(**terms, price_minor=80_000, stock=1)
    listing.withdraw(seller=seller, offer_id=made.pk)
    made.refresh_from_db()
    assert (made.price_minor, made.stock, made.is_live) == (95_000, 9, False)
    again = listing.offer(**terms, price_minor=80_000, stock=1)
    assert (again.pk, again.price_minor, again.stock, again.is_live) == (made.pk, 80_000, 1, True)


def test_a_sale_in_between_is_not_overwritten(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer(stock=5)
    Offer.objects.filter(pk=offer.pk).update(stock=3)
    with pytest.raises(StockMoved, match="there are 3 now"):
        listing.restock(seller=offer.seller, offer_id=offer.pk, stock=15, seen=5)
    listing.restock(seller=offer.seller, offer_id=offer.pk, stock=13, seen=3)
    assert Offer.objects.get(pk=offer.pk).stock == 13


@pytest.mark.parametrize("price", [0, -1, 10**9 + 1])
def test_a_price_must_be_a_price(make_offer: Callable[..., Offer], price: int) -> None:
    offer = make_offer()
    with pytest.raises(ListingRefused) as refusal:
        listing.reprice(seller=offer.seller, offer_id=offer.pk, price_minor=price)
    assert refusal.value.field == "price"


@pytest.mark.parametrize("stock", [-1, 10**6 + 1])
def test_a_stock_must_be_a_number_of_pieces(make_offer: Callable[..., Offer], stock: int) -> None:
    offer = make_offer()
    with pytest.raises(ListingRefused) as refusal:
        listing.restock(seller=offer.seller, offer_id=offer.pk, stock=stock, seen=offer.stock)
    assert refusal.value.field == "stock"


def test_what_is_anothers_does_not_exist(make_offer: Callable[..., Offer], seller: Seller) -> None:
    theirs = make_offer()
    mine = {"seller": seller, "offer_id": theirs.pk}
    for verb in (
        lambda: listing.reprice(**mine, price_minor=1),
        lambda: listing.restock(**mine, stock=0, seen=theirs.stock),
        lambda: listing.withdraw(**mine),
    ):
        with pytest.raises(Offer.DoesNotExist):
            verb()
    profile = {"seller": seller, "profile_id": theirs.profile_id}
    method = theirs.methods[0].pk
    for verb in (
        lambda: listing.offer(**profile, variant=theirs.variant, price_minor=1, stock=1),
        lambda: shipping_terms.change_profile(**profile, terms=TERMS),
        lambda: shipping_terms.add_method(**profile, way=POSTA),
        lambda: shipping_terms.change_method(**profile, method_id=method, way=POSTA),
        lambda: shipping_terms.retire_method(**profile, method_id=method),
    ):
        with pytest.raises(ShippingProfile.DoesNotExist):
            verb()
    theirs.refresh_from_db()
    assert theirs.is_live


def test_goods_need_a_way_to_be_sent(make_product: Callable[..., Product], seller: Seller) -> None:
    """Without one there is no delivery estimate, and nothing is sold without an estimate."""
    bare = make_profile(seller)
    with pytest.raises(ListingRefused) as refusal:
        listing.offer(
            seller=seller, variant=make_product().variants.create(), profile_id=bare.pk, price_minor=1, stock=1
        )
    assert refusal.value.field == "profile"


def test_the_last_way_is_kept_while_goods_are_offered(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer()
    mine = {"seller": offer.seller, "profile_id": offer.profile_id}
    (only,) = offer.methods
    with pytest.raises(ListingRefused, match="only way"):
        shipping_terms.retire_method(**mine, method_id=only.pk)
    shipping_terms.add_method(**mine, way=POSTA)
    shipping_terms.retire_method(**mine, method_id=only.pk)
    offer = Offer.objects.get(pk=offer.pk)
    assert [each.name for each in offer.methods] == [POSTA.name]
    listing.withdraw(seller=offer.seller, offer_id=offer.pk)
    shipping_terms.retire_method(**mine, method_id=offer.methods[0].pk)
    shipping_terms.restore_method(**mine, method_id=only.pk)
    assert [each.pk for each in Offer.objects.get(pk=offer.pk).methods] == [only.pk]


def test_an_offer_moves_to_a_profile_of_its_own_currency(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer()
    mine = {"seller": offer.seller, "offer_id": offer.pk}
    for currency, refused in (("USD", True), ("KES", False)):
        other = make_profile(offer.seller, currency=currency)
        ShippingMethod.objects.create(
            profile=other, currency=currency, name="A", min_days=1, max_days=1, day_rule="calendar"
        )
        if refused:
            with pytest.raises(ListingRefused, match="priced in USD"):
                listing.send_by(**mine, profile_id=other.pk)
        else:
            listing.send_by(**mine, profile_id=other.pk)
            assert Offer.objects.get(pk=offer.pk).profile_id == other.pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"ships_from": " "}, "ships_from"),
        ({"ships_from": "x" * 61}, "ships_from"),
        ({"ships_from_country": "Kenya"}, "ships_from_country"),
        ({"handling_days": 0}, "handling_days"),
        ({"handling_days": 21}, "handling_days"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_at_its_field(seller: Seller, values: dict[str, Any], field: str) -> None:
    terms = NewProfile(**{"name": "A", "ships_from": "B", "ships_from_country": "KE", "handling_days": 1, **values})
    with pytest.raises(ListingRefused) as refusal:
        shipping_terms.make_profile(seller=seller, terms=terms, currency="KES")
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": COURIER.name}, "name"),
        ({"cost_minor": -1}, "cost"),
        ({"min_days": -1}, "min_days"),
        ({"min_days": 121, "max_days": 121}, "min_days"),
        ({"min_days": 3, "max_days": 2}, "max_days"),
        ({"max_days": 121}, "max_days"),
        ({"day_rule": "lunar"}, "day_rule"),
    ],
)
def test_a_method_that_cannot_be_is_refused_at_its_field(
    seller: Seller, profile: ShippingProfile, values: dict[str, Any], field: str
) -> None:
    way = NewMethod(**{"name": "A", "cost_minor": 0, "min_days": 1, "max_days": 1, "day_rule": "calendar", **values})
    with pytest.raises(ListingRefused) as refusal:
        shipping_terms.add_method(seller=seller, profile_id=profile.pk, way=way)
    assert refusal.value.field == field


def test_names_are_taken_once(seller: Seller, profile: ShippingProfile) -> None:
    with pytest.raises(ListingRefused, match="already"):
        shipping_terms.make_profile(seller=seller, terms=TERMS, currency="USD")
    other = shipping_terms.make_profile(seller=seller, terms=NewProfile("Heavy", "Nairobi", "KE", 3), currency="KES")
    with pytest.raises(ListingRefused, match="already"):
        shipping_terms.change_profile(seller=seller, profile_id=other.pk, terms=TERMS)
    shipping_terms.make_profile(seller=new_seller("Another shop"), terms=TERMS, currency="KES")
