"""What a checkout would cost at this moment. Placing it freezes the quote into the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sokopesa.catalog.delivery import Window, window
from sokopesa.catalog.models import ExchangeRate, Offer
from sokopesa.catalog.pricing import price
from sokopesa.kernel.clock import nairobi_date


@dataclass(frozen=True, slots=True)
class Quote:
    """Cents of KES, whole shillings. ``rate`` is the dated exchange rate, or None for a price set in KES."""

    unit_cents: int
    goods_cents: int
    shipping_cents: int
    rate: ExchangeRate | None
    window: Window

    @property
    def total_cents(self) -> int:
        """What M-PESA will be asked for; its own charge comes on top."""
        return self.goods_cents + self.shipping_cents


def quote(offer: Offer, *, quantity: int, now: datetime) -> Quote:
    """Price and promise of ``quantity`` pieces, by today's rate and calendar in Nairobi.

    Raises:
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for the offer's currency.
    """
    today = nairobi_date(now)
    each = price(offer, on=today)
    return Quote(
        unit_cents=each.goods_cents,
        goods_cents=each.goods_cents * quantity,
        shipping_cents=each.shipping_cents,
        rate=each.rate,
        window=window(offer, on=today),
    )
