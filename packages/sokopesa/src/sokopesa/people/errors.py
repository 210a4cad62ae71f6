"""The ways in which addresses and staff are refused, in the words that a person is shown."""

from __future__ import annotations

from datetime import datetime

from sokopesa.kernel.clock import EAT
from sokopesa.kernel.errors import Refusal


class BoxRefused(Refusal):
    """What was typed is no box at a post office."""


class PostcodeRefused(Refusal):
    """The postcode is missing or malformed."""


class PostcodeUnknown(Refusal):
    """No post office that we know has the postcode. New offices open, so the person may confirm it."""


class TownMissing(Refusal):
    """The post office's town cannot be filled in from the postcode and was not typed."""


class TownElsewhere(Refusal):
    """The postcode belongs to another town's post office. ``fixes`` are the ones that may have been meant."""

    def __init__(self, sentence: str, fixes: list[str]) -> None:
        super().__init__(sentence)
        self.fixes = fixes
        """Postcodes, the one typed first."""


class LinkExpired(Refusal):
    """The link that proves an e-mail address is too old, cut short, or somebody else's."""

    def __init__(self) -> None:
        super().__init__("This link works no longer. Ask for a new one below.")


class EmailTaken(Refusal):
    """Another account has proved the same address."""

    def __init__(self) -> None:
        super().__init__("Another account uses this e-mail address.")


class NotMember(Refusal):
    """The number belongs to nobody who acts for the shop."""

    def __init__(self, shop: str) -> None:
        super().__init__(f"Nobody with this number acts for {shop}.")


class NotStaff(Refusal):
    """The number belongs to nobody who works here."""

    def __init__(self) -> None:
        super().__init__("Nobody with this number is on the staff.")


class NotEnrolled(Refusal):
    """There is no second factor yet."""

    def __init__(self) -> None:
        super().__init__("Set up your second factor first.")


class AlreadyEnrolled(Refusal):
    """There is a second factor; a person has one authenticator app."""

    def __init__(self) -> None:
        super().__init__("You have a second factor. Remove it first, then set up another.")


class WrongCode(Refusal):
    """What was typed is not the code. ``tries_left`` until codes are refused for a while, where it is counted."""

    def __init__(self, tries_left: int | None) -> None:
        left = "" if tries_left is None else f" You have {tries_left} {'try' if tries_left == 1 else 'tries'} left."
        super().__init__(f"That is not the code that your app shows now.{left}")


class CodeUsed(Refusal):
    """The code was right, and has been given before."""

    def __init__(self) -> None:
        super().__init__("This code was used already. Wait until your app shows the next one.")


class FactorLocked(Refusal):
    """Too many wrong codes were given."""

    def __init__(self, until: datetime) -> None:
        at = until.astimezone(EAT)
        super().__init__(
            f"Too many wrong codes. No code is taken until {at:%H:%M} on {at.day} {at:%b}. If you lost your phone, ask "
            "whoever runs the market."
        )
        self.until = until


class FactorUnreadable(Refusal):
    """The secret in the database was sealed with another key than the market's."""

    def __init__(self) -> None:
        super().__init__("Your second factor can no longer be read. Ask whoever runs the market to reset it.")
