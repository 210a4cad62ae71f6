"""Waiting on this computer for a result that M-PESA posts."""

import queue
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

_LARGEST = 1_000_000


class ResultListener:
    """A small HTTP server that hears one result at `url`. Use it with `with`."""

    def __init__(self, port: int = 0) -> None:
        """`port` 0 takes a free one."""
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self._heard))
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/result"

    def wait(self, seconds: float) -> bytes | None:
        """The first body posted, or None if none came in time."""
        try:
            return self._heard.get(timeout=seconds)
        except queue.Empty:
            return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(heard: queue.SimpleQueue[bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            size = int(length) if length.isascii() and length.isdigit() else 0
            if not 0 < size <= _LARGEST:
                self.send_error(400)
                return
            body = self.rfile.read(size)
            answer = b'{"ResultCode":0,"ResultDesc":"Accepted"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            heard.put(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the result is shown by the command."""

    return Handler
