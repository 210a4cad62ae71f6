"""Turning a quote into a purchase: prices, promises and listings as they stood."""

from __future__ import annotations

from datetime import datetime

from sokopesa.catalog.models import Offer
from sokopesa.catalog.pricing import Rate
from sokopesa.orders.models import Checkout, Event, HeldRate, Order, OrderLine, Purchase
from sokopesa.orders.numbers import new_number, reference
from sokopesa.orders.quotes import Quote, QuotedLine, QuotedParcel
from sokopesa.people.models import Address


def freeze(checkout: Checkout, quoted: Quote, *, now: datetime) -> Purchase:
    """A purchase with an order for each parcel, numbered -1, -2 and so on. The caller has reserved the goods."""
    assert checkout.buyer_id is not None
    assert checkout.address is not None
    number = new_number()
    purchase = Purchase.objects.create(
        number=number,
        reference=reference(number),
        buyer_id=checkout.buyer_id,
        goods_cents=quoted.goods_cents,
        shipping_cents=quoted.shipping_cents,
        total_cents=quoted.total_cents,
        placed_at=now,
    )
    orders = [_order(purchase, parcel, place, checkout.address) for place, parcel in enumerate(quoted.parcels, start=1)]
    Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(
        _line(order, parcel, line)
        for order, parcel in zip(orders, quoted.parcels, strict=True)
        for line in parcel.lines
    )
    Event.objects.create(purchase=purchase, at=now, kind="placed", text="You placed the order. The goods are reserved.")
    return purchase


def _order(purchase: Purchase, parcel: QuotedParcel, place: int, address: Address) -> Order:
    return Order(
        purchase=purchase,
        number=f"{purchase.number}-{place}",
        seller=parcel.seller,
        goods_cents=parcel.goods_cents,
        shipping_cents=parcel.shipping_cents,
        total_cents=parcel.total_cents,
        deliver_to=address.lines(),
        deliver_phone=address.phone,
        promised_from=parcel.window.earliest,
        promised_until=parcel.window.latest,
        handling_days=parcel.profile.handling_days,
        shipping_name=parcel.method.name,
        is_tracked=parcel.method.is_tracked,
    )


def _line(order: Order, parcel: QuotedParcel, line: QuotedLine) -> OrderLine:
    return OrderLine(
        order=order,
        offer=line.offer,
        quantity=line.quantity,
        unit_cents=line.unit_cents,
        total_cents=line.total_cents,
        snapshot=_snapshot(line.offer, parcel),
    )


def _snapshot(offer: Offer, parcel: QuotedParcel) -> dict[str, object]:
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
        **_snapshot_of_rate(parcel.rate),
        "variant": offer.variant.name,
        "ships_from": parcel.profile.ships_from,
        "is_import": parcel.profile.is_import,
        "handling_days": parcel.profile.handling_days,
        "shipping": parcel.method.name,
        "min_days": parcel.method.min_days,
        "max_days": parcel.method.max_days,
        "day_rule": parcel.method.day_rule,
    }


def _snapshot_of_rate(rate: Rate | None) -> dict[str, str | None]:
    promised = rate if isinstance(rate, HeldRate) else None
    return {
        "rate": str(rate.kes_per_unit) if rate else None,
        "rate_as_of": rate.as_of.isoformat() if rate else None,
        "rate_source": rate.source if rate else None,
        "rate_quoted_at": promised.quoted_at.isoformat() if promised else None,
        "rate_expires_at": promised.expires_at.isoformat() if promised else None,
    }
