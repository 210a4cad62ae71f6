"""One product, several sellers: which costs how much more, and which comes how much sooner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sokopesa.catalog import delivery
from sokopesa.catalog.delivery import Window
from sokopesa.catalog.errors import RateMissing
from sokopesa.catalog.models import Offer, ShippingMethod
from sokopesa.catalog.pricing import Price, Rates


@dataclass(frozen=True)
class Way:
    """One way to send an offer, beside the default one: what it costs more, and by how many days its latest day of
    arrival comes before the default one's. Below nought it arrives later; ``extra_cents`` never is."""

    method: ShippingMethod
    price: Price
    window: Window
    extra_cents: int
    days_sooner: int


@dataclass(frozen=True)
class RankedOffer:
    """An offer, sent by its default method, beside the best one for the same goods.

    The best one has the lowest price for one piece delivered, and among equals it arrives first. ``extra_cents`` is
    what this one costs more, delivered. ``days_sooner`` is by how many days its latest day of arrival comes before
    the best one's; below nought it arrives later.
    """

    offer: Offer
    method: ShippingMethod
    price: Price
    window: Window
    extra_cents: int
    days_sooner: int

    @property
    def is_best(self) -> bool:
        """Whether no offer that can be bought is cheaper, nor equally cheap and sooner."""
        return self.is_buyable and self.extra_cents == 0 and self.days_sooner == 0

    @property
    def is_faster(self) -> bool:
        """Whether the buyer can have it sooner than the best one, by paying more."""
        return self.is_buyable and self.days_sooner > 0

    @property
    def is_buyable(self) -> bool:
        """Whether a piece is left."""
        return not self.offer.is_sold_out

    @property
    def is_import(self) -> bool:
        """Whether import taxes may fall due on arrival."""
        return self.offer.is_import


def rank(offers: Iterable[Offer], rates: Rates, *, on: date) -> tuple[RankedOffer, ...]:
    """Every offer that has a price today: those that can be bought before those sold out, the cheapest delivered first,
    and of equally cheap ones the sooner. What has no usable exchange rate, or no way to be sent, is left out: it cannot
    be bought. Offers are ranked as they are sent by default; `ways` has the others.
    """
    priced = [
        (offer, method, price, delivery.window(method, handling_days=offer.profile.handling_days, on=on))
        for offer, method, price in _priced(offers, rates)
    ]
    priced.sort(key=lambda entry: _place(entry[0], *entry[2:]))
    if not priced:
        return ()
    _, _, best_price, best_window = priced[0]
    return tuple(
        RankedOffer(
            offer=offer,
            method=method,
            price=price,
            window=window,
            extra_cents=price.total_cents - best_price.total_cents,
            days_sooner=(best_window.latest - window.latest).days,
        )
        for offer, method, price, window in priced
    )


def ways(offer: Offer, rates: Rates, *, on: date) -> tuple[Way, ...]:
    """Every way in which an offer that has a price today can be sent, the default first."""
    priced = [
        (method, rates.price(offer, method), delivery.window(method, handling_days=offer.profile.handling_days, on=on))
        for method in offer.methods
    ]
    return tuple(
        Way(
            method=method,
            price=price,
            window=window,
            extra_cents=price.total_cents - priced[0][1].total_cents,
            days_sooner=(priced[0][2].latest - window.latest).days,
        )
        for method, price, window in priced
    )


def buyable(ranked: Sequence[RankedOffer]) -> tuple[RankedOffer, ...]:
    """Those of which a piece is left, in the same order."""
    return tuple(each for each in ranked if each.is_buyable)


def _priced(offers: Iterable[Offer], rates: Rates) -> Iterable[tuple[Offer, ShippingMethod, Price]]:
    for offer in offers:
        method = offer.default_method
        if method is None:
            continue
        try:
            yield offer, method, rates.price(offer, method)
        except RateMissing:
            continue


def _place(offer: Offer, price: Price, window: Window) -> tuple[bool, int, date, date, int]:
    return (offer.is_sold_out, price.total_cents, window.latest, window.earliest, offer.pk)
