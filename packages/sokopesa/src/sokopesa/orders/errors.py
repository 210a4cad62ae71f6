"""The ways in which checkout and cancelling can refuse, in the buyer's words."""

from __future__ import annotations

from sokopesa.catalog.pricing import Rate
from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes, format_rate


class NotForSale(Refusal):
    """The offer was withdrawn."""

    def __init__(self) -> None:
        super().__init__("This seller has withdrawn the offer. Please choose another seller.")


class QuantityRefused(Refusal):
    """Not a number of pieces that one can buy."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Please choose a quantity from 1 to {most}.")


class NotReady(Refusal):
    """A step of the checkout is still open; ``step`` says which."""

    def __init__(self, step: str) -> None:
        super().__init__("Please finish this step first.")
        self.step = step


class PriceChanged(Refusal):
    """The total is no longer what the buyer saw. Nothing was asked of the phone."""

    def __init__(
        self, *, agreed_cents: int, total_cents: int, why: str = "The price has changed since you saw it"
    ) -> None:
        super().__init__(
            f"{why}: the total is now {format_kes(total_cents)} "
            f"instead of {format_kes(agreed_cents)}. Nothing has been charged. Please check it and press Pay again."
        )
        self.total_cents = total_cents


class RateChanged(PriceChanged):
    """The promised exchange rate ran out, and by the new one the total is another."""

    def __init__(self, *, agreed_cents: int, total_cents: int, rate: Rate) -> None:
        super().__init__(
            agreed_cents=agreed_cents,
            total_cents=total_cents,
            why=f"The rate changed to KES {format_rate(rate.kes_per_unit)} for 1 {rate.currency} "
            f"({rate.source}, {rate.as_of.day} {rate.as_of:%b})",
        )


class AlreadyPlaced(Refusal):
    """What was placed cannot be changed."""

    def __init__(self) -> None:
        super().__init__("This order has been placed already. You find it under My Orders.")


class PaidMeanwhile(Refusal):
    """What is paid is not cancelled by a press of a button."""

    def __init__(self) -> None:
        super().__init__("M-PESA has confirmed your payment, so this order is paid and was not cancelled.")


class OverAlready(Refusal):
    """The order ended by itself before anybody cancelled it."""

    def __init__(self) -> None:
        super().__init__("This order was not paid in time and has ended already. There is nothing left to cancel.")
