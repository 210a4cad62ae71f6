"""What an offer costs in shillings. Buyers pay whole shillings, so every conversion rounds up to one, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from sokopesa.catalog.errors import RateMissing
from sokopesa.catalog.models import Currency, ExchangeRate, Offer, ShippingMethod
from sokopesa.kernel.money import whole_shillings_up

MAX_RATE_AGE = timedelta(days=7)
"""A rate older than this no longer tells what a foreign price costs."""

MINOR_UNITS = 100
"""Cents in a shilling and in a dollar."""


class Rate(Protocol):
    """What one unit of a currency costs in shillings, on what day, and who says so."""

    @property
    def currency(self) -> str: ...
    @property
    def kes_per_unit(self) -> Decimal: ...
    @property
    def as_of(self) -> date: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True)
class Price:
    """What one piece and the shipping of one order cost, in cents of KES, always whole shillings.

    ``rate`` is the exchange rate behind both, or None where the seller's price is in shillings already.
    """

    goods_cents: int
    shipping_cents: int
    rate: Rate | None

    @property
    def total_cents(self) -> int:
        """One piece, delivered."""
        return self.goods_cents + self.shipping_cents


@dataclass(frozen=True)
class Rates:
    """The exchange rates that hold on one day, by currency."""

    by_currency: Mapping[str, ExchangeRate]

    def price(self, offer: Offer, method: ShippingMethod) -> Price:
        """What the offer costs when it is sent that way.

        Raises `RateMissing` for a foreign price whose currency has no usable rate.
        """
        return converted(offer, method, None if offer.currency == Currency.KES else self.of(offer.currency))

    def of(self, currency: str) -> ExchangeRate:
        """Raises `RateMissing`."""
        try:
            return self.by_currency[currency]
        except KeyError:
            raise RateMissing(currency) from None


def rates(*, on: date) -> Rates:
    """The newest rate of each currency that is neither later than ``on`` nor older than `MAX_RATE_AGE`. One query."""
    usable = ExchangeRate.objects.filter(as_of__lte=on, as_of__gte=on - MAX_RATE_AGE)
    newest = usable.order_by("currency", "-as_of").distinct("currency")
    return Rates({rate.currency: rate for rate in newest})


def price(offer: Offer, method: ShippingMethod, *, on: date) -> Price:
    """What the offer costs, sent that way, on a day of Nairobi. Raises `RateMissing`."""
    return rates(on=on).price(offer, method)


def converted(offer: Offer, method: ShippingMethod, rate: Rate | None) -> Price:
    """What the offer costs, sent that way, by ``rate``, which is None for a price in shillings. Both are priced in one
    currency, the profile's.

    One piece and the shipping are rounded up each. Many pieces cost many times what one costs, so that the price beside
    the goods is the price that is paid, and a piece given back is worth whole shillings.
    """
    return Price(
        goods_cents=unit_cents(offer, rate),
        shipping_cents=whole_shillings_up(method.cost_minor * _per_minor(rate)),
        rate=rate,
    )


def unit_cents(offer: Offer, rate: Rate | None) -> int:
    """What one piece costs, without its shipping, by ``rate``, which is None for a price in shillings."""
    return whole_shillings_up(offer.price_minor * _per_minor(rate))


def _per_minor(rate: Rate | None) -> Decimal:
    return (rate.kes_per_unit if rate else Decimal(1)) / MINOR_UNITS
