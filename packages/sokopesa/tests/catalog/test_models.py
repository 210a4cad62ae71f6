"""What the database itself refuses to hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from sokopesa.catalog.models import ExchangeRate, Offer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"stock": -1}, "offer_stock_not_negative"),
        ({"price_minor": 0}, "offer_costs_something"),
        ({"shipping_minor": -1}, "offer_shipping_not_negative"),
        ({"min_days": 0}, "offer_delivery_window"),
        ({"min_days": 5, "max_days": 4}, "offer_delivery_window"),
        ({"currency": "EUR"}, "offer_currency_known"),
        ({"day_rule": "lunar"}, "offer_day_rule_known"),
        ({"ships_from": ""}, "offer_origin_known"),
        ({"ships_from_country": "ke"}, "offer_origin_known"),
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
