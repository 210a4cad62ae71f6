"""Why a buyer cancels. Whose side a reason lies on decides what counts against a seller."""

from __future__ import annotations

from django.db.models import TextChoices


class Reason(TextChoices):
    """The label is what the buyer chooses, said by the buyer."""

    CHANGED_MIND = "changed_mind", "I changed my mind"
    WRONG_VARIANT = "wrong_variant", "I chose the wrong size, colour or quantity"
    WRONG_ADDRESS = "wrong_address", "The delivery address is wrong"
    DUPLICATE_ORDER = "duplicate_order", "I ordered it twice"
    FOUND_CHEAPER = "found_cheaper", "I found it cheaper"
    DELIVERY_TOO_LONG = "delivery_too_long", "Delivery takes too long"
    PAYMENT_PROBLEM = "payment_problem", "Something went wrong with the payment"
    LEVIES_TOO_HIGH = "levies_too_high", "Taxes or levies would be too high"
    SELLER_OUT_OF_STOCK = "seller_out_of_stock", "The seller does not have it"
    SELLER_PRICE_CHANGE = "seller_price_change", "The seller wants more money"
    SELLER_CANNOT_SHIP = "seller_cannot_ship", "The seller cannot ship to my address"
    SELLER_ASKED = "seller_asked", "The seller asked me to cancel"
    SELLER_NO_REPLY = "seller_no_reply", "The seller does not reply"
    OTHER = "other", "Another reason"


class Fault(TextChoices):
    """On whose side a reason lies."""

    BUYER = "buyer", "the buyer's side"
    SELLER = "seller", "the seller's side"


_OF_SELLERS = frozenset(
    {
        Reason.SELLER_OUT_OF_STOCK,
        Reason.SELLER_PRICE_CHANGE,
        Reason.SELLER_CANNOT_SHIP,
        Reason.SELLER_ASKED,
        Reason.SELLER_NO_REPLY,
    }
)

FAULT: dict[str, Fault] = {reason: Fault.SELLER if reason in _OF_SELLERS else Fault.BUYER for reason in Reason}
"""Of each reason. *Another reason* never counts against the seller."""

NEEDS_WORDS = frozenset({Reason.OTHER})
"""Reasons that say nothing by themselves."""
