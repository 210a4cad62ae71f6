"""What the database itself refuses to hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from sokopesa.catalog.models import ExchangeRate, Offer, ShippingMethod, Variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"stock": -1}, "offer_stock_not_negative"),
        ({"price_minor": 0}, "offer_costs_something"),
        ({"shipping_minor": -1}, "method_cost_not_negative"),
        ({"min_days": 5, "max_days": 4}, "method_window"),
        ({"max_days": 121}, "method_window"),
        ({"min_days": None}, "min_days"),
        ({"day_rule": "lunar"}, "method_day_rule_known"),
        ({"currency": "EUR"}, "profile_currency_known"),
        ({"handling_days": 0}, "profile_handling_days"),
        ({"handling_days": 21}, "profile_handling_days"),
        ({"ships_from": ""}, "profile_origin_known"),
        ({"ships_from_country": "ke"}, "profile_origin_known"),
    ],
)
def test_an_impossible_offer_is_refused(
    make_offer: Callable[..., Offer], values: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_offer(**values)


def test_a_seller_offers_a_product_once(make_offer: Callable[..., Offer]) -> None:
    first = make_offer()
    with pytest.raises(IntegrityError, match="offer_once_per_seller"):
        make_offer(first.product, seller=first.seller)


def test_a_seller_offers_each_variant(make_offer: Callable[..., Offer]) -> None:
    first = make_offer(variant="Size 41")
    second = make_offer(first.product, seller=first.seller, variant="Size 42", stock=1)
    assert {first.variant, second.variant} == set(first.product.variants.all())


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        (lambda mine, other: {"variant": other.variant}, "offer_variant_of_its_product"),
        (lambda mine, other: {"product": other.product}, "offer_variant_of_its_product"),
        (lambda mine, other: {"profile": other.profile}, "offer_profile_of_its_seller"),
        (lambda mine, other: {"seller": other.seller}, "offer_profile_of_its_seller"),
        (lambda mine, other: {"currency": "USD"}, "offer_profile_of_its_seller"),
    ],
)
def test_an_offer_is_all_of_one_piece(
    make_offer: Callable[..., Offer], changes: Callable[[Offer, Offer], dict[str, object]], constraint: str
) -> None:
    """Its variant is its product's, its profile its seller's, its currency its profile's."""
    mine, other = make_offer(), make_offer()
    with pytest.raises(IntegrityError, match=constraint):
        Offer.objects.filter(pk=mine.pk).update(**changes(mine, other))


def test_a_method_is_priced_as_its_profile_is(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer()
    with pytest.raises(IntegrityError, match="method_in_its_profiles_currency"):
        ShippingMethod.objects.filter(profile=offer.profile).update(currency="USD")


def test_two_variants_of_a_product_are_called_differently(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer(variant="Size 41")
    with pytest.raises(IntegrityError, match="variant_once_per_product"):
        Variant.objects.create(product=offer.product, name="Size 41")


def test_a_product_without_words_or_picture_is_refused(make_product: Callable[..., object]) -> None:
    for missing in ("title", "description", "picture"):
        with pytest.raises(IntegrityError, match="product_is_described"), transaction.atomic():
            make_product(**{missing: ""})


def test_one_rate_a_day_for_foreign_currencies_only(dollar: ExchangeRate) -> None:
    for values, constraint in [
        ({"currency": "USD", "kes_per_unit": 130, "as_of": dollar.as_of}, "rate_once_per_day"),
        ({"currency": "USD", "kes_per_unit": 0, "as_of": "2026-03-03"}, "rate_positive"),
        ({"currency": "KES", "kes_per_unit": 1, "as_of": dollar.as_of}, "rate_of_foreign_currency"),
        ({"currency": "USD", "kes_per_unit": 130, "as_of": "2026-03-03", "source": ""}, "rate_has_a_source"),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            ExchangeRate.objects.create(**{"source": "A bank", **values})


def test_only_parcels_from_abroad_are_imports(make_offer: Callable[..., Offer]) -> None:
    assert not make_offer().is_import
    assert make_offer(ships_from="Shenzhen, China", ships_from_country="CN").is_import
