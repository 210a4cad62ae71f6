"""What the buyer reads about a refund."""

from __future__ import annotations

from datetime import date

from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.refunds.models import Refund

_WHY: dict[str, str] = {
    Refund.Cause.FURTHER_PAYMENT: "order {order} was paid already",
    Refund.Cause.LATE_PAYMENT: "you paid too late for order {order}",
    Refund.Cause.CANCELLED_PAYMENT: "you paid after order {order} was cancelled",
    Refund.Cause.OVER_PAYMENT: "you paid more than order {order} costs",
    Refund.Cause.UNDER_PAYMENT: "you paid less than order {order} costs",
    Refund.Cause.UNKNOWN_ACCOUNT: "you paid to an account number that is not ours",
}


def we_owe_you(refund: Refund) -> str:
    """How much, why, out of which receipt, to which phone and when, in one SMS of 160 characters."""
    why = _WHY[refund.cause].format(order=refund.purchase.number if refund.purchase else "")
    phone = masked(refund.msisdn) if refund.msisdn else "the phone that paid"
    return (
        f"We owe you {format_kes(refund.amount_cents)}: {why}, receipt {refund.receipt}. "
        f"It goes back to {phone} between {_day(refund.promised_from)} and {_day(refund.promised_until)}."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
