"""Choosing on a product's page: the variant, then the vendor, then the way of sending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sokopesa.catalog import queries
from sokopesa.catalog.choosing import Option, Wanted, options_of
from sokopesa.catalog.models import Offer, Product, ShippingMethod, Variant
from sokopesa.catalog.queries import ProductPage
from sokopesa.people.models import Seller

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)

MakeOffer = Callable[..., Offer]


@pytest.fixture
def shirt(make_product: Callable[..., Product]) -> Product:
    """White in M and L, black in L only."""
    product = make_product("Shirt")
    for place, (colour, size) in enumerate([("White", "M"), ("White", "L"), ("Black", "L")]):
        Variant.objects.create(
            product=product,
            name=f"{colour}, {size}",
            options=[["Colour", colour], ["Size", size]],
            position=place,
        )
    return product


def page(product: Product, **wanted: int | None) -> ProductPage:
    return queries.product(product.slug, on=MONDAY, wanted=Wanted(**wanted))


def variant(product: Product, name: str) -> int:
    return product.variants.get(name=name).pk


def options(shown: ProductPage) -> tuple[Option, ...]:
    assert shown.make
    return options_of(shown.makes, shown.make)


def express(offer: Offer, cost_minor: int = 90_000) -> ShippingMethod:
    return ShippingMethod.objects.create(
        profile=offer.profile, name="Express", cost_minor=cost_minor, min_days=0, max_days=0, day_rule="calendar"
    )


def test_each_variant_has_its_own_price_stock_and_vendors(shirt: Product, make_offer: MakeOffer) -> None:
    make_offer(shirt, variant="White, M", price_minor=80_000, stock=2)
    dear = make_offer(shirt, variant="Black, L", price_minor=99_000, stock=7)
    make_offer(shirt, variant="Black, L", price_minor=99_900)
    shown = page(shirt, variant_id=variant(shirt, "Black, L"))
    assert [each.price.goods_cents for each in shown.offers] == [99_000, 99_900]
    assert shown.chosen
    assert (shown.chosen.offer, shown.chosen.offer.stock) == (dear, 7)


def test_who_has_not_chosen_sees_the_cheapest_variant_and_of_equals_what_most_vendors_have(
    shirt: Product, make_offer: MakeOffer
) -> None:
    make_offer(shirt, variant="White, M", price_minor=90_000)
    make_offer(shirt, variant="White, L", price_minor=80_000)
    make_offer(shirt, variant="Black, L", price_minor=80_000)
    make_offer(shirt, variant="Black, L", price_minor=95_000)
    make_offer(shirt, variant="White, M", price_minor=10_000, stock=0)
    assert str(page(shirt).make.variant) == "Black, L"  # type: ignore[union-attr]
    assert str(page(shirt, variant_id=10**18).make.variant) == "Black, L"  # type: ignore[union-attr]


def test_an_offer_in_the_address_brings_its_variant(shirt: Product, make_offer: MakeOffer) -> None:
    make_offer(shirt, variant="White, M", price_minor=50_000)
    dear = make_offer(shirt, variant="Black, L", price_minor=99_000)
    shown = page(shirt, offer_id=dear.pk)
    assert shown.chosen
    assert shown.chosen.offer == dear


def test_who_turns_to_another_variant_stays_with_the_vendor_and_the_way_of_sending(
    shirt: Product, make_offer: MakeOffer
) -> None:
    mine = make_offer(shirt, variant="White, M", price_minor=90_000)
    quick = express(mine)
    make_offer(shirt, variant="White, L", price_minor=50_000)
    theirs = make_offer(shirt, seller=mine.seller, variant="White, L", price_minor=90_000)
    same_name = express(theirs)
    kept = {"offer_id": mine.pk, "method_id": quick.pk}
    shown = page(shirt, variant_id=variant(shirt, "White, L"), **kept)
    assert shown.chosen
    assert (shown.chosen.offer, shown.chosen.way.method) == (theirs, same_name)
    Offer.objects.filter(pk=theirs.pk).update(stock=0)
    shown = page(shirt, variant_id=variant(shirt, "White, L"), **kept)
    assert shown.chosen
    assert shown.chosen.offer.price_minor == 50_000
    assert shown.chosen.way.method.name == "Standard delivery"


def test_a_variant_that_is_sold_out_can_be_looked_at(shirt: Product, make_offer: MakeOffer) -> None:
    make_offer(shirt, variant="White, M")
    make_offer(shirt, variant="White, L", stock=0)
    shown = page(shirt, variant_id=variant(shirt, "White, L"))
    assert shown.chosen is None
    assert not shown.lacks_rate
    assert len(shown.offers) == 1
    assert page(shirt, variant_id=variant(shirt, "Black, L")).offers == ()


def test_a_way_is_chosen_with_its_own_price_and_days(make_offer: MakeOffer) -> None:
    offer = make_offer(min_days=5, max_days=9, shipping_minor=20_000)
    quick = express(offer)
    elsewhere = express(make_offer())
    shown = page(offer.product, method_id=quick.pk)
    assert shown.chosen
    assert (shown.chosen.way.extra_cents, shown.chosen.way.days_sooner) == (70_000, 9)
    assert shown.chosen.price.shipping_cents == 90_000
    assert shown.chosen.window.latest == date(2026, 3, 3)
    for method_id in (None, 10**18):
        assert page(offer.product, method_id=method_id).chosen.way.method.name == "Standard delivery"  # type: ignore[union-attr]
    assert page(offer.product, method_id=elsewhere.pk).chosen.way.extra_cents == 0  # type: ignore[union-attr]


def test_options_lead_to_the_variant_most_like_the_chosen_one(shirt: Product, make_offer: MakeOffer) -> None:
    for name in ("White, M", "White, L", "Black, L"):
        make_offer(shirt, variant=name, stock=0 if name == "Black, L" else 5)
    colour, size = options(page(shirt, variant_id=variant(shirt, "White, M")))
    assert (colour.name, size.name) == ("Colour", "Size")
    told = [(value.text, str(value.make.variant), value.is_chosen, value.is_gone) for value in colour.values]
    assert told == [("White", "White, M", True, False), ("Black", "Black, L", False, True)]
    told = [(value.text, str(value.make.variant), value.is_chosen, value.is_gone) for value in size.values]
    assert told == [("M", "White, M", True, False), ("L", "White, L", False, False)]
    _, size = options(page(shirt, variant_id=variant(shirt, "Black, L")))
    assert [(value.text, str(value.make.variant)) for value in size.values] == [("M", "White, M"), ("L", "Black, L")]


def test_variants_without_options_are_chosen_by_name_and_one_alone_not_at_all(make_offer: MakeOffer) -> None:
    offer = make_offer(variant="With lid")
    assert options(page(offer.product)) == ()
    make_offer(offer.product, variant="Without lid")
    (only,) = options(page(offer.product))
    assert (only.name, [value.text for value in only.values]) == ("", ["With lid", "Without lid"])


def test_a_card_tells_that_variants_cost_differently_and_counts_each_seller_once(
    shirt: Product, make_offer: MakeOffer
) -> None:
    first = make_offer(shirt, variant="White, M", price_minor=80_000)
    seller: Seller = first.seller
    make_offer(shirt, seller=seller, variant="White, L", price_minor=80_000)
    (card,) = queries.home(on=MONDAY).picks
    assert (card.sellers, card.costs_vary) == (1, False)
    make_offer(shirt, seller=seller, variant="Black, L", price_minor=95_000)
    (card,) = queries.home(on=MONDAY).picks
    assert (card.sellers, card.costs_vary) == (1, True)
    assert card.cheapest
    assert card.cheapest.price.goods_cents == 80_000


def test_goods_whose_only_way_has_ended_cannot_be_bought(make_offer: MakeOffer) -> None:
    offer = make_offer()
    ShippingMethod.objects.update(is_live=False)
    shown = page(offer.product)
    assert (shown.chosen, shown.offers, shown.lacks_rate) == (None, (), False)


def test_variants_and_methods_cost_no_more_queries(shirt: Product, make_offer: MakeOffer) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            shown = page(shirt)
            options(shown)
            assert shown.chosen
            assert shown.chosen.ways[0].method.name
        return len(spent)

    make_offer(shirt, variant="White, M")
    few = cost()
    for name in ("White, L", "Black, L", *(f"Red, {size}" for size in range(20))):
        express(make_offer(shirt, variant=name))
    assert cost() == few
