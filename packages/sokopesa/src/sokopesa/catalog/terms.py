"""Offers with all that is read of them on the way to *Pay*, for statements of our own: product, variant, seller,
profile and live shipping methods, as part of one statement. Pages read the same by `OfferQuerySet.with_terms`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sokopesa.catalog.models import Offer, Product, ShippingMethod, ShippingProfile, Variant
from sokopesa.kernel.rows import Rows
from sokopesa.people.models import Seller

_OFFERS, _PRODUCTS, _VARIANTS = Rows(Offer, "offer"), Rows(Product, "product"), Rows(Variant, "variant")
_SELLERS, _PROFILES = Rows(Seller, "seller"), Rows(ShippingProfile, "profile")
_METHODS = Rows(ShippingMethod, "method")

TABLES = f"""
{_OFFERS.table} JOIN {_PRODUCTS.table} ON product.id = offer.product_id
JOIN {_VARIANTS.table} ON variant.id = offer.variant_id JOIN {_SELLERS.table} ON seller.id = offer.seller_id
JOIN {_PROFILES.table} ON profile.id = offer.profile_id
"""
"""What stands after ``FROM``, or in brackets after a ``JOIN`` by ``offer.id``."""

COLUMNS = f"""
{_OFFERS.columns}, {_PRODUCTS.columns}, {_VARIANTS.columns}, {_SELLERS.columns}, {_PROFILES.columns}, (
    SELECT coalesce(json_agg(json_build_array({_METHODS.columns})), '[]') FROM {_METHODS.table}
    WHERE method.profile_id = profile.id AND method.is_live
)
"""  # noqa: S608 - our own names
"""What is selected of them."""

IS_OWN = """
EXISTS (SELECT FROM people_sellermember member WHERE member.user_id = %(buyer)s AND member.seller_id = offer.seller_id)
"""
"""Whether ``buyer`` is of the offer's shop."""


def read(values: Iterable[Any]) -> Offer:
    """The offer whose `COLUMNS` have these values."""
    row = iter(values)
    offer = _OFFERS.take(row)
    offer.product, offer.variant = _PRODUCTS.take(row), _VARIANTS.take(row)
    offer.seller, offer.profile = _SELLERS.take(row), _PROFILES.take(row)
    offer.profile.live_methods = sorted(map(_METHODS.read, next(row)), key=ShippingMethod.place)
    return offer
