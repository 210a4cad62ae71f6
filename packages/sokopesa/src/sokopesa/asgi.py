"""The marketplace as one ASGI application: callbacks go to the door, programs to the API, everybody else to the
pages."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
django.setup(set_prefix=False)

from sokopesa.faces.api.application import Programs  # noqa: E402 - Django first
from sokopesa.faces.pages import Pages  # noqa: E402 - Django first
from sokopesa.intake.asgi import application as _door  # noqa: E402

_pages = Pages()
_programs = Programs()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """What `sokopesa serve` serves. Only the door has something to begin and to end, so the lifespan is the door's."""
    if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"].startswith("/callbacks/")):
        await _door(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/api/"):
        await _programs(scope, receive, send)
    else:
        await _pages(scope, receive, send)
