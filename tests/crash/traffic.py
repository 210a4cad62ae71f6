"""M-PESA's side of the test: messages at a steady rate, each repeated until it is acknowledged."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from tests.crash.messages import Message, tell
from tests.crash.sales import Sale

FIRST_WAIT = 0.2
LONGEST_WAIT = 1.0
"""Seconds before a message is posted again; M-PESA's own waits are longer and not documented."""


class Traffic:
    """Posts what M-PESA tells about the sales in ``to_come``, and remembers what was acknowledged. ``exhausted`` is set
    once it found nothing to come."""

    def __init__(self, door: str, *, rate: float, rng: random.Random) -> None:
        self.to_come: deque[Sale] = deque()
        self.told: list[Sale] = []
        self.receipts: dict[Sale, str] = {}
        self.acknowledged: Counter[Message] = Counter()
        self.attempts = 0
        self._door, self._rate, self._rng = door, rate, rng
        self._acknowledgements: list[tuple[float, float]] = []
        self._under_way = 0
        self._all_acknowledged = asyncio.Event()
        self.exhausted = asyncio.Event()
        self._flowing = asyncio.Event()

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Messages are posted within this block, once `resume` has been called."""
        flow = asyncio.create_task(self._flow())
        try:
            yield
        finally:
            flow.cancel()
            with suppress(asyncio.CancelledError):
                await flow

    async def _flow(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        async with (
            httpx.AsyncClient(base_url=self._door, timeout=15, limits=limits) as http,
            asyncio.TaskGroup() as self._posts,
        ):
            while True:
                await self._flowing.wait()
                if self.to_come:
                    self._tell(self.to_come.popleft(), http)
                else:
                    self.exhausted.set()
                await asyncio.sleep(1 / self._rate)

    def resume(self) -> None:
        """Let messages about further sales flow."""
        self._flowing.set()

    async def pause(self) -> None:
        """Return once everything that was sent is acknowledged."""
        self._flowing.clear()
        if self._under_way:
            await self._all_acknowledged.wait()

    def acknowledged_since(self, moment: float) -> float | None:
        """When the first message that was posted after ``moment`` was acknowledged, if one was."""
        return min((at for begun, at in reversed(self._acknowledgements) if begun > moment), default=None)

    def _tell(self, sale: Sale, http: httpx.AsyncClient) -> None:
        self.told.append(sale)
        messages = tell(sale, f"SK{len(self.told):08d}", self._rng)
        self.receipts[sale] = messages[0].receipt
        for message in messages:
            self._under_way += 1
            self._all_acknowledged.clear()
            self._posts.create_task(self._post(message, http))

    async def _post(self, message: Message, http: httpx.AsyncClient) -> None:
        await asyncio.sleep(message.wait_seconds)
        wait = FIRST_WAIT
        while not await self._is_acknowledged(message, http):
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, LONGEST_WAIT)
        self._under_way -= 1
        if not self._under_way:
            self._all_acknowledged.set()

    async def _is_acknowledged(self, message: Message, http: httpx.AsyncClient) -> bool:
        self.attempts += 1
        begun = time.time()
        try:
            answer = await http.post(message.path, content=message.body, headers={"content-type": "application/json"})
        except httpx.TransportError:
            return False
        if answer.status_code != 200:
            return False
        self.acknowledged[message] += 1
        self._acknowledgements.append((begun, time.time()))
        return True
