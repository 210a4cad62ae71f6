"""The ways in which a file is refused, in the words that its owner is shown beside it."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal


class FileRefused(Refusal):
    """This file will never be taken: empty, too large, of a kind that we do not take, damaged, or unsafe."""


class WrongOffset(Refusal):
    """A piece came that does not follow the last one. ``offset`` is how many bytes we have."""

    def __init__(self, offset: int) -> None:
        super().__init__("Part of the file is missing. It is sent again from where it stopped.")
        self.offset = offset


class AlreadyWhole(Refusal):
    """A piece came for a file that has ended."""

    def __init__(self) -> None:
        super().__init__("This file has arrived already.")


class Unfinished(Refusal):
    """The file is not here to its last byte, so it cannot be used yet."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has not arrived yet. Wait until it has, or remove it.")


class TooMuchWaiting(Refusal):
    """The owner has sent as much as may wait to be used."""


class NotHere(Refusal):
    """No such file, or it is somebody else's, or it was sent for something else, or nobody used it for a day."""

    def __init__(self) -> None:
        super().__init__("One of your files is not here any more. Choose it again.")


class TooMany(Refusal):
    """More files together than one message, or one piece of evidence, may have."""


class InUse(Refusal):
    """What was sent with a message or as evidence stays."""

    def __init__(self) -> None:
        super().__init__("This file was sent already, so it stays.")
