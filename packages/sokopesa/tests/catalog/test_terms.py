"""Offers read by statements of our own are what Django reads."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model

from sokopesa.catalog import terms
from sokopesa.catalog.models import Offer, ShippingMethod
from sokopesa.kernel.database import fetch

pytestmark = pytest.mark.django_db


def told(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def read(offer: Offer) -> Offer:
    statement = f"SELECT {terms.COLUMNS} FROM {terms.TABLES} WHERE offer.id = %s"
    (row,) = fetch(statement, [offer.pk], often=True)
    return terms.read(row)


def test_every_column_of_offer_product_variant_seller_profile_and_methods(market: Any) -> None:
    made = market.offer()
    made.seller.rating = Decimal("4.5")
    made.seller.save()
    made.product.created_at = datetime(2026, 2, 3, 4, 5, 6, 789, UTC)
    made.product.save()
    more = {"profile": made.profile, "currency": "KES", "min_days": 1, "max_days": 2, "day_rule": "calendar"}
    ShippingMethod.objects.create(name="Rider", cost_minor=1, to_po_box=True, **more)
    ShippingMethod.objects.create(name="Camel", is_live=False, **more)
    known = Offer.objects.with_terms().select_related("product").get(pk=made.pk)
    ours = read(made)
    for mine, djangos in (
        (ours, known),
        (ours.product, known.product),
        (ours.variant, known.variant),
        (ours.seller, known.seller),
        (ours.profile, known.profile),
    ):
        assert told(mine) == told(djangos)
        assert not mine._state.adding
    assert [told(method) for method in ours.methods] == [told(method) for method in known.methods]
    assert [method.name for method in ours.methods] == ["Rider", "Standard delivery"]


def test_an_offer_without_a_live_method_has_none(market: Any) -> None:
    made = market.offer()
    ShippingMethod.objects.filter(profile=made.profile).update(is_live=False)
    assert read(made).methods == []
    assert read(made).default_method is None
