"""What the buyer is told about a prompt: what is known, and what to do next, in words of our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.orders.models import Purchase
from sokopesa.payments.charges import paybill_charge
from sokopesa.payments.models import Prompt, Receipt

Tone = Literal["wait", "good", "bad", "unsure"]

NO_ANSWER_AFTER = timedelta(seconds=75)
"""M-PESA shows a prompt for about a minute; after this we say that we are asking instead of waiting."""


@dataclass(frozen=True, slots=True)
class Telling:
    """``body`` is what is known, ``steps`` what to do. ``may_retry`` only once M-PESA has spoken."""

    tone: Tone
    title: str
    body: tuple[str, ...]
    steps: tuple[str, ...] = ()
    may_retry: bool = False
    is_final: bool = False
    checked_at: datetime | None = None
    next_check_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    why: str
    steps: tuple[str, ...]


_NOTHING_TAKEN = "Nothing was taken from your M-PESA account."
_TRY_AGAIN = "When you are ready, send the request again."

_REFUSED: dict[str, _Words] = {
    "1": _Words(
        "Not enough money in M-PESA",
        "Your M-PESA balance does not cover the amount and M-PESA's charge.",
        ("Top up your M-PESA account, or pay from another number.", _TRY_AGAIN),
    ),
    "2": _Words("The amount is too small for M-PESA", "M-PESA does not move so little.", ("Choose more pieces.",)),
    "3": _Words(
        "The amount is too large for M-PESA", "M-PESA moves at most KES 250,000 at once.", ("Choose fewer pieces.",)
    ),
    "4": _Words(
        "Your daily M-PESA limit is reached",
        "M-PESA moves at most KES 500,000 a day from one number, and this payment would go beyond it.",
        ("Pay tomorrow, or from another number. The order stays open.",),
    ),
    "11": _Words(
        "That M-PESA account is not active",
        "M-PESA says that the account on this number cannot pay at the moment.",
        ("Call Safaricom on 100 (prepaid) or 200 (postpaid), or pay from another number.",),
    ),
    "17": _Words(
        "M-PESA saw the same amount twice",
        "M-PESA refuses the same amount from one number within two minutes.",
        ("Wait two minutes, then send the request again.",),
    ),
    "1001": _Words(
        "Your phone is busy with another M-PESA request",
        "M-PESA handles one request at a time for each number.",
        (
            "Answer or close the other M-PESA message or menu on the phone.",
            "Wait a minute, then send the request again.",
        ),
    ),
    "1019": _Words(
        "The request expired",
        "No PIN reached M-PESA in time.",
        ("Have the phone at hand and unlocked.", _TRY_AGAIN),
    ),
    "1025": _Words(
        "M-PESA could not show the request",
        "M-PESA could not deliver the message to the phone.",
        ("Wait a minute, then send the request again.", "If it fails again, pay from another number."),
    ),
    "1032": _Words(
        "You cancelled the request",
        "The request was cancelled on the phone, or left unanswered.",
        (_TRY_AGAIN, "If you did not cancel it, have the phone at hand and answer within a minute."),
    ),
    "1037": _Words(
        "Your phone could not be reached",
        "It may be off, out of coverage, or its SIM card too old for M-PESA requests.",
        (
            "Switch the phone on, unlock it and check its network.",
            "Still no request? Dial *234# to update the SIM card, or call 100.",
            _TRY_AGAIN,
        ),
    ),
    "2001": _Words(
        "The M-PESA PIN was wrong",
        "M-PESA did not accept the PIN. We never see it.",
        ("Send the request again and type the PIN with care: three wrong PINs lock M-PESA.",),
    ),
    "8006": _Words(
        "Your M-PESA PIN is locked",
        "M-PESA locks the PIN after several wrong ones.",
        ("Call Safaricom on 100 (prepaid) or 200 (postpaid) to unlock it, or pay from another number.",),
    ),
    Prompt.Ending.CREDENTIALS: _Words(
        "We cannot take M-PESA payments at the moment",
        "The fault is ours, not yours or your phone's. Our team has been told.",
        ("Please come back a little later. Your order stays open under My Orders.",),
    ),
    Prompt.Ending.BUSY: _Words(
        "M-PESA is very busy",
        "M-PESA turned the request away before it reached your phone.",
        ("Wait a minute, then send the request again.",),
    ),
    Prompt.Ending.DOWN: _Words(
        "M-PESA cannot be reached",
        "We could not connect to M-PESA, so no request was sent to your phone.",
        ("Try again in a few minutes. Your order stays open under My Orders.",),
    ),
    Prompt.Ending.REJECTED: _Words(
        "M-PESA did not accept the request",
        "M-PESA did not send the request to this number.",
        ("Check that the number is right and registered for M-PESA.", "Send the request again, or use another number."),
    ),
    Prompt.Ending.NOT_FOUND: _Words(
        "M-PESA has no payment for this order",
        "The request ended, or never reached the phone, and M-PESA lists no payment.",
        (
            "If your phone says that you paid, wait: the payment counts for this order as soon as M-PESA lists it.",
            "Otherwise, when you are ready, send the request again.",
        ),
    ),
    Prompt.Ending.WITHDRAWN: _Words(
        "The request was not sent",
        "You cancelled the order before the request left for the phone.",
        ("Please order the goods again if you still want them.",),
    ),
}
_REFUSED["1031"] = _REFUSED["1032"]
_REFUSED["1036"] = _REFUSED["1037"]
_REFUSED["9999"] = _REFUSED["1101"] = _REFUSED["1102"] = _REFUSED["1025"]
_REFUSED["26"] = _REFUSED[Prompt.Ending.BUSY]

_OTHERWISE = _Words(
    "The payment did not go through",
    "M-PESA ended the request without payment.",
    (_TRY_AGAIN, "If it happens again, pay from another number or call Safaricom on 100."),
)


def tell(prompt: Prompt, *, now: datetime, money_came: bool = False) -> Telling:
    """The buyer's words for the prompt as it stands. ``money_came`` says that a payment came all the same, which did
    not fit and of which the page tells elsewhere."""
    match prompt.state:
        case Prompt.State.PAID:
            return tell_paid(prompt.receipt)
        case Prompt.State.REFUSED:
            words = _REFUSED.get(prompt.code, _OTHERWISE)
            sure = not money_came and prompt.code != Prompt.Ending.NOT_FOUND
            return Telling(
                tone="bad",
                title=words.title,
                body=(words.why, _NOTHING_TAKEN) if sure else (words.why,),
                steps=words.steps,
                may_retry=True,
                is_final=True,
            )
        case Prompt.State.UNKNOWN:
            return _unsure(prompt)
        case Prompt.State.REQUESTED:
            return Telling(
                tone="wait",
                title="Sending the request to your phone",
                body=(f"We are asking M-PESA to reach {masked(prompt.msisdn)}.",),
            )
        case _:
            return _unsure(prompt) if _overdue(prompt, now) else _waiting(prompt, now)


def tell_ended(purchase: Purchase, prompt: Prompt | None, *, money_came: bool) -> Telling | None:
    """The buyer's words for a purchase that was cancelled or not paid in time; None for any other.

    ``money_came`` says that a payment came all the same, of which the page tells elsewhere.
    """
    match purchase.state:
        case Purchase.State.CANCELLED:
            return _tell_cancelled(prompt, money_came=money_came)
        case Purchase.State.LAPSED:
            return _tell_lapsed(money_came=money_came)
    return None


def _tell_lapsed(*, money_came: bool) -> Telling:
    more = () if money_came else ("Money that M-PESA still brings for it comes back to you.",)
    return Telling(
        tone="bad",
        title="This order was not paid in time",
        body=("Its goods went back to the shelf.", *more),
        steps=("Please order the goods again.",),
        is_final=True,
    )


def _tell_cancelled(prompt: Prompt | None, *, money_came: bool) -> Telling:
    """A request on a phone cannot be called back."""
    title = "You cancelled this order"
    if prompt and prompt.is_live:
        body, steps = _still_on_the_phone(prompt)
        return Telling(tone="unsure", title=title, body=body, steps=steps)
    sure = not money_came and not (prompt and prompt.code in ("0", Prompt.Ending.NOT_FOUND))
    return Telling(
        tone="bad",
        title=title,
        body=("Its goods went back to the shelf.", *((_NOTHING_TAKEN,) if sure else ())),
        steps=("If you still want the goods, please order them again.",),
        is_final=True,
    )


def _still_on_the_phone(prompt: Prompt) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if prompt.code == "0":
        return (
            ("M-PESA says that the request had been paid. The money comes back to you.",),
            ("You need not do anything. We send you an SMS as soon as M-PESA's receipt is here.",),
        )
    return (
        (f"The M-PESA request to {masked(prompt.msisdn)} cannot be called back.",),
        ("Do not enter your PIN. Close the request on the phone.", "If you entered it, the money comes back to you."),
    )


def _overdue(prompt: Prompt, now: datetime) -> bool:
    return prompt.sent_at is not None and now > prompt.sent_at + NO_ANSWER_AFTER


def _waiting(prompt: Prompt, now: datetime) -> Telling:
    charge = paybill_charge(prompt.amount_cents, on=nairobi_date(now))
    return Telling(
        tone="wait",
        title="Check your phone",
        body=(
            f"We sent an M-PESA request for {format_kes(prompt.amount_cents)} to {masked(prompt.msisdn)}.",
            "M-PESA adds its own charge to it." if charge.buyer_cents else "No M-PESA charge for you.",
        ),
        steps=("Enter your M-PESA PIN on the phone, never on this page.", "Stay here: this page changes by itself."),
    )


def tell_paid(receipt: Receipt) -> Telling:
    """The buyer's words for a purchase that is paid, whether by prompt or by hand."""
    source = f" from {masked(receipt.msisdn)}" if receipt.msisdn else ""
    return Telling(
        tone="good",
        title="Paid. Thank you!",
        body=(f"M-PESA confirmed your payment of {format_kes(receipt.amount_cents)}{source}.",),
        is_final=True,
    )


def _unsure(prompt: Prompt) -> Telling:
    body: tuple[str, ...]
    if prompt.code == "0":
        title = "M-PESA says you have paid"
        body = ("We are waiting for the receipt to complete your order. Please do not pay again.",)
    elif prompt.code == "1037":
        title = "M-PESA could not reach your phone"
        body = (
            "It may be off, out of coverage, or slow. The request may still arrive.",
            "We are asking M-PESA to make sure that nothing was taken before you try again.",
        )
    else:
        title = "We are checking with M-PESA"
        body = (
            f"M-PESA has not told us yet how the request to {masked(prompt.msisdn)} ended.",
            "If you entered your PIN, you need not do anything. Please do not pay again.",
        )
    asked = prompt.last_asked_at
    said = (f"We last asked M-PESA at {asked.astimezone(EAT):%H:%M:%S} and ask again by ourselves.",) if asked else ()
    return Telling(
        tone="unsure",
        title=title,
        body=body + said,
        steps=("You can leave this page. We send you an SMS when M-PESA confirms, and My Orders shows it.",),
        checked_at=asked,
        next_check_at=prompt.next_ask_at,
    )
