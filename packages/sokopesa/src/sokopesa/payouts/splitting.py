"""What M-PESA does not move at once goes in parts."""

from __future__ import annotations

from sokopesa.payments.models import MOST_CENTS
from sokopesa.payouts.models import LEAST_CENTS


def split(cents: int) -> list[int]:
    """Parts that M-PESA moves, the largest first; together they are ``cents``. No part is below what it pays out.

    Raises:
        ValueError: the amount itself is below that.
    """
    if cents < LEAST_CENTS:
        raise ValueError(f"M-PESA pays out no {cents} cents")
    whole, rest = divmod(cents, MOST_CENTS)
    parts = [MOST_CENTS] * whole
    if 0 < rest < LEAST_CENTS:
        parts[-1] -= LEAST_CENTS - rest
        rest = LEAST_CENTS
    return [*parts, rest] if rest else parts
