"""How callbacks are posted: over kept connections, to servers of all manners."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from mpesa_simulator.core import posting
from mpesa_simulator.core.posting import Answer, BadAnswerError, Poster
from mpesa_simulator.server import run_loop


class Server:
    """Answers each request with the next of `answers`, the first of them `late_seconds` late."""

    def __init__(self, *answers: bytes, close_after_each: bool = False, late_seconds: float = 0) -> None:
        self._answers = list(answers)
        self._close_after_each = close_after_each
        self._late_seconds = late_seconds
        self.requests: list[bytes] = []
        self.connections: list[asyncio.Task[None] | None] = []
        self.closed = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer, late_seconds, self._late_seconds = self._answers.pop(0), self._late_seconds, 0
                await asyncio.sleep(late_seconds)
                for piece in (answer[:5], answer[5:]):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self._close_after_each:
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.closed.set()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def run(server: Server, use: Callable[[Poster, str], Awaitable[None]]) -> None:
    """Let `use` post to `server`."""

    async def main() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        poster = Poster()
        try:
            await use(poster, f"http://127.0.0.1:{port}/callback?a=1")
        finally:
            poster.close()
            listening.close()
            await asyncio.gather(*filter(None, server.connections))

    run_loop(main())


def ask(server: Server, seconds: float = 5) -> Answer:
    """What comes of one post to `server`."""
    answers = []

    async def use(poster: Poster, url: str) -> None:
        answers.append(await poster.post(url, b'{"a":1}', seconds))

    run(server, use)
    return answers[0]


def test_what_is_sent() -> None:
    server = Server(OK)
    assert ask(server) == Answer(200, "{}")
    head, body = server.requests[0].split(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /callback?a=1 HTTP/1.1"
    assert lines[1].startswith("Host: 127.0.0.1:")
    assert {"Content-Type: application/json", "Content-Length: 7"} < set(lines)
    assert body == b'{"a":1}'


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", (200, "abc")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, "")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, (200, "{}")),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", (302, "")),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 4\r\n\r\nfull", (500, "full")),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=latin-1\r\nContent-Length: 1\r\n\r\n\xe9", (200, "é")),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=nonsense\r\nContent-Length: 1\r\n\r\na", (200, "a")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xe9a", (200, "\ufffda")),
    ],
)
def test_answers_in_every_form(answer: bytes, expected: tuple[int, str]) -> None:
    assert ask(Server(answer)) == Answer(*expected)


def test_an_answer_may_go_on_until_the_connection_is_closed() -> None:
    assert ask(Server(b"HTTP/1.0 200 OK\r\n\r\nto the end", close_after_each=True)) == Answer(200, "to the end")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", b"HTTP/1.1 200", b"SSH-2.0-OpenSSH_9.2\r\n"]
)
def test_what_is_no_answer(answer: bytes) -> None:
    with pytest.raises(BadAnswerError):
        ask(Server(answer, close_after_each=True))


def test_a_server_that_keeps_silent() -> None:
    with pytest.raises(TimeoutError):
        ask(Server(b"HTTP/1.1 200 OK\r\n"), seconds=0.1)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(Poster().post("http://127.0.0.1:1/", b"{}", 5))


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1/", "http:///path", "http://127.0.0.1:99999/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        asyncio.run(Poster().post(url, b"{}", 5))


@pytest.mark.parametrize(
    ("answers", "connections"),
    [
        ([OK, OK, OK], 1),
        ([OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")] * 3, 3),
        ([OK.replace(b"1.1", b"1.0")] * 3, 3),
    ],
)
def test_a_connection_is_used_again_when_the_server_keeps_it(answers: list[bytes], connections: int) -> None:
    server = Server(*answers)

    async def use(poster: Poster, url: str) -> None:
        for _ in answers:
            assert await poster.post(url, b"{}", 5) == Answer(200, "{}")

    run(server, use)
    assert len(server.connections) == connections


def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    server = Server(OK, OK, close_after_each=True)

    async def use(poster: Poster, url: str) -> None:
        for _ in range(2):
            assert await poster.post(url, b"{}", 5) == Answer(200, "{}")
            await server.closed.wait()
            await asyncio.sleep(0.05)

    run(server, use)
    assert len(server.connections) == 2


def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one() -> None:
    server = Server(OK.replace(b"{}", b"[]"), OK, late_seconds=0.2)

    async def use(poster: Poster, url: str) -> None:
        with pytest.raises(TimeoutError):
            await poster.post(url, b"{}", 0.1)
        assert await poster.post(url, b"{}", 5) == Answer(200, "{}")

    run(server, use)


def test_many_posts_at_once_share_a_limited_number_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_MOST_TO_ONE", 3)
    server = Server(*[OK] * 30)

    async def use(poster: Poster, url: str) -> None:
        answers = await asyncio.gather(*(poster.post(url, b"{}", 5) for _ in range(30)))
        assert answers == [Answer(200, "{}")] * 30

    run(server, use)
    assert len(server.requests) == 30
    assert len(server.connections) <= 3


def test_a_connection_that_nobody_uses_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_KEPT_SECONDS", 0.05)
    server = Server(OK, OK)

    async def use(poster: Poster, url: str) -> None:
        await poster.post(url, b"{}", 5)
        async with asyncio.timeout(5):
            await server.closed.wait()

    run(server, use)


def test_an_encrypted_post_is_never_sent_in_the_clear() -> None:
    server = Server(OK)

    async def use(poster: Poster, url: str) -> None:
        with pytest.raises((ssl.SSLError, TimeoutError)):
            await poster.post(url.replace("http:", "https:"), b"{}", 0.3)

    run(server, use)
    assert server.requests == []
