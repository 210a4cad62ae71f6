"""An organisation's own server: M-PESA posts to it, and a test takes the posts out one at a time."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from types import TracebackType
from typing import Self

_PATIENCE = 20
"""Seconds after which a post will not come any more."""


class Inbox:
    """Takes posts while the `with` block runs; answers each as its path is told to, or `Accepted`."""

    def __init__(self) -> None:
        self.replies: dict[str, dict[str, str]] = {}
        self._posts: dict[str, Queue[bytes]] = defaultdict(Queue)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def url(self, name: str) -> str:
        """The address of one of its paths."""
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def take(self, name: str) -> bytes:
        """The next post to this path, as soon as there is one."""
        try:
            return self._posts[name].get(timeout=_PATIENCE)
        except Empty:
            raise AssertionError(f"nothing was posted to /{name}") from None

    def is_empty(self) -> bool:
        """Whether every post has been taken."""
        return all(queue.empty() for queue in self._posts.values())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        posts, replies = self._posts, self.replies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                name = self.path.removeprefix("/")
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = json.dumps(replies.get(name, {"ResultCode": "0", "ResultDesc": "Accepted"})).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                posts[name].put(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
