"""Giving back money of an order that was paid for. Nothing else takes money out of an order's escrow for its buyer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.aftersale.errors import MoreThanIsLeft
from sokopesa.ledger.accounts import escrow
from sokopesa.orders import clocks
from sokopesa.orders.changing import save
from sokopesa.orders.models import Clock, Order
from sokopesa.payments.models import Receipt
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund


@transaction.atomic
def give_back(order: Order, *, cents: int, cause: Refund.Cause, key: str, now: datetime) -> Refund | None:
    """Owe the buyer so much of what was paid for the order, which the caller has locked. ``key`` says why, and is paid
    once: None when it was before. ``now`` is when it was decided, from which the promise counts.

    Raises:
        MoreThanIsLeft: less than that of the order's money is left.
    """
    if not 0 < cents <= left_cents(order):
        raise MoreThanIsLeft(left_cents(order))
    receipt = Receipt.objects.get(purchase=order.purchase_id)
    owed = owe(
        [
            Debt(
                key=key,
                cause=cause,
                purchase_id=order.purchase_id,
                order_id=order.pk,
                receipt=receipt.code,
                amount_cents=cents,
                received_cents=receipt.amount_cents,
                msisdn=receipt.msisdn,
                from_account=escrow(order.pk),
                happened_at=now,
            )
        ],
        now=now,
    )
    if not owed:
        return None
    order.refunded_cents += cents
    save(order, "refunded_cents")
    return owed[0]


def end_if_all_is_back(order: Order) -> bool:
    """An order from which something was shipped, and of whose money nothing is left, is refunded, unless a dispute is
    open about it: there is nothing to pay its seller, and no deadline runs. The caller has locked it."""
    if order.disputed or order.state == Order.State.CANCELLED or left_cents(order):
        return False
    order.state = Order.State.REFUNDED
    save(order, "state")
    clocks.stop(order, *Clock.Kind)
    return True


def left_cents(order: Order) -> int:
    """What of the order's money was not given back yet."""
    return order.total_cents - order.refunded_cents
