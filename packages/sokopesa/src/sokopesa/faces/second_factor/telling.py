"""A person's number is told when an authenticator app comes or goes, for it may be somebody else who did it."""

from __future__ import annotations

from datetime import datetime

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices import words
from sokopesa.notices.events import Event
from sokopesa.notices.telling import tell
from sokopesa.people.models import User


def tell_added(user: User, now: datetime) -> None:
    """By SMS, in the caller's transaction."""
    _tell(user, words.SECOND_FACTOR_ADDED, now)


def tell_removed(user: User, now: datetime) -> None:
    """By SMS, in the caller's transaction; also when an operator has reset it."""
    _tell(user, words.SECOND_FACTOR_REMOVED, now)


def _tell(user: User, event: Event, now: datetime) -> None:
    tell([user.pk], event, f"{user.pk}:{now.timestamp():.0f}", now, site=CONFIGURATION.site_name)
