"""The ways in which closing a day or resolving a discrepancy can be refused, in the words that a person is shown."""

from __future__ import annotations

from datetime import date

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import format_kes


class NotYourBooks(Refusal):
    """Only finance closes days and resolves discrepancies."""

    def __init__(self) -> None:
        super().__init__("You may not close days or resolve discrepancies. Ask somebody in finance.")


class BooksBroken(Refusal):
    """Our own books do not add up, so they are compared with nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Our own books are wrong: {what}. Run `sokopesa ledger verify` before any day is closed.")


class DayNotOver(Refusal):
    """It is still that day in Nairobi."""

    def __init__(self, day: date) -> None:
        super().__init__(f"{day:%d %b %Y} is not over yet.")


class StatementMissing(Refusal):
    """M-PESA's statements do not tell of the whole day."""

    def __init__(self, code: str, day: date) -> None:
        super().__init__(f"{code}: take in M-PESA's statements up to the end of {day:%d %b %Y} first.")


class NothingStated(Refusal):
    """No statement was ever taken in."""

    def __init__(self) -> None:
        super().__init__("No statement was taken in, so there is nothing to compare our books with.")


class OutOfOrder(Refusal):
    """Days are closed one after another, from where the comparison begins; ``wanted`` comes first."""

    def __init__(self, code: str, wanted: date) -> None:
        self.wanted = wanted
        super().__init__(f"{code}: the day to close next is {wanted:%d %b %Y}.")


class Unexplained(Refusal):
    """Books and statement differ by more than the items between them."""

    def __init__(self, code: str, cents: int) -> None:
        super().__init__(
            f"{code}: {format_kes(cents)} between our books and M-PESA's statement are explained by nothing."
        )


class NoSuchClose(Refusal):
    """That day is not closed."""

    def __init__(self) -> None:
        super().__init__("This day is not closed.")


class SignedAlready(Refusal):
    """Whoever closed a day is not its second person, and there is one."""

    def __init__(self, words: str) -> None:
        super().__init__(words)


class NoSuchDiscrepancy(Refusal):
    """There is none, or it has ended."""

    def __init__(self) -> None:
        super().__init__("This discrepancy is not open.")


class CannotResolve(Refusal):
    """It cannot be ended that way; ``why`` is a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class ProposedBefore(Refusal):
    """Another proposal stands."""

    def __init__(self) -> None:
        super().__init__("Somebody has proposed another end, which waits for a second person.")


class OwnResolution(Refusal):
    """Two people resolve."""

    def __init__(self) -> None:
        super().__init__("You proposed this. Somebody else has to decide.")


class OwnShop(Refusal):
    """Nobody decides about money of a shop of their own."""

    def __init__(self) -> None:
        super().__init__("You act for this shop. Another person in finance has to decide.")


class ResolutionDecided(Refusal):
    """It is too late to decide otherwise."""

    def __init__(self) -> None:
        super().__init__("This was decided already.")


class TooFewOrMany(Refusal):
    """Together are two or more, and so many as a person reads."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Choose 2 to {most} of them.")


class NotOfOneKind(Refusal):
    """What ends together is of one kind, and there."""

    def __init__(self) -> None:
        super().__init__("They are not all of one class any more. Look at the list again.")


class NothingWaits(Refusal):
    """All of a joint proposal is decided."""

    def __init__(self) -> None:
        super().__init__("Nothing of this waits for a decision any more.")


class NotTheTotal(Refusal):
    """Whoever approves has not read what it sums to, or it has changed."""

    def __init__(self) -> None:
        super().__init__("This is not the total. Read it again above.")
