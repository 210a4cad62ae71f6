"""The basket: goods of many sellers put aside to buy. It reserves nothing and promises nothing; what everything in it
costs now, and what has changed, is told by `sokopesa.orders.viewing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from sokopesa.catalog import stock, terms
from sokopesa.catalog.models import Currency, Offer, ShippingMethod
from sokopesa.catalog.pricing import rates, unit_cents
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.orders.errors import BasketFull, NotForSale, OwnGoods, QuantityRefused
from sokopesa.orders.models import MOST_PIECES, Basket, BasketItem
from sokopesa.people.models import User

MOST_LINES = 50
"""Different offers in one basket."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a page showed of a line whose price or stock has changed: the price of one piece, and how many can be had;
    none if it cannot be bought."""

    unit_cents: int
    quantity: int


def add(
    *,
    offer_id: int,
    quantity: int,
    method_id: int | None = None,
    buyer: User | None,
    guest_basket: int | None = None,
    now: datetime,
) -> Basket:
    """Put pieces of an offer into the buyer's basket, or into a guest's: the one that is named, else a new one. They
    join those that are in it already. The method goes for all that is sent with them.

    Raises:
        NotForSale: the offer is unknown or withdrawn, or there is no way to send it.
        OwnGoods: the buyer is of the shop.
        QuantityRefused: fewer than 1, or with those in the basket more than `MOST_PIECES`.
        BasketFull: there are `MOST_LINES` others in it.
        sokopesa.catalog.errors.SoldOut: there are not that many.
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for the offer's currency.
    """
    return put(
        offer_id=offer_id, quantity=quantity, method_id=method_id, buyer=buyer, guest_basket=guest_basket, now=now
    ).basket


@transaction.atomic
def put(
    *,
    offer_id: int,
    quantity: int,
    method_id: int | None = None,
    buyer: User | None,
    guest_basket: int | None = None,
    now: datetime,
) -> BasketItem:
    """As `add`; the line as it is in the basket now."""
    basket = _opened(buyer, guest_basket, now)
    found = _find(offer_id, basket, buyer, method_id)
    if found is None:
        raise NotForSale
    offer, pieces = found.offer, found.in_basket + quantity
    if found.is_own:
        raise OwnGoods(offer)
    if quantity < 1 or pieces > MOST_PIECES:
        raise QuantityRefused(MOST_PIECES, already=found.in_basket)
    if not found.in_basket and found.lines >= MOST_LINES:
        raise BasketFull(MOST_LINES)
    stock.require(offer, pieces)
    rate = None if offer.currency == Currency.KES else rates(on=nairobi_date(now)).of(offer.currency)
    item = BasketItem(
        basket=basket,
        offer=offer,
        quantity=pieces,
        method_id=method_id if found.goes_by_it else None,
        seen_unit_cents=unit_cents(offer, rate),
        added_at=now,
    )
    kept = (item.basket_id, item.offer_id, item.quantity, item.method_id, item.seen_unit_cents, item.added_at)
    ((item.pk,),) = fetch(_KEEP, kept, often=True)
    return item


_KEEP = """
INSERT INTO orders_basketitem AS item (basket_id, offer_id, quantity, method_id, seen_unit_cents, added_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (basket_id, offer_id) DO UPDATE SET quantity = EXCLUDED.quantity,
    method_id = coalesce(EXCLUDED.method_id, item.method_id), seen_unit_cents = EXCLUDED.seen_unit_cents,
    added_at = EXCLUDED.added_at
RETURNING id
"""

_FIND = f"""
SELECT {terms.IS_OWN},
    coalesce((SELECT quantity FROM orders_basketitem WHERE basket_id = %(basket)s AND offer_id = offer.id), 0),
    (SELECT count(*) FROM orders_basketitem WHERE basket_id = %(basket)s), {terms.COLUMNS}
FROM {terms.TABLES} WHERE offer.id = %(offer)s AND offer.is_live
"""  # noqa: S608 - our own names

_OPEN = """
INSERT INTO orders_basket (buyer_id, changed_at) VALUES (%s, %s)
ON CONFLICT (buyer_id) DO UPDATE SET changed_at = EXCLUDED.changed_at RETURNING id
"""


@dataclass(frozen=True, slots=True)
class _Found:
    """An offer that can be bought, how many of it are in the basket that holds so many lines, whether the method that
    is wanted is one of its own, and whether it is the buyer's own shop's."""

    offer: Offer
    in_basket: int
    lines: int
    goes_by_it: bool
    is_own: bool


def _find(offer_id: int, basket: Basket, buyer: User | None, method_id: int | None) -> _Found | None:
    """All that `add` must know, in one query."""
    asked = {"offer": offer_id, "basket": basket.pk, "buyer": buyer and buyer.pk}
    for is_own, in_basket, lines, *offered in fetch(_FIND, asked, often=True):
        offer = terms.read(offered)
        if offer.methods:
            return _Found(offer, in_basket, lines, method_id in {method.pk for method in offer.methods}, is_own)
    return None


def _opened(buyer: User | None, guest_basket: int | None, now: datetime) -> Basket:
    """The basket, made if need be, and held until the transaction ends."""
    if buyer:
        ((basket_id,),) = fetch(_OPEN, [buyer.pk, now], often=True)
        return Basket(pk=basket_id, buyer=buyer, changed_at=now)
    if guest_basket and Basket.objects.filter(pk=guest_basket, buyer=None).update(changed_at=now):
        return Basket(pk=guest_basket, changed_at=now)
    return Basket.objects.create(changed_at=now)


@transaction.atomic
def change_quantity(basket: Basket, *, item_id: int, quantity: int, now: datetime) -> None:
    """Have so many pieces of it from now on. What is not in the basket changes nothing.

    Raises:
        QuantityRefused: fewer than 1 or more than `MOST_PIECES`.
        sokopesa.catalog.errors.SoldOut: there are not that many.
    """
    if not 1 <= quantity <= MOST_PIECES:
        raise QuantityRefused(MOST_PIECES)
    items = BasketItem.objects.select_for_update(of=("self",)).select_related("offer__product", "offer__seller")
    item = items.filter(basket=basket, pk=item_id).first()
    if item is None:
        return
    if quantity > item.quantity:
        stock.require(item.offer, quantity)
    item.quantity = quantity
    item.save(update_fields=["quantity"])
    Basket.objects.filter(pk=basket.pk).update(changed_at=now)


@transaction.atomic
def remove(basket: Basket, *, item_id: int, now: datetime) -> None:
    """Take a line out. What is not in the basket changes nothing."""
    if BasketItem.objects.filter(basket=basket, pk=item_id).delete()[0]:
        Basket.objects.filter(pk=basket.pk).update(changed_at=now)


@transaction.atomic
def choose_method(basket: Basket, *, profile_id: int, method_id: int, now: datetime) -> None:
    """Send what goes under this profile that way. What is no live way of the profile changes nothing."""
    if ShippingMethod.objects.filter(pk=method_id, profile=profile_id, is_live=True).exists():
        BasketItem.objects.filter(basket=basket, offer__profile=profile_id).update(method=method_id)
        Basket.objects.filter(pk=basket.pk).update(changed_at=now)


@transaction.atomic
def agree(basket: Basket, shown: Mapping[int, Agreed], *, now: datetime) -> None:
    """The buyer has seen these lines (item id → what was shown) and takes them so: at that price, not more than could
    be had, and not at all what could not. What has changed once more since remains to be agreed to."""
    items = list(BasketItem.objects.select_for_update().filter(basket=basket, pk__in=shown).order_by("pk"))
    for item in items:
        item.seen_unit_cents = shown[item.pk].unit_cents or item.seen_unit_cents
        item.quantity = min(item.quantity, shown[item.pk].quantity)
    BasketItem.objects.filter(pk__in=[item.pk for item in items if item.quantity < 1]).delete()
    kept = [item for item in items if item.quantity >= 1]
    BasketItem.objects.bulk_update(kept, ["seen_unit_cents", "quantity"])
    Basket.objects.filter(pk=basket.pk).update(changed_at=now)


@transaction.atomic
def adopt(*, guest_basket: int, buyer: User, now: datetime) -> None:
    """What a guest had put aside becomes the buyer's, beside what the buyer has already: of the same offer, as many
    pieces as both together, if that is not too many. A basket that is not a guest's changes nothing."""
    guests = Basket.objects.select_for_update().filter(pk=guest_basket, buyer=None).first()
    if guests is None:
        return
    basket = _opened(buyer, None, now)
    brought = {item.offer_id: item for item in guests.items.order_by("id")}
    for item in BasketItem.objects.select_for_update().filter(basket=basket):
        if (double := brought.pop(item.offer_id, None)) is not None:
            item.quantity = min(item.quantity + double.quantity, MOST_PIECES)
            item.save(update_fields=["quantity"])
    room = MOST_LINES - basket.items.count()
    BasketItem.objects.filter(pk__in=[item.pk for item in brought.values()][:room]).update(basket=basket)
    guests.delete()


def count(*, buyer_id: int | None, guest_basket: int | None) -> int:
    """How many pieces are in the buyer's basket, or in the guest's. One query, which counts a few rows of an index."""
    whose = Q(basket__buyer=buyer_id) if buyer_id else Q(basket=guest_basket, basket__buyer=None)
    return int(BasketItem.objects.filter(whose).aggregate(pieces=Coalesce(Sum("quantity"), 0))["pieces"])
