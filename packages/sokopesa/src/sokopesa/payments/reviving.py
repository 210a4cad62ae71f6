"""An order that ended unpaid, and the money that came for it too late: the buyer may have the goods after all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from sokopesa.catalog.delivery import Window
from sokopesa.catalog.errors import SoldOut
from sokopesa.ledger.accounts import escrow
from sokopesa.notices.actions import send
from sokopesa.notices.words import ORDER_REVIVED
from sokopesa.orders.models import OrderLine, Purchase
from sokopesa.orders.reviving import missing, promise, revive_paid
from sokopesa.payments.errors import CannotBeRevived, GoodsGone
from sokopesa.payments.models import Receipt
from sokopesa.payments.signals import changed
from sokopesa.refunds.actions import use
from sokopesa.refunds.models import Refund

_OVER = (Purchase.State.LAPSED, Purchase.State.CANCELLED)
_TOO_LATE = (Refund.Cause.LATE_PAYMENT, Refund.Cause.CANCELLED_PAYMENT)


@dataclass(frozen=True, slots=True)
class Revival:
    """What the buyer may do with a refund: have the order by then, unless ``gone`` says why not."""

    refund: Refund
    arrives: Window
    gone: SoldOut | None


def revival_of(purchase: Purchase, refunds: Iterable[Refund], *, today: date) -> Revival | None:
    """The way back for a purchase that is over, if one of its refunds pays it to the shilling."""
    fitting = next((refund for refund in refunds if _fits(refund, purchase)), None)
    if fitting is None:
        return None
    lines = list(OrderLine.objects.filter(order__purchase=purchase).order_by("id"))
    return Revival(fitting, arrives=promise(lines, on=today), gone=missing(lines))


def _fits(refund: Refund, purchase: Purchase) -> bool:
    return (
        purchase.state in _OVER
        and refund.state in (Refund.State.OWED, Refund.State.RECONCILED)
        and refund.cause in _TOO_LATE
        and refund.amount_cents == purchase.total_cents
    )


@transaction.atomic
def revive(refund: Refund, *, now: datetime) -> Purchase:
    """Pay the order with what we owe back for it. A refund that was used before changes nothing more.

    Raises:
        CannotBeRevived: the refund does not fit, or the order is not over.
        GoodsGone: the goods are sold; the refund stands.
    """
    if refund.purchase_id is None:
        raise CannotBeRevived
    purchase = Purchase.objects.select_for_update(of=("self",)).select_related("buyer").get(pk=refund.purchase_id)
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.state == Refund.State.USED:
        return purchase
    if not _fits(refund, purchase):
        raise CannotBeRevived
    use(refund, into={escrow(order.pk): order.total_cents for order in purchase.orders.all()}, now=now)
    receipt = Receipt.objects.get(code=refund.receipt)
    Receipt.objects.filter(pk=receipt.pk).update(purchase=purchase, unplaced="")
    try:
        revive_paid(
            purchase,
            paid_at=receipt.paid_at,
            words=f"You revived the order with the payment that had come too late, receipt {receipt.code}.",
            now=now,
        )
    except SoldOut as gone:
        raise GoodsGone(str(gone)) from gone
    send(
        to=purchase.buyer.phone,
        text=ORDER_REVIVED.in_sms(purchase.buyer.language, {"order": purchase.number, "receipt": receipt.code}),
        kind="payment",
        key=f"revived:{refund.number}",
    )
    changed([purchase.number])
    purchase.refresh_from_db()
    return purchase
