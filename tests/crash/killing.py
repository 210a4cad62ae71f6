"""Who is killed, and when."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import psycopg
from tests.crash.market import Market
from tests.crash.traffic import Traffic

BACK_WITHIN_SECONDS = 60
LONGEST_LULL_SECONDS = 1.5
"""A kill comes at any moment up to this long after everything works again."""
WHILE_RECOVERING = 0.2
"""Share of the kills that do not wait until the one before is got over."""
LONGEST_ABSENCE_SECONDS = 0.4
"""Supervisors take their time too."""


class Victim(StrEnum):
    """What can be killed."""

    DOOR = "door"
    WORKER = "worker"
    POSTGRES = "PostgreSQL"
    BACKEND = "one connection of PostgreSQL"


DECK = (Victim.DOOR,) * 3 + (Victim.WORKER,) * 3 + (Victim.POSTGRES,) * 3 + (Victim.BACKEND,)
"""How often who is drawn, in ten kills."""


@dataclass(slots=True)
class Kill:
    """One kill, and after how many seconds a fresh message was acknowledged, and settled, again. Empty where the next
    kill came before."""

    victim: Victim
    at: float
    acknowledged_after: float | None = None
    settled_after: float | None = None


class Killer:
    """Kills one after another and watches how the market gets over it."""

    def __init__(self, market: Market, traffic: Traffic, *, deck: tuple[Victim, ...], rng: random.Random) -> None:
        self.kills: list[Kill] = []
        self._market, self._traffic, self._rng = market, traffic, rng
        self._victims = self._shuffled(deck)

    async def kill(self) -> None:
        """Wait for a moment, kill somebody and start him again.

        Raises TimeoutError if the market did not come back after the last kill.
        """
        if not self.kills or self._rng.random() >= WHILE_RECOVERING:
            await self.watch_recovery()
        await asyncio.sleep(self._rng.uniform(0, LONGEST_LULL_SECONDS))
        victim = next(self._victims)
        absence = self._rng.uniform(0, LONGEST_ABSENCE_SECONDS)
        match victim:
            case Victim.BACKEND:
                moment = await asyncio.to_thread(self._market.postgres.kill_backend, self._rng)
            case Victim.POSTGRES:
                moment = await asyncio.to_thread(self._market.postgres.kill)
                await asyncio.sleep(absence)
                await asyncio.to_thread(self._market.postgres.start)
            case _:
                doomed = self._market.door if victim is Victim.DOOR else self._rng.choice(self._market.workers)
                moment = await asyncio.to_thread(doomed.kill)
                await asyncio.sleep(absence)
                doomed.start()
        self.kills.append(Kill(victim, moment))

    async def watch_recovery(self) -> None:
        """Return once messages sent after the last kill (before the first: at all) are acknowledged and settled."""
        last = self.kills[-1] if self.kills else Kill(Victim.DOOR, at=0)
        async with asyncio.timeout(BACK_WITHIN_SECONDS):
            while last.acknowledged_after is None or last.settled_after is None:
                if last.acknowledged_after is None and (at := self._traffic.acknowledged_since(last.at)):
                    last.acknowledged_after = at - last.at
                if last.settled_after is None and (at := await asyncio.to_thread(self._settled_since, last.at)):
                    last.settled_after = at - last.at
                await asyncio.sleep(0.05)

    def _settled_since(self, moment: float) -> float | None:
        """When the first settlement that began after ``moment`` was seen to be committed."""
        try:
            with self._market.connect() as connection:
                found = connection.execute(
                    "SELECT 1 FROM (SELECT settled_at FROM payments_inboxmessage ORDER BY id DESC LIMIT 500) AS latest"
                    " WHERE settled_at > to_timestamp(%s)",
                    [moment],
                ).fetchone()
        except psycopg.OperationalError:
            return None
        return time.time() if found else None

    def _shuffled(self, deck: tuple[Victim, ...]) -> Iterator[Victim]:
        while True:
            yield from self._rng.sample(deck, len(deck))
