"""Reading a search box."""

from __future__ import annotations

from django.http import HttpRequest

LONGEST = 120


def words_searched(request: HttpRequest) -> str:
    """What was typed into ``q``, trimmed; without the NUL that PostgreSQL cannot store and nobody can type."""
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
