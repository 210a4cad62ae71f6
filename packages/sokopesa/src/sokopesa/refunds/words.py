"""What the buyer reads about a refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.orders.models import Purchase
from sokopesa.refunds.models import Refund

_WHY: dict[str, str] = {
    Refund.Cause.FURTHER_PAYMENT: "order {order} was paid already",
    Refund.Cause.LATE_PAYMENT: "you paid too late for order {order}",
    Refund.Cause.CANCELLED_PAYMENT: "you paid after order {order} was cancelled",
    Refund.Cause.OVER_PAYMENT: "you paid more than order {order} costs",
    Refund.Cause.UNDER_PAYMENT: "you paid less than order {order} costs",
    Refund.Cause.UNKNOWN_ACCOUNT: "you paid to an account number that is not ours",
    Refund.Cause.CANCELLED_ORDER: "order {order} was cancelled",
    Refund.Cause.UNSHIPPED: "order {order} was not shipped in time",
    Refund.Cause.DISPUTE: "the dispute on order {order}",
}

_ON_PAGES: dict[str, tuple[str, str]] = {
    Refund.Cause.FURTHER_PAYMENT: ("You paid twice", "came when the order was paid already."),
    Refund.Cause.LATE_PAYMENT: ("Your payment came too late", "came when the order had ended unpaid."),
    Refund.Cause.CANCELLED_PAYMENT: ("Your payment came after you cancelled", "came when the order was cancelled."),
    Refund.Cause.OVER_PAYMENT: ("You paid too much", "is more than the {total} that the order costs."),
    Refund.Cause.UNDER_PAYMENT: ("You paid too little", "is less than the {total} that the order costs."),
    Refund.Cause.CANCELLED_ORDER: ("Money back: cancelled", "paid for the order, of which this was cancelled."),
    Refund.Cause.UNSHIPPED: ("Money back: not shipped in time", "paid for the order, which the seller did not ship."),
    Refund.Cause.DISPUTE: ("Money back: dispute", "paid for the order."),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A refund in words for its order's pages: what happened, and what becomes of the money."""

    refund: Refund
    title: str
    why: str
    outcome: str


def explain(refund: Refund) -> Explained:
    """The words for a refund that belongs to an order."""
    assert refund.purchase is not None
    total = format_kes(refund.purchase.total_cents)
    title, why = _ON_PAGES[refund.cause]
    came = f"{format_kes(refund.received_cents)}, receipt {refund.receipt}, {why.format(total=total)}"
    returns = f"{format_kes(refund.amount_cents)} goes back to {_to_whom_and_when(refund)}."
    if refund.state == Refund.State.USED:
        outcome = "You used it for this order."
    elif refund.purchase.state == Purchase.State.AWAITING_PAYMENT:
        outcome = f"{returns} The order still awaits {total}."
    else:
        outcome = f"{returns} You need not do anything."
    return Explained(refund, title, came, outcome)


def we_owe_you(refund: Refund) -> str:
    """How much, why, out of which receipt, to which phone and when, in one SMS of 160 characters."""
    about = refund.order or refund.purchase
    why = _WHY[refund.cause].format(order=about.number if about else "")
    amount, returns = format_kes(refund.amount_cents), _to_whom_and_when(refund)
    return f"We owe you {amount}: {why}, receipt {refund.receipt}. It goes back to {returns}."


def _to_whom_and_when(refund: Refund) -> str:
    phone = masked(refund.msisdn) if refund.msisdn else "the phone that paid"
    return f"{phone} between {_day(refund.promised_from)} and {_day(refund.promised_until)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
