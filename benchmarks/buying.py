"""Whole checkouts over HTTP by clients that cost little: one keep-alive connection each, five requests a checkout."""

from __future__ import annotations

import asyncio
import json
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import uvloop

from benchmarks.figures import BooksWrongError

TOTAL_CENTS = 120_000
"""A kettle and its way, as `benchmarks.planting` prices them."""


@dataclass(frozen=True)
class Wish:
    """One checkout to be: who buys what. The offer's profile and method have its number."""

    buyer: int
    offer: int
    token: str


@dataclass
class Bought:
    """What the clients saw; ``latencies`` are seconds a whole checkout, sorted."""

    seconds: float
    numbers: list[str] = field(repr=False)
    latencies: array[float] = field(repr=False)

    @property
    def rate(self) -> float:
        """Whole checkouts a second."""
        return len(self.numbers) / self.seconds

    def percentile(self, share: float) -> float:
        """The time that ``share`` (0 to 1) of the checkouts stayed below, in seconds."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def buy(port: int, wishes: Iterator[Wish], *, clients: int, seconds: float) -> Bought:
    """So many clients check out one wish after the other for so long."""
    return uvloop.run(_buy(port, wishes, clients, seconds))


async def _buy(port: int, wishes: Iterator[Wish], clients: int, seconds: float) -> Bought:
    bought = Bought(0.0, [], array("d"))
    began = time.perf_counter()
    await asyncio.gather(*(_client(port, wishes, began + seconds, bought) for _ in range(clients)))
    bought.seconds = time.perf_counter() - began
    bought.latencies = array("d", sorted(bought.latencies))
    return bought


async def _client(port: int, wishes: Iterator[Wish], until: float, bought: Bought) -> None:
    line = _Line(*await asyncio.open_connection("127.0.0.1", port))
    while (began := time.perf_counter()) < until:
        bought.numbers.append(await _check_out(line, next(wishes)))
        bought.latencies.append(time.perf_counter() - began)
    line.close()


async def _check_out(line: _Line, wish: Wish) -> str:
    """Item, address, shipping, M-PESA, place; the number of the purchase."""
    await line.send(wish, "POST", "basket/items", {"offer": wish.offer})
    begun = await line.send(wish, "POST", "checkouts", {"address": wish.buyer})
    checkout = f"checkouts/{json.loads(begun)['id']}"
    way = {"profile": wish.offer, "method": wish.offer}
    await line.send(wish, "PUT", f"{checkout}/shipping", {"ways": [way]})
    await line.send(wish, "PUT", f"{checkout}/payment", {"method": "mpesa", "msisdn": f"2547{wish.buyer:08d}"})
    placed = await line.send(wish, "POST", f"{checkout}/place", {"agreed_total_cents": TOTAL_CENTS})
    return str(json.loads(placed)["number"])


class _Line:
    """A connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, wish: Wish, method: str, path: str, body: dict[str, object]) -> bytes:
        """The answer's body. Raises `BooksWrongError` if it is a refusal."""
        content = json.dumps(body).encode()
        head = (
            f"{method} /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {wish.token}\r\n"
            f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answered = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, rest = answered.partition(b"content-length: ")
        length = int(rest.partition(b"\r\n")[0] or 0)
        answer = await self._reader.readexactly(length) if length else b""
        if not answered.startswith(b"http/1.1 20"):
            raise BooksWrongError(f"{method} {path}: {answered.decode()}{answer.decode()}")
        return answer

    def close(self) -> None:
        self._writer.close()
