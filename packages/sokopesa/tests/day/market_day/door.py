"""The market's own callback door, served on loopback from a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

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
    config = uvicorn.Config(
        Door(database_url), host="127.0.0.1", port=port, lifespan="on", proxy_headers=False, log_config=None
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="door", daemon=True)
    thread.start()
    give_up_at = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > give_up_at or not thread.is_alive():
            raise RuntimeError("the door did not open")
        time.sleep(0.01)
    try:
        yield OpenDoor(f"http://127.0.0.1:{port}", database_url)
    finally:
        server.should_exit = True
        thread.join(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
