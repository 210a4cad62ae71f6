"""The ways in which asking for a payment can be refused, in the buyer's words."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes
from sokopesa.payments.models import MOST_CENTS


class AlreadyPaid(Refusal):
    """There is nothing left to pay."""

    def __init__(self) -> None:
        super().__init__("This order is paid. Nothing more is due.")


class AboveLimit(Refusal):
    """M-PESA cannot move that much at once."""

    def __init__(self, total_cents: int) -> None:
        super().__init__(
            f"The total is {format_kes(total_cents)}. M-PESA moves at most {format_kes(MOST_CENTS)} in one payment, "
            "so this order cannot be paid by M-PESA."
        )


class TooManyPrompts(Refusal):
    """A phone is not to be pestered."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            f"That number has been sent several requests in the last {minutes} minutes. "
            "Please wait a few minutes, or use another number."
        )
