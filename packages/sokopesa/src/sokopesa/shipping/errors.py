"""The ways in which shipping can refuse, in the words that a person is shown."""

from __future__ import annotations

from collections.abc import Sequence

from sokopesa.kernel.errors import Refusal


class NotYours(Refusal):
    """Only the order's buyer, or those who act for its shop, may do this."""

    def __init__(self) -> None:
        super().__init__("Only the buyer and the seller of this order can do that.")


class ParcelRefused(Refusal):
    """Something about the parcel is not right; ``field`` says what: *carrier*, *tracking_number* or *quantities*."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class CarrierMissing(ParcelRefused):
    """The buyer paid for tracked shipping, so the courier has to be named."""

    def __init__(self) -> None:
        super().__init__("carrier", "Name the courier: the buyer paid for shipping that can be tracked.")


class TrackingMissing(ParcelRefused):
    """The buyer paid for tracked shipping, so the parcel needs a number."""

    def __init__(self) -> None:
        super().__init__(
            "tracking_number",
            "Enter the tracking number from the courier's label: the buyer paid for shipping that can be tracked.",
        )


class TrackingRefused(ParcelRefused):
    """What was typed is no tracking number of that courier."""

    def __init__(self, words: str) -> None:
        super().__init__("tracking_number", words)


class TrackingTaken(ParcelRefused):
    """Another parcel has this number."""

    def __init__(self, carrier: str, number: str, *, order_number: str = "") -> None:
        where = f"for order {order_number}" if order_number else "for another order"
        super().__init__(
            "tracking_number",
            f"{carrier} {number} is registered already {where}. Each parcel has a number of its own: compare it with "
            "the label.",
        )


class NothingPacked(ParcelRefused):
    """No piece was chosen."""

    def __init__(self) -> None:
        super().__init__("quantities", "Choose at least one piece to ship.")


class MorePackedThanLeft(ParcelRefused):
    """More pieces were to go than are left."""

    def __init__(self, title: str, left: int) -> None:
        few = f"only {left} {'is' if left == 1 else 'are'} left to ship" if left else "nothing is left to ship"
        super().__init__("quantities", f"{title}: {few}.")


class NotOfThisOrder(ParcelRefused):
    """A line was named that the order does not have."""

    def __init__(self) -> None:
        super().__init__("quantities", "Some of these goods are not part of this order. Please load the page again.")


class DaysRefused(Refusal):
    """Not a number of days that one can ask for now."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Please choose 1 to {most} days." if most > 1 else "At most one more day is possible.")
        self.most = most


class LongestAlready(Refusal):
    """The protection lasts as long as it can."""

    def __init__(self, most_days: int) -> None:
        super().__init__(
            f"The protection ends {most_days} days after shipping at the latest, so it cannot be made longer. If the "
            "goods are not there or not right, open a dispute before it ends."
        )


class LengthenedAlready(Refusal):
    """The protection does not end any more when the seller's page said that it does."""

    def __init__(self, ends: str) -> None:
        super().__init__(f"The protection was made longer already: it lasts until {ends}.")


class EventsRefused(Refusal):
    """A file's events were not taken in; ``faults`` has a sentence for each bad line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class FeedFailed(Refusal):
    """A courier's interface gave no answer that can be used. What it holds is asked for again later."""
