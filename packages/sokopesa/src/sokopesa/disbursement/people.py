"""Who may decide about money that leaves."""

from __future__ import annotations

from sokopesa.disbursement.errors import NotYourDecision
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may

LINE_REASON_LENGTH = 200
"""Characters of the reason why a line is not paid, which its refund's buyer may read as well."""


def require(person: User) -> None:
    """Preparing and approving need the same permission as releasing money without a home.

    Raises:
        NotYourDecision: the person does not have it.
    """
    if not may(person, RELEASE_MONEY):
        raise NotYourDecision
