"""Which purchases a payment without a home may have been meant for. A proposal only proposes: nothing is moved here.

Candidates come from indexes alone: references near to what was typed, by head or tail (`sokopesa.payments.slips`);
order numbers or phone numbers typed instead; orders of the payer's phone; and, of the newest unpaid orders, those that
cost as much.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import PhoneRefused, normalise
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import REFERENCE_LENGTH, read_reference
from sokopesa.payments import slips
from sokopesa.payments.models import LivePrompt, Receipt

LOOK_BACK = timedelta(days=7)
"""Orders of the payer's phone that are older than this are not what was meant."""

FRESH = timedelta(hours=24)
"""An order placed within this time before the payment, and not paid, may be what was meant by its amount alone."""

CLOCK_SLACK = timedelta(minutes=5)
"""M-PESA's clock may be behind ours by this much."""

NEWEST_UNPAID = 2_000
"""How many of the newest unpaid orders are compared by amount."""

AT_MOST = 2_000
"""Rows that each way of looking may bring."""

NUMBER_LENGTH = 16
SHOWN = 8
SHOWN_BY_AMOUNT = 3
"""Orders for which nothing but amount and time speak are shown only where no better one is known, and so many."""
WEIGHTS = {
    "exact": 60,
    "alike": 55,
    "near": 48,
    "far": 34,
    "phone": 25,
    "typed phone": 45,
    "prompt": 30,
    "amount": 20,
    "fresh": 10,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A purchase that may have been meant. ``score`` is 1 to 100; ``reasons`` are sentences that say where it comes
    from; ``obstacle`` says why the money cannot be placed there, if it cannot."""

    purchase: Purchase
    score: int
    reasons: tuple[str, ...]
    obstacle: str


def propose_for(receipt: Receipt) -> list[Proposal]:
    """At most `SHOWN` purchases, those that can be paid with the receipt first, then by score. Three queries, however
    many orders there are."""
    ways = _candidates(receipt)
    known = Purchase.objects.select_related("buyer").filter(placed_at__lt=receipt.paid_at + CLOCK_SLACK)
    purchases = list(known.filter(id__in=ways))
    live = purchases_being_asked(purchases)
    better: list[Proposal] = []
    by_amount: list[Proposal] = []
    for purchase in purchases:
        score, reasons = _weigh(receipt, purchase, ways[purchase.pk])
        why_not = obstacle(purchase, receipt, being_asked=purchase.pk in live)
        if reasons:
            found = by_amount if ways[purchase.pk] == {"amount"} else better
            found.append(Proposal(purchase, score, reasons, why_not))
    better.sort(key=_best_first)
    if any(not proposal.obstacle for proposal in better):
        return better[:SHOWN]
    by_amount.sort(key=_best_first)
    return sorted(by_amount[:SHOWN_BY_AMOUNT] + better, key=_best_first)[:SHOWN]


def _best_first(proposal: Proposal) -> tuple[bool, int, float]:
    return bool(proposal.obstacle), -proposal.score, -proposal.purchase.placed_at.timestamp()


def case_for(receipt: Receipt, purchase: Purchase) -> Proposal:
    """What speaks for this purchase, which somebody has chosen; perhaps nothing does."""
    score, reasons = _weigh(receipt, purchase, _candidates(receipt).get(purchase.pk, set()))
    being_asked = purchase.pk in purchases_being_asked([purchase])
    return Proposal(purchase, score, reasons, obstacle(purchase, receipt, being_asked=being_asked))


def purchases_being_asked(purchases: list[Purchase]) -> set[int]:
    """Ids of those with a live prompt, which may still be paid or may have been paid."""
    live = LivePrompt.objects.filter(purchase__in=purchases)
    return set(live.values_list("purchase_id", flat=True))


def obstacle(purchase: Purchase, receipt: Receipt, *, being_asked: bool) -> str:
    """Why the receipt's money cannot pay the purchase, in a sentence; empty if it can."""
    if purchase.state == Purchase.State.PAID:
        return "This order is paid already."
    if purchase.state != Purchase.State.AWAITING_PAYMENT:
        return "This order awaits no payment any more."
    if purchase.total_cents != receipt.amount_cents:
        costs, paid = format_kes(purchase.total_cents), format_kes(receipt.amount_cents)
        return f"This order costs {costs}, and the payment is {paid}."
    if being_asked:
        return "A request to pay for this order is still open on a phone. Wait until it has ended."
    return ""


def _candidates(receipt: Receipt) -> dict[int, set[str]]:
    """Ids of purchases, each with the ways in which it was found."""
    typed = read_reference(receipt.account)
    near = len(typed) in range(REFERENCE_LENGTH - slips.MOST_SLIPS, REFERENCE_LENGTH + slips.MOST_SLIPS + 1)
    lowest, highest = slips.heads(typed) if near else ("", "")
    low_number, high_number = _number_range(receipt)
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK_UP,
            {
                "tails": sorted(slips.tails(typed)) if near else [],
                "lowest": lowest,
                "highest": highest,
                "windows": _windows(typed, REFERENCE_LENGTH),
                "numbers": _numbers(receipt),
                "low_number": low_number,
                "high_number": high_number,
                "phones": sorted(_phones(receipt)),
                "cents": receipt.amount_cents,
                "until": receipt.paid_at + CLOCK_SLACK,
                "since": receipt.paid_at - LOOK_BACK,
                "fresh_since": receipt.paid_at - FRESH,
                "newest_unpaid": NEWEST_UNPAID,
                "at_most": AT_MOST,
            },
        )
        found: dict[int, set[str]] = {}
        for purchase_id, way in cursor.fetchall():
            found.setdefault(purchase_id, set()).add(way)
    return found


_LOOK_UP = """
(SELECT id, 'typed' FROM orders_purchase
 WHERE right(reference, 5) = ANY(%(tails)s::text[]) LIMIT %(at_most)s)
UNION ALL
(SELECT id, 'typed' FROM orders_purchase
 WHERE reference BETWEEN %(lowest)s AND %(highest)s LIMIT %(at_most)s)
UNION ALL
(SELECT id, 'typed' FROM orders_purchase WHERE reference = ANY(%(windows)s::text[]) LIMIT %(at_most)s)
UNION ALL
(SELECT id, 'typed' FROM orders_purchase WHERE number = ANY(%(numbers)s::text[]) LIMIT %(at_most)s)
UNION ALL
(SELECT id, 'typed' FROM orders_purchase WHERE number BETWEEN %(low_number)s AND %(high_number)s LIMIT %(at_most)s)
UNION ALL
(SELECT bought.id, 'phone' FROM people_user buyer CROSS JOIN LATERAL (
    SELECT id FROM orders_purchase WHERE buyer_id = buyer.id AND placed_at BETWEEN %(since)s AND %(until)s
    ORDER BY placed_at DESC, id DESC LIMIT 50
 ) AS bought WHERE buyer.phone = ANY(%(phones)s::text[]))
UNION ALL
(SELECT purchase_id, 'prompt' FROM payments_prompt
 WHERE msisdn = ANY(%(phones)s::text[]) AND requested_at BETWEEN %(since)s AND %(until)s
 ORDER BY requested_at DESC LIMIT 50)
UNION ALL
(SELECT purchase_id, 'amount' FROM (
    SELECT purchase_id FROM orders_awaitingpayment WHERE placed_at BETWEEN %(fresh_since)s AND %(until)s
    ORDER BY placed_at DESC LIMIT %(newest_unpaid)s
 ) AS newest
 WHERE (SELECT total_cents FROM orders_purchase WHERE id = newest.purchase_id) = %(cents)s LIMIT 50)
"""


def _windows(text: str, length: int) -> list[str]:
    """Every run of ``length`` characters in a longer text, such as a reference with a word before it."""
    return [text[at : at + length] for at in range(len(text) - length + 1)]


def _phones(receipt: Receipt) -> set[str]:
    """The payer's phone where M-PESA tells it, and a phone number typed as the account number."""
    try:
        typed = {normalise(receipt.account)}
    except PhoneRefused:
        typed = set()
    return typed | ({receipt.msisdn} if receipt.msisdn else set())


def _digits(receipt: Receipt) -> str:
    """The digits in which an order number may be hidden."""
    return re.sub(r"\D", "", receipt.account)


def _numbers(receipt: Receipt) -> list[str]:
    """Order numbers that may have been typed: those in the digits, and those one slip away from them."""
    digits = _digits(receipt)
    slipped: set[str] = set()
    if len(digits) in (NUMBER_LENGTH - 1, NUMBER_LENGTH, NUMBER_LENGTH + 1):
        for at in range(len(digits) + 1):
            slipped.add(digits[:at] + digits[at + 1 :])
            slipped.add(digits[:at] + digits[at : at + 2][::-1] + digits[at + 2 :])
            slipped.update(digits[:at] + other + digits[at:] for other in "0123456789")
            slipped.update(digits[:at] + other + digits[at + 1 :] for other in "0123456789")
    return sorted({*_windows(digits, NUMBER_LENGTH), *(text for text in slipped if len(text) == NUMBER_LENGTH)})


def _number_range(receipt: Receipt) -> tuple[str, str]:
    """The order numbers that begin with the typed digits: many menus cut an account number off at 12 characters."""
    digits = _digits(receipt)
    if not 10 <= len(digits) < NUMBER_LENGTH:
        return "", ""
    missing = NUMBER_LENGTH - len(digits)
    return digits + "0" * missing, digits + "9" * missing


def _weigh(receipt: Receipt, purchase: Purchase, ways: set[str]) -> tuple[int, tuple[str, ...]]:
    score, reasons = 0, []
    if meant := _what_was_typed(receipt, purchase):
        score, reasons = WEIGHTS[meant[0]], [meant[1]]
    if purchase.buyer.phone == receipt.msisdn:
        score += WEIGHTS["phone"]
        reasons.append("The payer's phone is the buyer's.")
    elif "phone" in ways:
        score += WEIGHTS["typed phone"]
        reasons.append("The buyer's phone number was typed as the account number.")
    elif "prompt" in ways:
        score += WEIGHTS["prompt"]
        reasons.append("We asked the phone to pay for this order before.")
    same_amount = receipt.amount_cents == purchase.total_cents
    fresh = receipt.paid_at - FRESH <= purchase.placed_at <= receipt.paid_at + CLOCK_SLACK
    if not reasons and not (same_amount and "amount" in ways):
        return 0, ()
    if same_amount:
        score += WEIGHTS["amount"]
        reasons.append(f"It costs exactly {format_kes(receipt.amount_cents)}.")
    if fresh:
        score += WEIGHTS["fresh"]
        minutes = max(0, int((receipt.paid_at - purchase.placed_at).total_seconds() // 60))
        reasons.append(f"It was placed {_ago(minutes)} before the payment.")
    return min(score, 100), tuple(reasons)


def _what_was_typed(receipt: Receipt, purchase: Purchase) -> tuple[str, str] | None:
    """How what was typed leads to the purchase: the weight's name, and the reason."""
    typed = read_reference(receipt.account)
    meant = purchase.reference
    if purchase.number in _digits(receipt):
        return "exact", "The payer gave the order number instead of the reference."
    if typed and meant in typed:
        return "exact", f"What was typed contains the reference {meant}."
    edits = slips.distance(typed, meant) if typed else slips.MOST_SLIPS + 1
    if edits <= slips.MOST_SLIPS:
        words = slips.describe(typed, meant)
        weight = "alike" if "alike" in words else "near" if edits == 1 else "far"
        return weight, f"“{typed}” is near the reference {meant}: {words}."
    digits = _digits(receipt)
    if len(digits) >= NUMBER_LENGTH - 1 and slips.distance(digits, purchase.number) == 1:
        words = slips.describe(digits, purchase.number)
        return "near", f"The payer gave the order number {purchase.number} with a slip: {words}."
    if 10 <= len(digits) < NUMBER_LENGTH and purchase.number.startswith(digits):
        return "near", f"The payer gave the first {len(digits)} digits of the order number."
    return None


def _ago(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = minutes // 60
    return f"{hours} hour{'' if hours == 1 else 's'}"
