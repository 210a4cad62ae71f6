"""Offers made to order for tests, with the variant, the shipping profile and the method that each needs."""

from __future__ import annotations

from typing import Any

from sokopesa.catalog.models import Offer, Product, ShippingMethod, ShippingProfile, Variant
from sokopesa.people.models import Seller

PROFILE = {"ships_from": "Nairobi", "ships_from_country": "KE", "handling_days": 1}
METHOD = {"min_days": 0, "max_days": 2, "day_rule": "calendar", "to_po_box": True}


def make_offer(*, product: Product, seller: Seller, shipping_minor: int = 0, variant: str = "", **values: Any) -> Offer:
    """``values`` are fields of the offer, of its profile or of its one method, whichever has them."""
    profile = {name: values.pop(name, default) for name, default in PROFILE.items()}
    method = {name: values.pop(name, default) for name, default in METHOD.items()}
    offer: dict[str, Any] = {"price_minor": 120_000, "currency": "KES", "stock": 10, **values}
    make, _ = Variant.objects.get_or_create(product=product, name=variant)
    terms = make_profile(seller, currency=offer["currency"], **profile)
    ShippingMethod.objects.create(
        profile=terms, name="Standard delivery", cost_minor=shipping_minor, currency=terms.currency, **method
    )
    return Offer.objects.create(product=product, variant=make, seller=seller, profile=terms, **offer)


def make_profile(seller: Seller, **values: Any) -> ShippingProfile:
    """A profile of its own name, without methods yet."""
    name = f"Standard {seller.shipping_profiles.count() + 1}"
    return ShippingProfile.objects.create(**{"seller": seller, "name": name, **PROFILE, **values})


def sent_by(offer: Offer, *methods: ShippingMethod, handling_days: int = 1) -> Offer:
    """An offer that is in no database, with these methods, as if they had been read with it."""
    offer.profile = ShippingProfile(pk=offer.pk or 1, handling_days=handling_days, ships_from_country="KE")
    found = ShippingMethod.objects.none()
    found._result_cache = list(methods)
    offer.profile._prefetched_objects_cache = {"methods": found}
    return offer


def beside(offer: Offer, **values: Any) -> Offer:
    """Other goods of the same seller, which travel in the same parcel."""
    n = Product.objects.count() + 1
    product = Product.objects.create(
        slug=f"beside-{n}",
        title=f"Goods {n}",
        description="Goes with the other.",
        category=offer.product.category,
        brand="Moto",
        picture="storefront/logo.svg",
        created_at=offer.product.created_at,
    )
    terms: dict[str, Any] = {"price_minor": 10_000, "currency": offer.currency, "stock": 10, **values}
    make = Variant.objects.create(product=product)
    return Offer.objects.create(product=product, variant=make, seller=offer.seller, profile=offer.profile, **terms)
