"""The ways in which asking for a payment, reviving an order or releasing money can be refused, in the words that a
person is shown."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes
from sokopesa.payments.models import MOST_CENTS, Release


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


class NotYourDecision(Refusal):
    """Support sees; finance decides."""

    def __init__(self) -> None:
        super().__init__("Only finance may propose or approve where money goes. Ask a colleague in finance.")


class OwnProposal(Refusal):
    """Four eyes."""

    def __init__(self) -> None:
        super().__init__("You proposed this yourself, so a second person must decide on it.")


class OwnMoney(Refusal):
    """Nobody decides about money of their own."""

    def __init__(self) -> None:
        super().__init__("This is money or an order of your own. Somebody else must handle it.")


class NotUnmatched(Refusal):
    """The money is elsewhere by now."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The money of receipt {code} does not lie in unmatched. Nothing was moved.")


class ProposedAlready(Refusal):
    """One thing at a time."""

    def __init__(self) -> None:
        super().__init__("A proposal for this receipt already waits for a second person. It must be decided first.")


class CannotPlace(Refusal):
    """The purchase cannot be paid with this receipt; the words say why."""


class ReleaseMissing(Refusal):
    """No such proposal."""

    def __init__(self) -> None:
        super().__init__("There is no such proposal.")


class ReleaseDecided(Refusal):
    """Somebody was quicker."""

    def __init__(self, release: Release) -> None:
        decided = "approved" if release.state == Release.State.APPROVED else "refused"
        super().__init__(f"{release.decider} has {decided} this already. Nothing more was done.")
