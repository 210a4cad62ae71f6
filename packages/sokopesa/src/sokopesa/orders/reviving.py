"""Orders that were over and are paid after all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from sokopesa.catalog import stock
from sokopesa.catalog.delivery import Window, estimate
from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.kernel.clock import nairobi_date
from sokopesa.orders.actions import note
from sokopesa.orders.models import Order, OrderLine, Purchase


@transaction.atomic
def revive_paid(purchase: Purchase, *, paid_at: datetime, words: str, now: datetime) -> None:
    """Take the goods off the shelf again; the orders await shipment, promised anew from today. ``paid_at`` is
    M-PESA's clock, ``words`` the timeline's sentence.

    The caller has locked the purchase, and used a refund for it, without which the database refuses this.

    Raises:
        sokopesa.catalog.errors.SoldOut: the goods are gone.
    """
    orders = list(Order.objects.select_for_update().filter(purchase=purchase).order_by("id"))
    lines = list(OrderLine.objects.filter(order__in=orders).order_by("offer_id"))
    stock.reserve_all({line.offer_id: line.quantity for line in lines})
    for order in orders:
        promised = promise([line for line in lines if line.order_id == order.pk], on=nairobi_date(now))
        order.state = Order.State.AWAITING_SHIPMENT
        order.promised_from, order.promised_until = promised.earliest, promised.latest
    Order.objects.bulk_update(orders, ["state", "promised_from", "promised_until"])
    Purchase.objects.filter(pk=purchase.pk).update(state=Purchase.State.PAID, paid_at=paid_at)
    note([(purchase.pk, now, "revived", words)])


def promise(lines: Sequence[OrderLine], *, on: date) -> Window:
    """When these lines arrive if they are paid on that day, by the estimates in the listings as they were bought."""
    windows = [
        estimate(
            on=on,
            handling_days=line.snapshot.get("handling_days", 0),  # older orders have it in their days
            **{name: line.snapshot[name] for name in ("min_days", "max_days", "day_rule")},
        )
        for line in lines
    ]
    return Window(max(each.earliest for each in windows), max(each.latest for each in windows))


def missing(lines: Sequence[OrderLine]) -> SoldOut | None:
    """Why these lines cannot be had again; None if they can, as far as one query tells."""
    offers = Offer.objects.select_related("product", "seller").in_bulk([line.offer_id for line in lines])
    refusals = (stock.missing(offers[line.offer_id], line.quantity) for line in lines)
    return next((gone for gone in refusals if gone), None)
