"""The ways in which paying out is refused. The first two are faults of our own code, so nobody is shown one."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal


class TransferChanged(ValueError):  # noqa: N818 - named for what happened
    """The key was prepared already, for another payee or amount: two payments claim to be the same one."""


class PartIsLive(ValueError):  # noqa: N818 - named for what happened
    """Another attempt at the same part of a refund was not returned or withdrawn, so it may still be paid."""


class NotStopped(Refusal):
    """Sending from this shortcode goes on."""

    def __init__(self, shortcode: str) -> None:
        super().__init__(f"Payments from {shortcode} are not stopped.")
