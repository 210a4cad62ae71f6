"""The ways in which cancelling and disputes can refuse, in the words that a person is shown."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes


class MoreThanIsLeft(Refusal):
    """More was to be given back than is left of the order's money."""

    def __init__(self, left_cents: int) -> None:
        super().__init__(f"At most {format_kes(left_cents)} of this order can be given back.")


class NotYours(Refusal):
    """Somebody acts who is neither the order's buyer nor one of its seller's members."""

    def __init__(self) -> None:
        super().__init__("Only the buyer and the seller of this order can do that.")


class ReasonMissing(Refusal):
    """No reason was chosen, or none that there is."""

    def __init__(self) -> None:
        super().__init__("Choose the reason that fits best.")


class WordsMissing(Refusal):
    """Something has to be said in words."""

    def __init__(self, text: str = "Say in a few words what the reason is.") -> None:
        super().__init__(text)


class WordsTooLong(Refusal):
    """More was written than is kept."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Please write at most {most} characters.")


class NothingChosen(Refusal):
    """No piece was chosen."""

    def __init__(self) -> None:
        super().__init__("Choose at least one piece to cancel.")


class PiecesNotThere(Refusal):
    """More pieces were chosen than are still to be shipped, or pieces of another order."""

    def __init__(self, title: str = "", left: int = 0) -> None:
        if not title:
            words = "These goods are not in this order. Please choose again."
        elif left:
            words = f"Only {left} of “{title}” can still be cancelled."
        else:
            words = f"“{title}” is shipped or cancelled already."
        super().__init__(words)
