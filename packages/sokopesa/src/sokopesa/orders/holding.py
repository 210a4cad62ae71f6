"""Holding an exchange rate for a checkout, so that its total stands still while the buyer walks to *Pay*."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sokopesa.catalog.models import Currency
from sokopesa.catalog.pricing import rates
from sokopesa.kernel.clock import nairobi_date
from sokopesa.orders.models import Checkout, HeldRate

RATE_HOLDS = timedelta(minutes=30)
"""Enough to sign in, type an address and find the phone; too short for the market's rates to run away."""


@transaction.atomic
def hold_rate(checkout: Checkout, *, now: datetime) -> HeldRate | None:
    """The rate promised to this checkout, or a new promise where there is none or it has run out.

    None where the seller's price is in shillings: that changes only with the price.

    Raises:
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for the offer's currency.
    """
    held = held_rate(checkout)
    if checkout.offer.currency == Currency.KES or (held and held.holds(now)):
        return held
    rate = rates(on=nairobi_date(now)).of(checkout.offer.currency)
    held, _ = HeldRate.objects.update_or_create(
        checkout=checkout,
        currency=rate.currency,
        defaults={
            "kes_per_unit": rate.kes_per_unit,
            "as_of": rate.as_of,
            "source": rate.source,
            "quoted_at": now,
            "expires_at": now + RATE_HOLDS,
        },
    )
    return held


def held_rate(checkout: Checkout) -> HeldRate | None:
    """The last promise made to this checkout, which may have run out. None where nothing was promised."""
    if checkout.offer.currency == Currency.KES:
        return None
    return HeldRate.objects.filter(checkout=checkout, currency=checkout.offer.currency).first()
