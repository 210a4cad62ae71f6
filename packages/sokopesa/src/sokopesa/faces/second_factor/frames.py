"""What every page about the second factor shows: around staff's the desk, around others' the shop."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from sokopesa.configuration import CONFIGURATION
from sokopesa.people.models import User
from sokopesa.people.staff import SEE_DESK, may


def told(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """The context of a page."""
    assert isinstance(request.user, User)
    is_staff = may(request.user, SEE_DESK)
    return {
        "frame": "back_office/base.html" if is_staff else "storefront/base.html",
        "home": "back_office:overview" if is_staff else "account:addresses",
        "minutes": f"{CONFIGURATION.second_factor_minutes:g}",
        "is_demo": CONFIGURATION.demo,
        **more,
    }
