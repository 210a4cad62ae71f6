"""The ways in which paying out is refused. The first two are faults of our own code, so nobody is shown one."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes


class TransferChanged(ValueError):  # noqa: N818 - named for what happened
    """The key was prepared already, for another payee or amount: two payments claim to be the same one."""


class PartIsLive(ValueError):  # noqa: N818 - named for what happened
    """Another attempt at the same part of a refund was not returned or withdrawn, so it may still be paid."""


class NotStopped(Refusal):
    """Sending from this shortcode goes on."""

    def __init__(self, shortcode: str) -> None:
        super().__init__(f"Payments from {shortcode} are not stopped.")


class PaysNothing(Refusal):
    """No payment goes out from this shortcode."""

    def __init__(self, shortcode: str) -> None:
        super().__init__(f"No payment goes out from {shortcode}: it is none of the shortcodes that pay.")


class FloatTooLow(Refusal):
    """The account that pays does not hold enough."""

    def __init__(self, account: str, needed_cents: int, has_cents: int) -> None:
        super().__init__(
            f"M-PESA's {account} has {format_kes(has_cents)} to spend, and {format_kes(needed_cents)} are needed. "
            f"Move {format_kes(needed_cents - has_cents)} there first."
        )
        self.missing_cents = needed_cents - has_cents
