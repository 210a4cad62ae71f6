"""The market's own callback door, served on loopback from a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from sokopesa.intake.door import Door


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """``url`` is its address, ``database_url`` where it keeps what comes."""

    url: str
    database_url: str


@contextmanager
def serve_door(database_url: str) -> Iterator[OpenDoor]:
    """Open the door, and close it in good order: what has come is kept first."""
    port = _free_port()
    opened, loop = threading.Event(), asyncio.new_event_loop()
    door = Door(database_url)

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def note(message: dict[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                opened.set()

        await door(scope, receive, note if scope["type"] == "lifespan" else send)

    server = Server(application, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.serve())
        loop.close()

    thread = threading.Thread(target=run, name="door", daemon=True)
    thread.start()
    if not opened.wait(20):
        raise RuntimeError("the door did not open")
    try:
        yield OpenDoor(f"http://127.0.0.1:{port}", database_url)
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
