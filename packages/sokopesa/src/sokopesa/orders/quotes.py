"""What a checkout costs at this moment. Placing it freezes the quote into the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sokopesa.catalog.delivery import Window, window
from sokopesa.catalog.models import ShippingMethod
from sokopesa.catalog.pricing import converted
from sokopesa.kernel.clock import nairobi_date
from sokopesa.orders.errors import NotForSale
from sokopesa.orders.holding import hold_rate
from sokopesa.orders.models import Checkout, HeldRate


@dataclass(frozen=True, slots=True)
class Quote:
    """Cents of KES, whole shillings. ``rate`` is the promised exchange rate, or None for a price set in KES.

    ``priced_minor`` is what the seller asks for goods and shipping, in hundredths of the currency of the price.
    """

    unit_cents: int
    goods_cents: int
    shipping_cents: int
    priced_minor: int
    rate: HeldRate | None
    method: ShippingMethod
    window: Window

    @property
    def total_cents(self) -> int:
        """What M-PESA will be asked for; its own charge comes on top."""
        return self.goods_cents + self.shipping_cents

    @property
    def is_rounded(self) -> bool:
        """Whether converting came to broken shillings, which were rounded up."""
        return self.rate is not None and self.total_cents != self.priced_minor * self.rate.kes_per_unit


def quote(checkout: Checkout, *, now: datetime) -> Quote:
    """Price and promise, by the rate that is held for this checkout and today's calendar in Nairobi.

    Where the rate has run out, a new one is held.

    Raises:
        NotForSale: there is no way left to send it.
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for the offer's currency.
    """
    return quote_by(hold_rate(checkout, now=now), checkout, now=now)


def quote_by(rate: HeldRate | None, checkout: Checkout, *, now: datetime) -> Quote:
    """The same by a given rate, whether or not it still holds."""
    offer, quantity = checkout.offer, checkout.quantity
    method = offer.default_method
    if method is None:
        raise NotForSale
    each = converted(offer, method, rate)
    return Quote(
        unit_cents=each.goods_cents,
        goods_cents=each.goods_cents * quantity,
        shipping_cents=each.shipping_cents,
        priced_minor=offer.price_minor * quantity + method.cost_minor,
        rate=rate,
        method=method,
        window=window(method, handling_days=offer.profile.handling_days, on=nairobi_date(now)),
    )
