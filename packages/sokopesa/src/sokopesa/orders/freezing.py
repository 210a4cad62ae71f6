"""Turning a quote into a purchase: prices, promises and listings as they stood."""

from __future__ import annotations

import json
from datetime import datetime

from sokopesa.catalog.models import Offer
from sokopesa.catalog.pricing import Rate
from sokopesa.kernel.database import fetch
from sokopesa.orders.models import Checkout, HeldRate, Order, Purchase
from sokopesa.orders.numbers import new_number, reference
from sokopesa.orders.quotes import Quote, QuotedLine, QuotedParcel

_FREEZE = """
WITH purchase AS (
    INSERT INTO orders_purchase
        (number, reference, buyer_id, state, goods_cents, shipping_cents, total_cents, placed_at)
    VALUES (%(number)s, %(reference)s, %(buyer)s, %(state)s, %(goods)s, %(shipping)s, %(total)s, %(now)s)
    RETURNING id
), orders AS (
    INSERT INTO orders_order
        (purchase_id, number, seller_id, state, goods_cents, shipping_cents, total_cents, deliver_to, deliver_phone,
        promised_from, promised_until, handling_days, shipping_name, is_tracked)
    SELECT purchase.id, parcel.number, parcel.seller_id, %(order_state)s, parcel.goods_cents, parcel.shipping_cents,
        parcel.goods_cents + parcel.shipping_cents, %(deliver_to)s::jsonb, %(deliver_phone)s, parcel.promised_from,
        parcel.promised_until, parcel.handling_days, parcel.shipping_name, parcel.is_tracked
    FROM purchase, jsonb_to_recordset(%(parcels)s::jsonb) AS parcel(
        number text, seller_id bigint, goods_cents bigint, shipping_cents bigint, promised_from date,
        promised_until date, handling_days smallint, shipping_name text, is_tracked boolean
    )
    RETURNING id, number
), lines AS (
    INSERT INTO orders_orderline (order_id, offer_id, quantity, unit_cents, total_cents, snapshot)
    SELECT orders.id, line.offer_id, line.quantity, line.unit_cents, line.quantity * line.unit_cents, line.snapshot
    FROM orders JOIN jsonb_to_recordset(%(lines)s::jsonb) AS line(
        place bigint, number text, offer_id bigint, quantity smallint, unit_cents bigint, snapshot jsonb
    ) USING (number)
    ORDER BY line.place
), told AS (
    INSERT INTO orders_event (purchase_id, at, kind, text) SELECT id, %(now)s, 'placed', %(words)s FROM purchase
), placed AS (
    UPDATE orders_checkout SET purchase_id = purchase.id, place_key = %(key)s
    FROM purchase WHERE orders_checkout.id = %(checkout)s
), taken AS (
    DELETE FROM orders_basketitem USING orders_basket
    WHERE %(from_basket)s AND orders_basket.buyer_id = %(buyer)s AND basket_id = orders_basket.id
        AND offer_id = ANY (%(offers)s)
)
SELECT id FROM purchase
"""
"""One statement, because checkout is where a shop is slow if it is slow."""


def freeze(checkout: Checkout, quoted: Quote, *, key: str = "", now: datetime) -> Purchase:
    """A purchase with an order for each parcel, numbered -1, -2 and so on. The checkout is placed by it, and what came
    from the buyer's basket leaves it. The caller has reserved the goods. ``key`` is kept with the checkout."""
    assert checkout.buyer_id is not None
    assert checkout.address is not None
    number = new_number()
    purchase = Purchase(
        number=number,
        reference=reference(number),
        buyer_id=checkout.buyer_id,
        state=Purchase.State.AWAITING_PAYMENT,
        goods_cents=quoted.goods_cents,
        shipping_cents=quoted.shipping_cents,
        total_cents=quoted.total_cents,
        placed_at=now,
    )
    numbered = [(f"{number}-{place}", parcel) for place, parcel in enumerate(quoted.parcels, start=1)]
    lines = [_line(each, parcel, line) for each, parcel in numbered for line in parcel.lines]
    frozen = {
        "number": number,
        "reference": purchase.reference,
        "buyer": purchase.buyer_id,
        "state": purchase.state,
        "goods": purchase.goods_cents,
        "shipping": purchase.shipping_cents,
        "total": purchase.total_cents,
        "now": now,
        "order_state": Order.State.AWAITING_PAYMENT.value,
        "deliver_to": json.dumps(checkout.address.lines()),
        "deliver_phone": checkout.address.phone,
        "parcels": json.dumps([_order(each, parcel) for each, parcel in numbered]),
        "lines": json.dumps([{"place": place, **line} for place, line in enumerate(lines)]),
        "words": "You placed the order. The goods are reserved.",
        "checkout": checkout.pk,
        "key": key,
        "from_basket": checkout.from_basket,
        "offers": [line.offer.pk for line in quoted.lines],
    }
    ((purchase.pk,),) = fetch(_FREEZE, frozen, often=True)
    return purchase


def _order(number: str, parcel: QuotedParcel) -> dict[str, object]:
    return {
        "number": number,
        "seller_id": parcel.seller.pk,
        "goods_cents": parcel.goods_cents,
        "shipping_cents": parcel.shipping_cents,
        "promised_from": parcel.window.earliest.isoformat(),
        "promised_until": parcel.window.latest.isoformat(),
        "handling_days": parcel.profile.handling_days,
        "shipping_name": parcel.method.name,
        "is_tracked": parcel.method.is_tracked,
    }


def _line(number: str, parcel: QuotedParcel, line: QuotedLine) -> dict[str, object]:
    return {
        "number": number,
        "offer_id": line.offer.pk,
        "quantity": line.quantity,
        "unit_cents": line.unit_cents,
        "snapshot": _snapshot(line.offer, parcel),
    }


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
