"""The ways in which asking for a payment, and reviving an order, can be refused, in the buyer's words."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes
from sokopesa.payments.models import MOST_CENTS


class AlreadyPaid(Refusal):
    """There is nothing left to pay."""

    def __init__(self) -> None:
        super().__init__("This order is paid. Nothing more is due.")


class NotPaidInTime(Refusal):
    """The goods are back on the shelf."""

    def __init__(self) -> None:
        super().__init__(
            "This order was not paid in time, so its goods went back to the shelf. Please order them again."
        )


class OrderCancelled(Refusal):
    """The buyer wanted it no longer."""

    def __init__(self) -> None:
        super().__init__("You cancelled this order. Please order the goods again.")


class CannotBeRevived(Refusal):
    """The refund does not pay the order to the shilling, or the order is not over."""

    def __init__(self) -> None:
        super().__init__("This order cannot be revived with that refund. The money comes back to you as promised.")


class GoodsGone(Refusal):
    """Somebody else bought them. ``why`` is the catalogue's sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} So the order cannot be revived. The money comes back to you as promised.")


class AboveLimit(Refusal):
    """M-PESA cannot move that much at once."""

    def __init__(self, total_cents: int, *, most_cents: int = MOST_CENTS) -> None:
        super().__init__(
            f"The total is {format_kes(total_cents)}. M-PESA moves at most {format_kes(most_cents)} in one payment, "
            "so this order cannot be paid by M-PESA."
        )


class TooManyPrompts(Refusal):
    """A phone is not to be pestered."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            f"Several requests were sent in the last {minutes} minutes. Please wait a few minutes and try again."
        )
