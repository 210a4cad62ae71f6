"""What the buyer reads about a refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.notices.languages import Both
from sokopesa.notices.words import REFUND_OWED
from sokopesa.orders.models import Purchase
from sokopesa.refunds.models import Refund

_WHY: dict[str, Both] = {
    Refund.Cause.FURTHER_PAYMENT: Both("order {order} was paid already", "oda {order} ilikuwa imelipwa"),
    Refund.Cause.LATE_PAYMENT: Both("you paid too late for order {order}", "ulichelewa kulipa oda {order}"),
    Refund.Cause.CANCELLED_PAYMENT: Both(
        "you paid after order {order} was cancelled", "ulilipa baada ya oda {order} kughairiwa"
    ),
    Refund.Cause.OVER_PAYMENT: Both("you paid more than order {order} costs", "ulilipa zaidi ya bei ya oda {order}"),
    Refund.Cause.UNDER_PAYMENT: Both("you paid less than order {order} costs", "ulilipa chini ya bei ya oda {order}"),
    Refund.Cause.UNKNOWN_ACCOUNT: Both(
        "you paid to an account number that is not ours", "ulilipa kwa namba ya akaunti isiyo yetu"
    ),
    Refund.Cause.CANCELLED_ORDER: Both("order {order} was cancelled", "oda {order} imeghairiwa"),
    Refund.Cause.UNSHIPPED: Both("order {order} was not shipped in time", "oda {order} haikutumwa kwa wakati"),
    Refund.Cause.DISPUTE: Both("the dispute on order {order}", "malalamiko ya oda {order}"),
    Refund.Cause.GOODWILL: Both("our goodwill for order {order}", "wema wetu kwa oda {order}"),
}

_ON_PAGES: dict[str, tuple[str, str]] = {
    Refund.Cause.FURTHER_PAYMENT: ("You paid twice", "came when the order was paid already."),
    Refund.Cause.LATE_PAYMENT: ("Your payment came too late", "came when the order had ended unpaid."),
    Refund.Cause.CANCELLED_PAYMENT: ("Your payment came after you cancelled", "came when the order was cancelled."),
    Refund.Cause.OVER_PAYMENT: ("You paid too much", "is more than the {total} that the order costs."),
    Refund.Cause.UNDER_PAYMENT: ("You paid too little", "is less than the {total} that the order costs."),
    Refund.Cause.CANCELLED_ORDER: ("Money back: cancelled", "paid for the order. What was cancelled of it comes back."),
    Refund.Cause.UNSHIPPED: ("Money back: not shipped in time", "paid for the order, which the seller did not ship."),
    Refund.Cause.DISPUTE: ("Money back: dispute", "paid for the order."),
    Refund.Cause.GOODWILL: ("Goodwill", "paid for the order, for which we give you something back."),
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
    goes = "goes" if refund.cause == Refund.Cause.GOODWILL else "goes back"
    returns = f"{_how_much(refund)} {goes} to {_to_whom_and_when(refund)}."
    if refund.state == Refund.State.USED:
        outcome = "You used it for this order."
    elif refund.state == Refund.State.PAID:
        went = "went" if refund.cause == Refund.Cause.GOODWILL else "went back"
        outcome = f"{_how_much(refund)} {went} to {masked(refund.pays_to)}."
    elif refund.waits_for:
        outcome = f"{returns} At present it waits; its steps say why."
    elif refund.purchase.state == Purchase.State.AWAITING_PAYMENT:
        outcome = f"{returns} The order still awaits {total}."
    else:
        outcome = f"{returns} You need not do anything."
    return Explained(refund, title, came, outcome)


def we_owe_you(refund: Refund, language: str = "en") -> str:
    """How much, why, out of which receipt, to which phone and when, in one SMS of 160 characters."""
    return REFUND_OWED.in_sms(language, said_of(refund))


def said_of(refund: Refund) -> dict[str, Any]:
    """What the words of ``REFUND_OWED`` name."""
    about = refund.order or refund.purchase
    number = about.number if about else ""
    return {
        "amount": refund.goes_back_cents,
        "why": Both(*(why.format(order=number) for why in _WHY[refund.cause])),
        "receipt": refund.receipt,
        "payee": refund.msisdn,
        "first": refund.promised_from,
        "last": refund.promised_until,
    }


def _how_much(refund: Refund) -> str:
    whole = format_kes(refund.goes_back_cents)
    return f"{whole}, with {format_kes(refund.topped_up_cents)} of ours," if refund.topped_up_cents else whole


def _to_whom_and_when(refund: Refund) -> str:
    phone = masked(refund.pays_to) if refund.pays_to else "the phone that paid"
    return f"{phone} between {_day(refund.promised_from)} and {_day(refund.promised_until)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
