"""The ways in which disputes refuse, in the words that a person is shown. ``field`` names the part of the form that the
words belong to; it is empty where they belong to none."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sokopesa.kernel.clock import EAT
from sokopesa.kernel.errors import Refusal


class DisputeRefused(Refusal):
    """The base of all refusals that belong to a field of the form."""

    field: ClassVar[str] = ""


class KindUnknown(DisputeRefused):
    """Neither of the two kinds."""

    field = "kind"

    def __init__(self) -> None:
        super().__init__("Choose Return Goods or Refund Only.")


class NothingToReturn(DisputeRefused):
    """Goods that did not arrive cannot be sent back (R48)."""

    field = "kind"

    def __init__(self) -> None:
        super().__init__(
            "You cannot return goods that did not arrive. Choose Refund Only: it gives all the money back."
        )


class ReasonUnknown(DisputeRefused):
    """No reason of the list."""

    field = "reason"

    def __init__(self) -> None:
        super().__init__("Choose the reason that fits best.")


class NotYet(DisputeRefused):
    """Undelivered goods are disputed only after the promised time (R46)."""

    field = "reason"

    def __init__(self, opens_at: datetime) -> None:
        super().__init__(
            f"The promised time is not over. If the goods have not arrived by then, you can open this dispute from "
            f"{when(opens_at)}."
        )
        self.opens_at = opens_at


class AmountRefused(DisputeRefused):
    """Not an amount that can be claimed, offered or ruled."""

    field = "amount"


class DetailsMissing(DisputeRefused):
    """A claim without words."""

    field = "details"

    def __init__(self, sentence: str = "Say in your own words what is wrong.") -> None:
        super().__init__(sentence)


class DetailsTooLong(DisputeRefused):
    """More than can be kept."""

    field = "details"

    def __init__(self, most: int) -> None:
        super().__init__(f"Please keep it to {most:,} characters.")


class EvidenceMissing(DisputeRefused):
    """A claim about goods that arrived, or a refusal, without anything that shows it."""

    field = "evidence"

    def __init__(self, sentence: str = "Add at least one photo, video or PDF that shows what is wrong.") -> None:
        super().__init__(sentence)


class AddressMissing(DisputeRefused):
    """Goods are to come back, and nobody knows where to."""

    field = "return_to"

    def __init__(self) -> None:
        super().__init__("Say where the buyer sends the goods: name, phone, and street or P.O. Box.")


class TrackingMissing(DisputeRefused):
    """Goods were sent back, and nobody can follow them."""

    field = "tracking"

    def __init__(self) -> None:
        super().__init__("Give the tracking or parcel number from the receipt. It shows that you sent the goods.")


class DisputedAlready(Refusal):
    """The line has a dispute, or had one that ended in a result (R55)."""

    def __init__(self, number: str, *, is_live: bool) -> None:
        super().__init__(
            f"There is a dispute about these goods already: {number}."
            if is_live
            else f"A dispute about these goods was closed with a result, {number}, so there cannot be another."
        )
        self.number = number


class DisputedTooOften(Refusal):
    """Opened and withdrawn again and again: somebody else's money would rest without end."""

    def __init__(self, times: int) -> None:
        super().__init__(f"You opened and withdrew {times} disputes about these goods, so there cannot be another.")


class NothingShipped(Refusal):
    """No piece of the line was shipped, so there is nothing to dispute."""

    def __init__(self) -> None:
        super().__init__("None of these goods has been shipped yet. You can cancel them instead.")


class NotNowInDispute(Refusal):
    """The dispute's state, or a deadline that has passed, does not allow it."""


class OwnCase(Refusal):
    """A mediator who is a party, or whose own ruling was appealed against."""


def when(moment: datetime) -> str:
    """A deadline as people read it: ``Thu 14 Aug 2026 at 16:05``, Nairobi time."""
    local = moment.astimezone(EAT)
    return f"{local:%a} {local.day} {local:%b} {local.year} at {local:%H:%M}"
