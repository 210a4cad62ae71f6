"""The ways in which addresses and staff are refused, in the words that a person is shown."""

from __future__ import annotations

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
