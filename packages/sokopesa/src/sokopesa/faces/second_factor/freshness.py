"""Whether somebody gave their second factor just now, in this browser: a fact of the session, not of the person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.people import factors
from sokopesa.people.models import User

KEY = "second_factor"
"""Where the session has it."""


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person gave it in this session within `Configuration.second_factor_minutes`, and still has it."""
    given, user = request.session.get(KEY), request.user
    if not given or not isinstance(user, User) or given["user"] != user.pk:
        return False
    age = clock.now() - datetime.fromisoformat(given["at"])
    if not timedelta(0) <= age < timedelta(minutes=CONFIGURATION.second_factor_minutes):
        return False
    return factors.stands(user, given["factor"])


def refresh(request: HttpRequest, given: factors.Given) -> None:
    """The person has given a right code. The session gets a new key, so that a copy of the old one is worth nothing."""
    request.session.cycle_key()
    request.session[KEY] = {"user": request.user.pk, "factor": given.factor_id, "at": clock.now().isoformat()}
