"""The server towards whoever connects: slow, endless, hasty or honest."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn

from sokopesa import serving
from sokopesa.serving import GuardedHttp

REQUEST = b"POST /%d HTTP/1.1\r\nHost: market.example\r\nContent-Length: 2\r\n\r\nhi"


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers with the path and the client's address."""
    answer = f"{scope['path']} {scope['client'][0]}.".encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture
def port(free_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.2)
    settings: dict[str, Any] = {"lifespan": "off", "log_config": None, "proxy_headers": False}
    server = uvicorn.Server(uvicorn.Config(echo, port=free_port, http=GuardedHttp, **settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up_at = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    yield free_port
    server.should_exit = True
    thread.join(20)


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def read(line: socket.socket, until: bytes) -> bytes:
    """All that is read up to these bytes, or to the end."""
    found = b""
    while until not in found and (data := line.recv(65536)):
        found += data
    return found


def test_answers_come_whole_and_in_order_on_one_connection(port: int) -> None:
    with closing(call(port)) as line:
        line.sendall(b"".join(REQUEST % number for number in range(3)))
        answers = read(line, b"/2 127.0.0.1.")
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    places = [answers.index(b"/%d 127.0.0.1." % number) for number in range(3)]
    assert places == sorted(places)


def test_a_connection_that_is_to_end_brings_its_answer_first(port: int) -> None:
    with closing(call(port)) as line:
        line.sendall(b"GET /last HTTP/1.1\r\nHost: market.example\r\nConnection: close\r\n\r\n")
        assert read(line, b"\0").endswith(b"/last 127.0.0.1.")


def test_headers_without_end_are_refused(port: int) -> None:
    with closing(call(port)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: market.example\r\nX-Long: ")
        answer = b""
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the two calls hears of it is the system's choice
            for _ in range(1000):
                line.sendall(b"x" * 65536)
                answer = answer or line.recv(65536)
                assert answer, "closed without a word"
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("words", [b"", b"GET / HTTP/1.1\r\nHost: market.exa"], ids=["silence", "half a head"])
def test_who_never_ends_a_head_is_hung_up_on(port: int, words: bytes) -> None:
    with closing(call(port)) as line:
        line.sendall(words)
        assert read(line, b"\0") == b""


def test_a_head_in_pieces_is_read_if_it_ends_in_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 20.0)
    with closing(call(port)) as line:
        for piece in (b"GET /piece HT", b"TP/1.1\r\nHost: mark", b"et.example\r\n\r", b"\n"):
            line.sendall(piece)
            time.sleep(0.01)
        assert read(line, b"/piece 127.0.0.1.").startswith(b"HTTP/1.1 200 ")


def test_an_honest_connection_outlives_the_time_for_a_head(port: int) -> None:
    with closing(call(port)) as line:
        for number in range(2):
            line.sendall(REQUEST % number)
            assert b"HTTP/1.1 200 OK" in read(line, b"/%d 127.0.0.1." % number)
            time.sleep(0.4)
