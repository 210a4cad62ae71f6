"""Holding exchange rates for a checkout, so that its total stands still while the buyer walks to *Pay*."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sokopesa.catalog.models import Currency
from sokopesa.catalog.pricing import rates
from sokopesa.kernel.clock import nairobi_date
from sokopesa.orders.models import Checkout, HeldRate

RATE_HOLDS = timedelta(minutes=30)
"""Enough to sign in, type an address and find the phone; too short for the market's rates to run away."""


def hold_rates(checkout: Checkout, currencies: Iterable[str], *, now: datetime) -> dict[str, HeldRate]:
    """The rate of each of the currencies that is promised to this checkout; where there is no promise, or it has run
    out, a new one. Shillings need none: such a price changes only with the price.

    Raises:
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for one of the currencies.
    """
    foreign = set(currencies) - {Currency.KES}
    held = held_rates(checkout) if foreign else {}
    due = sorted(code for code in foreign if code not in held or not held[code].holds(now))
    if due:
        held |= _promise(checkout, due, now=now)
    return held


def held_rates(checkout: Checkout) -> dict[str, HeldRate]:
    """The last promises made to this checkout, by currency. They may have run out."""
    return {held.currency: held for held in HeldRate.objects.filter(checkout=checkout)}


def _promise(checkout: Checkout, currencies: list[str], *, now: datetime) -> dict[str, HeldRate]:
    known = rates(on=nairobi_date(now))
    promised = [
        HeldRate(
            checkout=checkout,
            currency=rate.currency,
            kes_per_unit=rate.kes_per_unit,
            as_of=rate.as_of,
            source=rate.source,
            quoted_at=now,
            expires_at=now + RATE_HOLDS,
        )
        for rate in map(known.of, currencies)
    ]
    HeldRate.objects.bulk_create(
        promised,
        update_conflicts=True,
        unique_fields=["checkout", "currency"],
        update_fields=["kes_per_unit", "as_of", "source", "quoted_at", "expires_at"],
    )
    return {held.currency: held for held in promised}
