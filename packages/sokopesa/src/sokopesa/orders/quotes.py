"""What goods cost at this moment, parcel by parcel. Placing a checkout freezes its quote into orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sokopesa.catalog import terms
from sokopesa.catalog.delivery import Window, window
from sokopesa.catalog.errors import RateMissing
from sokopesa.catalog.models import Currency, Offer, ShippingMethod, ShippingProfile
from sokopesa.catalog.pricing import Rate, converted
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.orders.errors import NotForSale, NotToBox, OwnGoods
from sokopesa.orders.holding import hold_rates
from sokopesa.orders.models import Checkout, HeldRate
from sokopesa.people.models import Address, Seller


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of an offer, sent by that method; None, or what is none of the offer's, stands for the default."""

    offer: Offer
    quantity: int
    method_id: int | None = None


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """Pieces of one offer, in cents of KES, whole shillings."""

    offer: Offer
    quantity: int
    unit_cents: int

    @property
    def total_cents(self) -> int:
        """Many pieces cost many times what one costs."""
        return self.unit_cents * self.quantity


@dataclass(frozen=True, slots=True)
class QuotedWay:
    """One way to send a parcel, beside the chosen one: below nought it costs less, or arrives later."""

    method: ShippingMethod
    shipping_cents: int
    window: Window
    extra_cents: int
    days_sooner: int
    is_chosen: bool

    @property
    def saved_cents(self) -> int:
        """What it costs less."""
        return -self.extra_cents

    @property
    def days_later(self) -> int:
        """By how many days it arrives later."""
        return -self.days_sooner


@dataclass(frozen=True, slots=True)
class QuotedParcel:
    """An order to be: what one seller sends under one shipping profile. Amounts are cents of KES, whole shillings.

    ``rate`` is the exchange rate behind them, or None for prices set in KES; ``on`` the day from which ``window``
    counts.
    """

    profile: ShippingProfile
    lines: tuple[QuotedLine, ...]
    method: ShippingMethod
    shipping_cents: int
    rate: Rate | None
    window: Window
    on: date

    @property
    def seller(self) -> Seller:
        """Whose goods they are."""
        return self.lines[0].offer.seller

    @property
    def goods_cents(self) -> int:
        """Without shipping."""
        return sum(line.total_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        """What the order will cost."""
        return self.goods_cents + self.shipping_cents

    @property
    def priced_minor(self) -> int:
        """What the seller asks for goods and shipping, in hundredths of the currency of the price."""
        return sum(line.offer.price_minor * line.quantity for line in self.lines) + self.method.cost_minor

    @property
    def is_rounded(self) -> bool:
        """Whether converting came to broken shillings, which were rounded up."""
        return self.rate is not None and self.total_cents != self.priced_minor * self.rate.kes_per_unit

    @property
    def ways(self) -> tuple[QuotedWay, ...]:
        """Every way in which it can be sent, the cheapest first."""
        return tuple(self._way(method) for method in self.profile.live_methods)

    def goes_to(self, address: Address) -> bool:
        """Whether the chosen way leads there."""
        return address.kind != Address.Kind.PO_BOX or self.method.to_po_box

    def ways_to(self, address: Address) -> tuple[QuotedWay, ...]:
        """The ways that lead there."""
        return tuple(way for way in self.ways if address.kind != Address.Kind.PO_BOX or way.method.to_po_box)

    def _way(self, method: ShippingMethod) -> QuotedWay:
        shipping_cents = converted(self.lines[0].offer, method, self.rate).shipping_cents
        arrives = window(method, handling_days=self.profile.handling_days, on=self.on)
        return QuotedWay(
            method=method,
            shipping_cents=shipping_cents,
            window=arrives,
            extra_cents=shipping_cents - self.shipping_cents,
            days_sooner=(self.window.latest - arrives.latest).days,
            is_chosen=method.pk == self.method.pk,
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """All parcels of a checkout. ``held`` has the exchange rates promised to it, by currency."""

    parcels: tuple[QuotedParcel, ...]
    held: Mapping[str, HeldRate]

    @property
    def goods_cents(self) -> int:
        """Of all parcels."""
        return sum(parcel.goods_cents for parcel in self.parcels)

    @property
    def shipping_cents(self) -> int:
        """Of all parcels."""
        return sum(parcel.shipping_cents for parcel in self.parcels)

    @property
    def total_cents(self) -> int:
        """What M-PESA will be asked for; its own charge comes on top."""
        return self.goods_cents + self.shipping_cents

    @property
    def lines(self) -> tuple[QuotedLine, ...]:
        """Of all parcels."""
        return tuple(line for parcel in self.parcels for line in parcel.lines)

    @property
    def abroad(self) -> str:
        """Where parcels come from that cross the border; empty if none does."""
        return " and ".join(dict.fromkeys(each.profile.ships_from for each in self.parcels if each.profile.is_import))

    @property
    def pieces(self) -> int:
        """How many there are in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def holds_until(self) -> datetime | None:
        """When the first of the promised rates runs out; None where all prices are in shillings."""
        rates = [parcel.rate for parcel in self.parcels]
        return min((rate.expires_at for rate in self.held.values() if rate in rates), default=None)

    def stranded(self, address: Address) -> tuple[QuotedParcel, ...]:
        """The parcels whose chosen way does not lead there."""
        return tuple(parcel for parcel in self.parcels if not parcel.goes_to(address))

    def require_reach(self, address: Address) -> None:
        """Raises `NotToBox` unless every parcel goes there."""
        if stranded := self.stranded(address):
            raise NotToBox(stranded)


def quote(checkout: Checkout, *, now: datetime) -> Quote:
    """Prices and promises, by the rates that are held for this checkout and today's calendar in Nairobi.

    Where a rate has run out, a new one is held.

    Raises:
        NotForSale: an offer was withdrawn, or there is no way left to send it.
        OwnGoods: the buyer is of the shop.
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for an offer's currency.
    """
    lines = lines_of(checkout)
    held = hold_rates(checkout, (line.offer.currency for line in lines), now=now)
    return quote_by(held, lines, now=now)


def quote_by(held: Mapping[str, HeldRate], lines: Sequence[Wanted], *, now: datetime) -> Quote:
    """The same by given rates, whether or not they still hold."""
    return Quote(parcels(lines, held, on=nairobi_date(now)), held)


_LINES = f"""
SELECT line.quantity, parcel.method_id, {terms.IS_OWN}, {terms.COLUMNS}
FROM orders_checkoutline line JOIN ({terms.TABLES}) ON offer.id = line.offer_id
LEFT JOIN orders_checkoutparcel parcel
    ON parcel.checkout_id = line.checkout_id AND parcel.profile_id = offer.profile_id
WHERE line.checkout_id = %(checkout)s ORDER BY line.id
"""  # noqa: S608 - our own names


def lines_of(checkout: Checkout) -> list[Wanted]:
    """What the checkout is about, with the chosen methods: one query, however many lines there are.

    Raises:
        OwnGoods: one of the offers is of a shop that the buyer acts for.
    """
    wanted = []
    for quantity, method_id, is_own, *offered in fetch(
        _LINES, {"checkout": checkout.pk, "buyer": checkout.buyer_id}, often=True
    ):
        offer = terms.read(offered)
        if is_own:
            raise OwnGoods(offer)
        wanted.append(Wanted(offer, quantity, method_id))
    return wanted


def parcels(wanted: Iterable[Wanted], rates: Mapping[str, Rate], *, on: date) -> tuple[QuotedParcel, ...]:
    """The goods as they are sent, in the order in which their profiles first occur.

    Raises:
        NotForSale: an offer was withdrawn, or there is no way left to send it.
        sokopesa.catalog.errors.RateMissing: none of the rates is for an offer's currency.
    """
    grouped: dict[int, list[Wanted]] = {}
    for each in wanted:
        grouped.setdefault(each.offer.profile_id, []).append(each)
    return tuple(_parcel(group, rates, on) for group in grouped.values())


def _parcel(group: Sequence[Wanted], rates: Mapping[str, Rate], on: date) -> QuotedParcel:
    first = group[0]
    method = first.offer.method(next((each.method_id for each in group if each.method_id), None))
    withdrawn = next((each.offer for each in group if not each.offer.is_live), None if method else first.offer)
    if withdrawn or method is None:
        raise NotForSale(withdrawn)
    rate = _rate(first.offer.currency, rates)
    prices = [converted(each.offer, method, rate) for each in group]
    return QuotedParcel(
        profile=first.offer.profile,
        lines=tuple(
            QuotedLine(each.offer, each.quantity, price.goods_cents) for each, price in zip(group, prices, strict=True)
        ),
        method=method,
        shipping_cents=prices[0].shipping_cents,
        rate=rate,
        window=window(method, handling_days=first.offer.profile.handling_days, on=on),
        on=on,
    )


def _rate(currency: str, rates: Mapping[str, Rate]) -> Rate | None:
    if currency == Currency.KES:
        return None
    try:
        return rates[currency]
    except KeyError:
        raise RateMissing(currency) from None
