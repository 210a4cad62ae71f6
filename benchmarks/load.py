"""A load generator that costs little: prebuilt requests over keep-alive connections, and how long each answer took."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

import uvloop

from sokopesa.kernel.garbage import look_seldom

TICK = 0.001
"""Seconds between looks at the clock when the rate is given."""
PATIENCE = 30.0
"""Seconds that the last answers are waited for."""


@dataclass(frozen=True)
class Outcome:
    """What the server made of it. ``latencies`` are seconds, sorted; under a given rate they begin when a request was
    due, not when a connection came free for it, so that a server that stalls cannot hide it."""

    accepted: int
    refused: int
    seconds: float
    latencies: array[float] = field(repr=False)

    @property
    def rate(self) -> float:
        """Accepted requests a second."""
        return self.accepted / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that ``share`` (0 to 1) of the requests stayed below, in seconds."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def post(path: str, body: bytes) -> bytes:
    """One POST as bytes on the wire, with the headers that M-PESA sends."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: market.example\r\nUser-Agent: Apache-HttpClient/4.5.13 (Java/1.8.0_322)\r\n"
        f"Accept-Encoding: gzip,deflate\r\nContent-Type: application/json;charset=UTF-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(port: int, requests: Iterable[bytes], *, connections: int, seconds: float = 0, rate: float = 0) -> Outcome:
    """Send the requests to this machine's ``port`` and wait for every answer.

    Without ``rate`` each connection sends as soon as it was answered; with it requests fall due evenly. It ends with
    the requests, or after ``seconds``.
    """
    return uvloop.run(_drive(port, _Load(iter(requests)), connections=connections, seconds=seconds, rate=rate))


class _Load:
    """What all connections share."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.latencies = array("d")
        self.refused = 0
        self.under_way = 0
        self.finished_at = 0.0
        self.until = float("inf")
        self.eager = False
        self.ending = False
        self.done = asyncio.Event()
        self.idle: deque[_Connection] = deque()
        self.due: deque[float] = deque()

    def take(self, connection: _Connection) -> None:
        """The connection is free: give it what is due, or let it rest."""
        if self.eager:
            now = time.perf_counter()
            if now < self.until:
                self.give(connection, now)
        elif self.due:
            self.give(connection, self.due.popleft())
        else:
            self.idle.append(connection)

    def end_if_done(self) -> None:
        """Nothing more falls due, and everything that did was answered."""
        if self.ending and not self.under_way and not self.due:
            self.done.set()

    def give(self, connection: _Connection, due_at: float) -> None:
        request = next(self.requests, None)
        if request is None:
            self.until = 0.0
            self.due.clear()
            return
        self.under_way += 1
        connection.send(request, due_at)


class _Connection(asyncio.Protocol):
    """One request at a time. Every answer of the door is one JSON object, so its last byte is known."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._received = b""
        self._due_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own do not derive from asyncio's

    def send(self, request: bytes, due_at: float) -> None:
        self._due_at = due_at
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        if not data.endswith(b"}"):
            self._received = data
            return
        self._received = b""
        load = self._load
        load.finished_at = time.perf_counter()
        load.latencies.append(load.finished_at - self._due_at)
        load.under_way -= 1
        load.refused += not data.startswith(b"HTTP/1.1 200")
        load.take(self)
        load.end_if_done()

    def close(self) -> None:
        self._transport.close()


async def _drive(port: int, load: _Load, *, connections: int, seconds: float, rate: float) -> Outcome:
    look_seldom()
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    began = time.perf_counter()
    load.until = began + seconds if seconds else float("inf")
    load.eager = not rate
    for connection in opened:
        load.take(connection)
    fallen_due = 0
    while time.perf_counter() < load.until:
        await asyncio.sleep(TICK if rate else 10 * TICK)
        for _ in range(int((time.perf_counter() - began) * rate) - fallen_due if rate else 0):
            load.due.append(began + fallen_due / rate)
            fallen_due += 1
        while load.due and load.idle:
            load.give(load.idle.popleft(), load.due.popleft())
    load.ending = True
    load.end_if_done()
    await asyncio.wait_for(load.done.wait(), PATIENCE)
    for connection in opened:
        connection.close()
    latencies = array("d", sorted(load.latencies))
    return Outcome(len(latencies) - load.refused, load.refused, load.finished_at - began, latencies)
