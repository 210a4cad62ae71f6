"""The ways in which cancelling and disputes can refuse, in the words that a person is shown."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes


class MoreThanIsLeft(Refusal):
    """More was to be given back than is left of the order's money."""

    def __init__(self, left_cents: int) -> None:
        super().__init__(f"At most {format_kes(left_cents)} of this order can be given back.")
