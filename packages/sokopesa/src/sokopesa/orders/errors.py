"""The ways in which checkout and cancelling can refuse, in the buyer's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sokopesa.catalog.pricing import Rate
from sokopesa.kernel.clock import EAT
from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes, format_rate

if TYPE_CHECKING:
    from sokopesa.catalog.models import Offer
    from sokopesa.orders.models import Clock, Order
    from sokopesa.orders.quotes import QuotedParcel


class NotForSale(Refusal):
    """The offer was withdrawn, or can no longer be sent."""

    def __init__(self, offer: Offer | None = None) -> None:
        whose = f"{offer.seller} has withdrawn “{offer.product}”." if offer else "This seller has withdrawn the offer."
        super().__init__(f"{whose} Please choose another seller.")


class OwnGoods(Refusal):
    """The buyer acts for the shop that sells them."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(f"“{offer.product}” is sold by your own shop, {offer.seller}. You cannot buy from yourself.")


class QuantityRefused(Refusal):
    """Not a number of pieces that one can buy."""

    def __init__(self, most: int, *, already: int = 0) -> None:
        words = f"Please choose a quantity from 1 to {most}."
        super().__init__(f"{already} are in your basket, and {most} are the most in one order." if already else words)


class BasketFull(Refusal):
    """A basket has an end."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Your basket is full: {most} different goods are the most it takes. Buy or remove some first."
        )


class BasketEmpty(Refusal):
    """There is nothing in it that can be bought."""

    def __init__(self) -> None:
        super().__init__("There is nothing in your basket to check out.")


class BasketChanged(Refusal):
    """Prices or stock are not what the buyer saw; the basket shows what changed."""

    def __init__(self) -> None:
        super().__init__("Something in your basket has changed since you saw it. Please check it, then go on.")


class NotToBox(Refusal):
    """Parcels whose way of sending does not lead to a post office box."""

    def __init__(self, parcels: Sequence[QuotedParcel]) -> None:
        names = " and ".join(f"{parcel.method} from {parcel.seller}" for parcel in parcels)
        super().__init__(f"{names} cannot go to a P.O. Box. Choose another way to send it, or a street address.")
        self.parcels = tuple(parcels)


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


class KeyUsed(Refusal):
    """A program's key has placed another checkout; ``number`` is that purchase's."""

    def __init__(self, number: str) -> None:
        super().__init__(f"This Idempotency-Key has placed order {number} already. Nothing more was ordered.")
        self.number = number


class NotNow(Refusal):
    """The order is not in a state for it; the words name the right way (R41)."""

    def __init__(self, action: str, order: Order) -> None:
        super().__init__(_WAYS_ON.get((action, order.state)) or _WAYS_ON.get((action, "")) or _as_it_stands(order))
        self.action = action


_AFTER_SHIPPING = (
    "The goods are on their way, so the order can no longer be cancelled. When they arrive you may send them back: "
    "Open Dispute, then Return Goods. If they do not arrive by the promised day, Open Dispute gets your money back."
)
_WAYS_ON = {
    ("ask_cancel", "shipped"): _AFTER_SHIPPING,
    ("ask_cancel", "delivered"): "The goods have arrived. To give them back choose Open Dispute, then Return Goods.",
    ("ask_cancel", "completed"): "This order is completed and the seller is paid, so it can no longer be cancelled.",
    ("ask_cancel", "cancelled"): "This order is cancelled already.",
    ("ask_cancel", "refunded"): "The whole money of this order is on its way back already.",
    ("ask_cancel", "awaiting_payment"): "This order is not paid. You can cancel it at once.",
    ("cancel", "awaiting_shipment"): "This order is paid. Choose Cancel Order and a reason; the seller then answers.",
    ("approve_cancel", ""): "There is no request to cancel that waits for an answer.",
    ("refuse_cancel", ""): "There is no request to cancel that waits for an answer.",
    ("withdraw_cancel", ""): "There is no request to cancel that waits for an answer.",
    ("ask_cancel", "awaiting_shipment"): "You have asked to cancel already; the seller has yet to answer.",
    ("ask_cancel", "partly_shipped"): "You have asked to cancel already; the seller has yet to answer.",
    ("ship", "cancelled"): "This order was cancelled. Please do not ship it.",
    ("dispute", "awaiting_shipment"): "Nothing has been shipped yet. You can cancel the order instead.",
    ("dispute", "completed"): "The time in which a dispute could be opened is over: this order is completed.",
    ("confirm", "delivered"): "This order is marked as delivered already.",
    ("confirm", "completed"): "This order is completed already.",
    ("accept", "completed"): "This order is completed already, and the seller is paid.",
    ("confirm", "awaiting_shipment"): "The seller has not shipped this order yet.",
    ("accept", "awaiting_shipment"): "The seller has not shipped this order yet.",
    ("ship", "shipped"): "Everything in this order was shipped already.",
    ("ship", "delivered"): "Everything in this order was shipped and has arrived.",
    ("ask_ship_time", "awaiting_shipment"): "You have asked for more time already; the buyer has yet to answer.",
    ("ask_ship_time", "partly_shipped"): "You have asked for more time already; the buyer has yet to answer.",
    ("answer_ship_time", ""): "There is no request for more time that waits for an answer.",
    ("answer_protection", ""): "There is no request for longer protection that waits for an answer.",
}
"""By action and state; an empty state stands for every other."""


def _as_it_stands(order: Order) -> str:
    return f"That is not possible now: order {order.number} is {order.get_state_display().lower()}."


class TooLate(Refusal):
    """A deadline has passed, so what was announced for it happens."""

    def __init__(self, clock: Clock) -> None:
        due = clock.due_at.astimezone(EAT)
        super().__init__(
            f"The time for this ended on {due:%a} {due.day} {due:%b} at {due:%H:%M}, and what was announced for then "
            "happens now. Please look at the order again in a moment."
        )
        self.clock = clock


class PaidMeanwhile(Refusal):
    """What is paid is not cancelled by a press of a button."""

    def __init__(self) -> None:
        super().__init__("M-PESA has confirmed your payment, so this order is paid and was not cancelled.")


class OverAlready(Refusal):
    """The order ended by itself before anybody cancelled it."""

    def __init__(self) -> None:
        super().__init__("This order was not paid in time and has ended already. There is nothing left to cancel.")
