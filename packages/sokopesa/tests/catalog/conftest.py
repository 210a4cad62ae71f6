"""A small shop to test with: one shelf, and goods and offers made to order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import pytest
import selling

from sokopesa.catalog.models import Category, ExchangeRate, Offer, Product
from sokopesa.people.models import Seller

MONDAY = date(2026, 3, 2)

MakeProduct = Callable[..., Product]
MakeOffer = Callable[..., Offer]


@pytest.fixture
def shelf() -> Category:
    return Category.objects.create(
        slug="light",
        name="Solar and lighting",
        blurb="Light after dark",
        position=1,
        picture="catalog/pictures/lamp.svg",
    )


@pytest.fixture
def make_product(shelf: Category) -> MakeProduct:
    numbers = count(1)

    def make(title: str = "Solar lantern", **values: object) -> Product:
        number = next(numbers)
        defaults: dict[str, object] = {
            "slug": f"product-{number}",
            "title": title,
            "description": "A useful thing.",
            "category": shelf,
            "brand": "Mwangaza",
            "details": [["Weight", "300 g"]],
            "picture": "catalog/pictures/lamp.svg",
            "created_at": datetime(2026, 3, 1, 12, number % 60, tzinfo=UTC),
        }
        return Product.objects.create(**{**defaults, **values})

    return make


@pytest.fixture
def make_offer(make_product: MakeProduct) -> MakeOffer:
    numbers = count(1)

    def make(product: Product | None = None, **values: object) -> Offer:
        number = next(numbers)
        seller = Seller.objects.create(
            name=f"Seller {number}", slug=f"seller-{number}", town="Nairobi", joined_on=date(2024, 1, 1)
        )
        defaults: dict[str, object] = {
            "product": product or make_product(),
            "seller": seller,
            "price_minor": 125_000,
            "currency": "KES",
            "shipping_minor": 20_000,
            "stock": 5,
        }
        return selling.make_offer(**{**defaults, **values})

    return make


@pytest.fixture
def dollar() -> ExchangeRate:
    return ExchangeRate.objects.create(
        currency="USD", kes_per_unit=Decimal("129.30"), as_of=MONDAY, source="Central Bank of Kenya"
    )
