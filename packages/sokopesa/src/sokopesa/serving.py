"""Serving the market over HTTP: one way to start it, for operators, demo, tests and benchmarks alike."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MARKET = "sokopesa.asgi:application"
DOOR = "sokopesa.intake.asgi:application"
"""The whole market, and the door for M-PESA's callbacks alone."""

HEAD_SECONDS = 30.0
MOST_BYTES_OF_HEAD = 64 * 1024
"""What a request's line and headers may take, in time and, give or take what is read at once, in memory."""
IDLE_SECONDS = 75
"""For which a connection waits for its next request: longer than nginx keeps one that it does not use."""
GRACE_SECONDS = 5
"""For which a server that was told to stop waits for answers. Event streams never end by themselves; browsers take them
up again."""


def serve(application: str, *, host: str, port: int, workers: int = 1) -> None:
    """Serve until SIGTERM or SIGINT.

    Who is at the other end is for us to find out, by ``SOKOPESA_TRUSTED_PROXIES``: the server must not take a header's
    word for it.
    """
    uvicorn.run(
        application,
        host=host,
        port=port,
        workers=workers,
        http=GuardedHttp,
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Together:
    """A transport on which all that is written in one turn of the event loop leaves together. The library writes an
    answer's head and its body apart, which for short answers is twice the work, for us and for who reads them."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._written:
            written, self._written = self._written, []
            self._transport.write(b"".join(written))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class GuardedHttp(HttpToolsProtocol):
    """HTTP/1.1 from whoever connects, who cannot hold a connection or our memory by never ending a request's head."""

    _in_head = False
    _bytes_of_head = 0
    _too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the library's own
        """Begin to wait for the first head."""
        together = cast("asyncio.Transport", _Together(transport, self.loop))
        super().connection_made(together)
        self._too_late = self.loop.call_later(HEAD_SECONDS, together.close)

    def data_received(self, data: bytes) -> None:
        """Take in what came; a head that goes on is measured, one that came whole costs nothing."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._bytes_of_head += len(data)
            if self._bytes_of_head > MOST_BYTES_OF_HEAD:
                self.send_400_response("The headers are too long.")
            elif self._too_late is None:
                self._too_late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._in_head, self._bytes_of_head = False, 0
        self._stop_clock()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        self._stop_clock()
        super().connection_lost(exc)

    def _stop_clock(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None
