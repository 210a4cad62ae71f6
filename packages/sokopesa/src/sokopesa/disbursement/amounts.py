"""What is paid out for what is owed. M-PESA pays whole shillings, from KES 10 to KES 250,000 at once."""

from __future__ import annotations

from sokopesa.kernel.money import CENTS
from sokopesa.payouts.models import MOST_CENTS


def payable_cents(owed_cents: int) -> int:
    """Up to the whole shilling; the cents on top are the market's goodwill."""
    return -(-owed_cents // CENTS) * CENTS


def parts(owed_cents: int) -> list[int]:
    """The cents of each payment: one, or as few as M-PESA's limit allows, of nearly the same size, so that none falls
    below the least that it pays out."""
    shillings = payable_cents(owed_cents) // CENTS
    count = -(-shillings * CENTS // MOST_CENTS)
    each, larger = divmod(shillings, count)
    return [(each + (place < larger)) * CENTS for place in range(count)]
