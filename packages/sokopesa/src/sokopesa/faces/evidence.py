"""Evidence that a form brings along."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest

MOST = 10
"""Files of one claim or answer."""


def uploads_sent(request: HttpRequest) -> tuple[UUID, ...]:
    """The ids of finished uploads that the form names, each once; what is no id is passed over."""
    found: dict[UUID, None] = {}
    for text in request.POST.getlist("uploads")[: 2 * MOST]:
        with suppress(ValueError):
            found[UUID(text)] = None
    return tuple(found)[:MOST]
