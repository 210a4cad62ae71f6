"""Posting JSON to organisations, over HTTP/1.1 on connections that are kept.

A general client would do; it takes four times as long for a post, and callbacks are half of the network's traffic.
"""

import asyncio
import base64
import re
import ssl
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from yarl import URL

#: So many connections at once, to one server and to all of them; further posts wait.
_MOST_TO_ONE = 100
_MOST = 200
#: How long a connection is kept that nobody uses.
_KEPT_SECONDS = 15

_CHARSET = re.compile(rb'charset="?([\w.:-]+)', re.IGNORECASE)

#: Host, port, and whether the connection is encrypted.
Server = tuple[str, int, bool]


class BadAnswerError(Exception):
    """What came back is no answer in HTTP, or broke off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status; redirects are not followed."""

    status: int
    text: str


@lru_cache
def _target(url: str) -> tuple[Server, bytes]:
    """The server that a URL leads to, and the head of a post to it, up to the length. Raises ValueError."""
    to = URL(url)
    if to.scheme not in ("http", "https") or to.raw_host is None or to.port is None:
        raise ValueError(f"not an http or https URL: {url!r}")
    lines = [
        f"POST {to.raw_path_qs} HTTP/1.1",
        f"Host: {to.host_port_subcomponent}",
        "User-Agent: Apache-HttpClient/4.5.5 (Java/1.8)",
        "Content-Type: application/json",
        "Accept: */*",
    ]
    if to.user is not None or to.password is not None:
        credentials = f"{to.user or ''}:{to.password or ''}".encode()
        lines.append(f"Authorization: Basic {base64.b64encode(credentials).decode()}")
    head = "\r\n".join([*lines, "Content-Length: "])
    return (to.raw_host, to.port, to.scheme == "https"), head.encode()


class Poster:
    """Posts, at most so many at a time, and keeps the connections for the posts that follow."""

    def __init__(self) -> None:
        self._idle: defaultdict[Server, list[_Connection]] = defaultdict(list)
        self._room: defaultdict[Server, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_MOST_TO_ONE))
        self._room_for_all = asyncio.Semaphore(_MOST)
        self._encryption: ssl.SSLContext | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    async def post(self, url: str, body: bytes, seconds: float) -> Answer:
        """Post JSON. Raises TimeoutError, OSError, BadAnswerError, or ValueError for what is no URL."""
        server, head = _target(url)
        async with asyncio.timeout(seconds), self._room[server], self._room_for_all:
            connection = self._take_idle(server) or await self._connect(server)
            try:
                answer = await connection.exchange(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            except BaseException:
                connection.abort()
                raise
        self._keep(server, connection)
        return answer

    def close(self) -> None:
        """Let go of all connections that nobody uses."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    async def _connect(self, server: Server) -> "_Connection":
        host, port, encrypted = server
        if encrypted and self._encryption is None:
            self._encryption = ssl.create_default_context()
        _, connection = await asyncio.get_running_loop().create_connection(
            _Connection, host, port, ssl=self._encryption if encrypted else None
        )
        return connection

    def _take_idle(self, server: Server) -> "_Connection | None":
        idle = self._idle[server]
        while idle:
            if (connection := idle.pop()).is_usable:
                return connection
        return None

    def _keep(self, server: Server, connection: "_Connection") -> None:
        if not connection.is_usable:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle[server].append(connection)
        if self._sweeping is None:
            self._sweeping = loop.call_later(_KEPT_SECONDS, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what nobody has used for long, and look again later if anything is left."""
        longest_ago = loop.time() - _KEPT_SECONDS
        for server, connections in list(self._idle.items()):
            self._idle[server] = [each for each in connections if each.is_usable and each.idle_since > longest_ago]
            for connection in set(connections).difference(self._idle[server]):
                connection.abort()
        anything_left = any(self._idle.values())
        self._sweeping = loop.call_later(_KEPT_SECONDS, self._sweep, loop) if anything_left else None


class _Connection(asyncio.Protocol):
    """A connection to a server. It carries one post at a time."""

    idle_since = 0.0

    def __init__(self) -> None:
        self._reader = _Reader()
        self._waiting: asyncio.Future[Answer] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another post may be sent on it."""
        return self._reader.may_go_on and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        """Send a request and wait for its answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._settle(BadAnswerError(f"not understood: {error}"))
            self.abort()
        else:
            if (answer := self._reader.take()) is not None:
                self._settle(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if error is None:
            self._reader.end()
        self._settle(self._reader.take() or error or BadAnswerError("the connection was closed before the answer came"))

    def _settle(self, outcome: Answer | Exception) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            return
        if isinstance(outcome, Answer):
            waiting.set_result(outcome)
        else:
            waiting.set_exception(outcome)


class _Reader:
    """Puts answers together from what the parser finds in the bytes. The parser calls the methods named `on_…`."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._answer: Answer | None = None
        self._goes_on_to_the_end = False
        #: Whether the server will read another request on this connection.
        self.may_go_on = True

    def feed(self, data: bytes) -> None:
        """Read on. Raises what the parser raises."""
        self._parser.feed_data(data)

    def end(self) -> None:
        """The connection was closed: an answer that did not say how long it is, is whole now."""
        if self._goes_on_to_the_end:
            self.on_message_complete()

    def take(self) -> Answer | None:
        """The answer, once, when it is whole."""
        answer, self._answer = self._answer, None
        return answer

    def on_message_begin(self) -> None:
        self._body = b""
        self._charset = "utf-8"
        self._has_length = False

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self._has_length = True
        elif name == b"content-type" and (charset := _CHARSET.search(value)):
            self._charset = charset[1].decode()

    def on_headers_complete(self) -> None:
        self._goes_on_to_the_end = not self._has_length

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._goes_on_to_the_end = False
        status = self._parser.get_status_code()
        if status < 200:
            return  # such as 100 Continue: the answer is still to come
        self.may_go_on = self._parser.should_keep_alive()
        try:
            text = self._body.decode(self._charset, "replace")
        except LookupError:
            text = self._body.decode("utf-8", "replace")
        self._answer = Answer(status, text)
