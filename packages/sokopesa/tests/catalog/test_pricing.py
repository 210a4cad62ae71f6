"""Prices in shillings: whole, never less than what the seller asked, never a shilling more than needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from sokopesa.catalog.errors import RateMissing
from sokopesa.catalog.models import ExchangeRate, Offer, ShippingMethod
from sokopesa.catalog.pricing import Rates, price

MONDAY = date(2026, 3, 2)
rates_of_a_dollar = st.decimals(min_value="0.0001", max_value="99999.9999", places=4)


def offer(price_minor: int, shipping_minor: int = 0, currency: str = "USD") -> tuple[Offer, ShippingMethod]:
    return (
        Offer(price_minor=price_minor, currency=currency),
        ShippingMethod(cost_minor=shipping_minor, currency=currency),
    )


@given(
    goods=st.integers(min_value=1, max_value=10**12),
    shipping=st.integers(min_value=0, max_value=10**9),
    per_dollar=rates_of_a_dollar,
)
def test_a_foreign_price_rounds_up_to_the_next_whole_shilling(goods: int, shipping: int, per_dollar: Decimal) -> None:
    rate = ExchangeRate(currency="USD", kes_per_unit=per_dollar, as_of=MONDAY)
    found = Rates({"USD": rate}).price(*offer(goods, shipping))
    for cents, minor in [(found.goods_cents, goods), (found.shipping_cents, shipping)]:
        exact = Fraction(minor) * Fraction(per_dollar)
        assert cents % 100 == 0
        assert exact <= cents < exact + 100
    assert found.total_cents == found.goods_cents + found.shipping_cents
    assert found.rate is rate


@given(goods=st.integers(min_value=1, max_value=10**12))
def test_a_price_in_shillings_needs_no_rate_and_is_payable(goods: int) -> None:
    found = Rates({}).price(*offer(goods, currency="KES"))
    assert found.goods_cents % 100 == 0
    assert goods <= found.goods_cents < goods + 100
    assert found.rate is None


def test_a_known_price() -> None:
    rate = ExchangeRate(currency="USD", kes_per_unit=Decimal("129.30"), as_of=MONDAY)
    found = Rates({"USD": rate}).price(*offer(1_999, 350))  # 19.99 × 129.30 = 2,584.707; 3.50 × 129.30 = 452.55
    assert (found.goods_cents, found.shipping_cents) == (258_500, 45_300)


@pytest.mark.django_db
def test_the_newest_rate_of_the_day_counts_not_tomorrows(dollar: ExchangeRate) -> None:
    ExchangeRate.objects.create(currency="USD", kes_per_unit=100, as_of=MONDAY - timedelta(days=1), source="A bank")
    ExchangeRate.objects.create(currency="USD", kes_per_unit=200, as_of=MONDAY + timedelta(days=1), source="A bank")
    assert price(*offer(100), on=MONDAY).rate == dollar


@pytest.mark.django_db
def test_a_rate_serves_a_week_and_not_a_day_longer(dollar: ExchangeRate) -> None:
    assert price(*offer(100), on=MONDAY + timedelta(days=7)).rate == dollar
    for day in (MONDAY + timedelta(days=8), MONDAY - timedelta(days=1)):
        with pytest.raises(RateMissing, match="USD"):
            price(*offer(100), on=day)


@pytest.mark.django_db
def test_a_price_costs_one_query(dollar: ExchangeRate, make_offer: Callable[..., Offer]) -> None:
    from django.db import connection

    with CaptureQueriesContext(connection) as queries:
        price(*offer(100), on=MONDAY)
    assert len(queries) == 1
