"""The steps from *Buy Now* to a placed purchase. Each answers one question, again and again until it is placed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.catalog import stock
from sokopesa.catalog.models import Offer
from sokopesa.kernel.phone import require_safaricom
from sokopesa.orders.errors import AlreadyPlaced, NotForSale, NotReady, PriceChanged, QuantityRefused, RateChanged
from sokopesa.orders.holding import held_rate, hold_rate
from sokopesa.orders.models import Checkout, Event, HeldRate, Order, OrderLine, Purchase
from sokopesa.orders.numbers import new_number, reference
from sokopesa.orders.quotes import Quote, quote, quote_by
from sokopesa.people.models import Address, User

MOST_PIECES = 20
"""Of one offer in one order; more is a conversation with the seller."""


@transaction.atomic
def start(*, offer_id: int, quantity: int, buyer: User | None, now: datetime) -> Checkout:
    """*Buy Now*: begin a checkout. Nothing is reserved yet, but the exchange rate is held from now.

    Raises:
        NotForSale: the offer is unknown or withdrawn.
        QuantityRefused: fewer than 1 or more than `MOST_PIECES`.
        sokopesa.catalog.errors.SoldOut: there are not that many.
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for the offer's currency.
    """
    offer = Offer.objects.with_terms().select_related("product").filter(id=offer_id, is_live=True).first()
    if offer is None or offer.default_method is None:
        raise NotForSale
    if not 1 <= quantity <= MOST_PIECES:
        raise QuantityRefused(MOST_PIECES)
    stock.require(offer, quantity)
    checkout = Checkout.objects.create(offer=offer, quantity=quantity, buyer=buyer, created_at=now)
    hold_rate(checkout, now=now)
    return checkout


def claim(*, checkout: Checkout, buyer: User) -> None:
    """A checkout begun before signing in becomes the buyer's."""
    _answer(checkout, buyer=buyer)


def review(*, checkout: Checkout) -> None:
    """*Continue*: the buyer has seen what, from whom and by when."""
    _answer(checkout, reviewed=True)


def deliver_to(*, checkout: Checkout, address: Address) -> None:
    """Send it there. The address must be the buyer's own.

    Raises:
        NotReady: nobody has signed in yet, or the address is somebody else's.
    """
    if checkout.buyer_id is None or address.user_id != checkout.buyer_id:
        raise NotReady(Checkout.Step.ADDRESS)
    _answer(checkout, address=address)


def pay_with_mpesa(*, checkout: Checkout) -> None:
    """*Select payment method*: M-PESA."""
    _answer(checkout, payment_method=Checkout.Method.MPESA)


def charge_number(*, checkout: Checkout, msisdn: str) -> None:
    """The line that gets the prompt; it need not be the buyer's own.

    Raises:
        sokopesa.kernel.phone.NotSafaricom: M-PESA lives on Safaricom lines only.
    """
    require_safaricom(msisdn)
    _answer(checkout, msisdn=msisdn)


def _answer(checkout: Checkout, **answers: object) -> None:
    """Store answers unless a purchase was placed meanwhile, perhaps in another tab."""
    if not Checkout.objects.filter(pk=checkout.pk, purchase=None).update(**answers):
        raise AlreadyPlaced
    for name, value in answers.items():
        setattr(checkout, name, value)


@transaction.atomic
def place(*, checkout_id: UUID, agreed_total_cents: int, now: datetime) -> Purchase:
    """Freeze the quote into a purchase and reserve its goods. A second call returns the same purchase.

    Raises:
        NotReady: a step is missing.
        NotForSale: the offer was withdrawn.
        PriceChanged: the total is not what the buyer agreed to; `RateChanged` where that is the exchange rate's doing.
        sokopesa.catalog.errors.RateMissing: the rate ran out, and there is no usable one.
        sokopesa.catalog.errors.SoldOut: somebody else was quicker.
    """
    # Locked alone: rows joined to it would be read as they stood before we waited for the lock.
    checkout = Checkout.objects.select_for_update().get(pk=checkout_id)
    if checkout.purchase is not None:
        return checkout.purchase
    if checkout.step != Checkout.Step.PAY:
        raise NotReady(checkout.step)
    checkout.offer = Offer.objects.with_terms().select_related("product").get(pk=checkout.offer_id)
    if not checkout.offer.is_live or checkout.offer.default_method is None:
        raise NotForSale
    seen = held_rate(checkout)
    quoted = quote(checkout, now=now)
    if quoted.total_cents != agreed_total_cents:
        raise _changed(checkout, seen, quoted, agreed_total_cents, now)
    stock.reserve(offer_id=checkout.offer_id, quantity=checkout.quantity)
    purchase = _freeze(checkout, quoted, now)
    Checkout.objects.filter(pk=checkout.pk).update(purchase=purchase)
    return purchase


def _changed(
    checkout: Checkout, seen: HeldRate | None, quoted: Quote, agreed_cents: int, now: datetime
) -> PriceChanged:
    """Whose doing it is: by the rate that the buyer saw, the total would be what was agreed to, or not even then."""
    if seen and quoted.rate and quote_by(seen, checkout, now=now).total_cents == agreed_cents:
        return RateChanged(agreed_cents=agreed_cents, total_cents=quoted.total_cents, rate=quoted.rate)
    return PriceChanged(agreed_cents=agreed_cents, total_cents=quoted.total_cents)


def _freeze(checkout: Checkout, quoted: Quote, now: datetime) -> Purchase:
    assert checkout.buyer is not None
    assert checkout.address is not None
    number = new_number()
    amounts = {
        "goods_cents": quoted.goods_cents,
        "shipping_cents": quoted.shipping_cents,
        "total_cents": quoted.total_cents,
    }
    purchase = Purchase.objects.create(
        number=number, reference=reference(number), buyer=checkout.buyer, placed_at=now, **amounts
    )
    order = Order.objects.create(
        purchase=purchase,
        number=f"{number}-1",
        seller=checkout.offer.seller,
        deliver_to=checkout.address.lines(),
        deliver_phone=checkout.address.phone,
        promised_from=quoted.window.earliest,
        promised_until=quoted.window.latest,
        handling_days=checkout.offer.profile.handling_days,
        shipping_name=quoted.method.name,
        is_tracked=quoted.method.is_tracked,
        **amounts,
    )
    OrderLine.objects.create(
        order=order,
        offer=checkout.offer,
        quantity=checkout.quantity,
        unit_cents=quoted.unit_cents,
        total_cents=quoted.goods_cents,
        snapshot=_snapshot(checkout.offer, quoted),
    )
    Event.objects.create(purchase=purchase, at=now, kind="placed", text="You placed the order. The goods are reserved.")
    return purchase


def _snapshot(offer: Offer, quoted: Quote) -> dict[str, object]:
    """The listing as the buyer saw it, for the order page and for any later dispute."""
    product = offer.product
    return {
        "product_slug": product.slug,
        "title": product.title,
        "description": product.description,
        "details": product.details,
        "picture": offer.variant.picture or product.picture,
        "seller": offer.seller.name,
        "price_minor": offer.price_minor,
        "currency": offer.currency,
        **_snapshot_of_rate(quoted.rate),
        "variant": offer.variant.name,
        "ships_from": offer.profile.ships_from,
        "is_import": offer.is_import,
        "handling_days": offer.profile.handling_days,
        "shipping": quoted.method.name,
        "min_days": quoted.method.min_days,
        "max_days": quoted.method.max_days,
        "day_rule": quoted.method.day_rule,
    }


def _snapshot_of_rate(rate: HeldRate | None) -> dict[str, str | None]:
    return {
        "rate": str(rate.kes_per_unit) if rate else None,
        "rate_as_of": rate.as_of.isoformat() if rate else None,
        "rate_source": rate.source if rate else None,
        "rate_quoted_at": rate.quoted_at.isoformat() if rate else None,
        "rate_expires_at": rate.expires_at.isoformat() if rate else None,
    }
