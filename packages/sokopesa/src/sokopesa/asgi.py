"""The marketplace as one ASGI application: callbacks go to the door, everything else to Django."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
django.setup(set_prefix=False)

from sokopesa.configuration import CONFIGURATION  # noqa: E402 - Django first
from sokopesa.faces.pages import Pages  # noqa: E402
from sokopesa.intake.door import Door  # noqa: E402

_django = Pages()
_door = Door(CONFIGURATION.database_url)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """What granian serves."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/callbacks/"):
        await _door(scope, receive, send)
    else:
        await _django(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await _door.open()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await _door.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
