"""Who may decide about money that leaves, and how they say why."""

from __future__ import annotations

from sokopesa.disbursement.errors import NotYourDecision, ReasonMissing
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may

REASON_LENGTH = 300


def require(person: User) -> None:
    """Preparing and approving need the same permission as releasing money without a home.

    Raises:
        NotYourDecision: the person does not have it.
    """
    if not may(person, RELEASE_MONEY):
        raise NotYourDecision


def words(reason: str, *, most: int = REASON_LENGTH) -> str:
    """The reason on one line.

    Raises:
        ReasonMissing: there is none, or it is too long.
    """
    reason = " ".join(reason.replace("\0", "").split())
    if not 3 <= len(reason) <= most:
        raise ReasonMissing(most)
    return reason
