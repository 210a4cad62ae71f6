"""The basket as it is shown: in the parcels in which it would be sent, with what has changed since it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sokopesa.catalog import pricing, stock, terms
from sokopesa.catalog.models import Currency, Offer
from sokopesa.catalog.pricing import Rate, unit_cents
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.rows import Rows
from sokopesa.orders.basket import Agreed
from sokopesa.orders.models import Basket, BasketItem
from sokopesa.orders.quotes import QuotedParcel, Wanted, parcels
from sokopesa.people.models import Seller, User

_ITEMS = Rows(BasketItem, "item")
_READ = f"""
SELECT {terms.IS_OWN}, {_ITEMS.columns}, {terms.COLUMNS}
FROM orders_basket basket JOIN {_ITEMS.table} ON item.basket_id = basket.id
JOIN ({terms.TABLES}) ON offer.id = item.offer_id
"""  # noqa: S608 - our own names
_OF_BASKET = f"{_READ} WHERE basket.id = %(basket)s ORDER BY item.id"
_OF_BUYER = f"{_READ} WHERE basket.buyer_id = %(buyer)s ORDER BY item.id"


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line of the basket. ``quantity`` pieces can be had of those that are wanted, at ``unit_cents`` each, which is 0
    where there is no price today. ``change`` says what the buyer has not agreed to yet, or nothing."""

    item: BasketItem
    quantity: int
    unit_cents: int
    change: str

    @property
    def offer(self) -> Offer:
        """Whose, of what."""
        return self.item.offer

    @property
    def total_cents(self) -> int:
        """For the pieces that can be had."""
        return self.quantity * self.unit_cents

    @property
    def is_changed(self) -> bool:
        """Whether the buyer has to agree before going on."""
        return bool(self.change)

    @property
    def is_gone(self) -> bool:
        """Whether it cannot be bought now."""
        return self.quantity == 0

    @property
    def agreed(self) -> Agreed:
        """What somebody agrees to who has seen this line."""
        return Agreed(self.unit_cents, self.quantity)


@dataclass(frozen=True, slots=True)
class BasketParcel:
    """What would become one order, with its lines in the basket."""

    quoted: QuotedParcel
    lines: tuple[BasketLine, ...]


@dataclass(frozen=True, slots=True)
class BasketView:
    """The whole basket at one moment. ``gone`` are lines that cannot be bought now; nothing counts them."""

    parcels: tuple[BasketParcel, ...]
    gone: tuple[BasketLine, ...]

    @property
    def lines(self) -> tuple[BasketLine, ...]:
        """All of them, those that are gone last."""
        return (*(line for parcel in self.parcels for line in parcel.lines), *self.gone)

    @property
    def changed(self) -> tuple[BasketLine, ...]:
        """The lines that the buyer has to agree to."""
        return tuple(line for line in self.lines if line.is_changed)

    @property
    def pieces(self) -> int:
        """How many can be had."""
        return sum(line.quantity for line in self.lines)

    @property
    def goods_cents(self) -> int:
        """Of all parcels."""
        return sum(parcel.quoted.goods_cents for parcel in self.parcels)

    @property
    def shipping_cents(self) -> int:
        """Of all parcels."""
        return sum(parcel.quoted.shipping_cents for parcel in self.parcels)

    @property
    def total_cents(self) -> int:
        """What M-PESA would be asked for."""
        return self.goods_cents + self.shipping_cents

    @property
    def by_seller(self) -> list[tuple[Seller, int]]:
        """What each seller's parcels cost, in the order of the parcels."""
        totals: dict[int, tuple[Seller, int]] = {}
        for parcel in self.parcels:
            seller, before = totals.get(parcel.quoted.seller.pk, (parcel.quoted.seller, 0))
            totals[seller.pk] = (seller, before + parcel.quoted.total_cents)
        return list(totals.values())


def view(basket: Basket, *, now: datetime) -> BasketView:
    """The basket by today's prices, rates, stock and calendar. One query however much is in it, and a second where
    something is priced in another currency."""
    return _view(_OF_BASKET, {"basket": basket.pk, "buyer": basket.buyer_id}, now)


def view_of(buyer: User, *, now: datetime) -> BasketView:
    """The buyer's own basket, empty if nothing was ever put into it. As many queries as `view`."""
    return _view(_OF_BUYER, {"buyer": buyer.pk}, now)


def _view(statement: str, whose: Mapping[str, int | None], now: datetime) -> BasketView:
    items = [(_item(row), is_own) for is_own, *row in fetch(statement, whose, often=True)]
    today = nairobi_date(now)
    is_foreign = any(item.offer.currency != Currency.KES for item, _ in items)
    known = pricing.rates(on=today).by_currency if is_foreign else {}
    lines = [_line(item, known, is_own=is_own) for item, is_own in items]
    return BasketView(
        parcels=_parcels([line for line in lines if not line.is_gone], known, on=today),
        gone=tuple(line for line in lines if line.is_gone),
    )


def _item(values: Iterable[Any]) -> BasketItem:
    row = iter(values)
    item = _ITEMS.take(row)
    item.offer = terms.read(row)
    return item


def _parcels(lines: Sequence[BasketLine], known: Mapping[str, Rate], *, on: date) -> tuple[BasketParcel, ...]:
    latest = sorted((line.item for line in lines if line.item.method_id), key=lambda item: item.added_at)
    chosen = {item.offer.profile_id: item.method_id for item in latest}
    wanted = [Wanted(line.offer, line.quantity, chosen.get(line.offer.profile_id)) for line in lines]
    return tuple(
        BasketParcel(
            quoted=quoted,
            lines=tuple(line for line in lines if line.offer.profile_id == quoted.profile.pk),
        )
        for quoted in parcels(wanted, known, on=on)
    )


def _line(item: BasketItem, known: Mapping[str, Rate], *, is_own: bool) -> BasketLine:
    offer = item.offer
    rate = known.get(offer.currency)
    has_price = rate is not None or offer.currency == Currency.KES
    if why := _why_gone(offer, is_own=is_own, has_price=has_price):
        return BasketLine(item, quantity=0, unit_cents=0, change=why)
    quantity, each = min(item.quantity, offer.stock), unit_cents(offer, rate)
    changes = []
    if quantity < item.quantity:
        changes.append(f"Only {quantity} {'is' if quantity == 1 else 'are'} left of the {item.quantity} you wanted.")
    if each != item.seen_unit_cents:
        changes.append(f"The price is now {format_kes(each)} instead of {format_kes(item.seen_unit_cents)}.")
    return BasketLine(item, quantity=quantity, unit_cents=each, change=" ".join(changes))


def _why_gone(offer: Offer, *, is_own: bool, has_price: bool) -> str:
    """In the buyer's words; empty if it can be bought."""
    if is_own:
        return "This is sold by your own shop, so you cannot buy it."
    if not offer.is_live:
        return f"{offer.seller} has withdrawn this."
    if refusal := stock.missing(offer, 1):
        return str(refusal)
    if offer.default_method is None:
        return f"{offer.seller} cannot send this at present."
    return "" if has_price else "There is no price today: the exchange rate has not reached us yet."
