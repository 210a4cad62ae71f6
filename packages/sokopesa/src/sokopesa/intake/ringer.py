"""Waking those who settle what was kept: at once where little comes, a few dozen times a second where much does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import psycopg
import structlog

from sokopesa.intake.line import Line

log = structlog.get_logger(__name__)

EVERY = 0.02
"""Seconds between two rings at least."""


class Ringer:
    """`ring` costs its caller nothing: a task of its own does it. A ring that fails is lost; who is not woken looks by
    himself."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._due: set[str] = set()
        self._asked = asyncio.Event()
        self._ending = False
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Ring from now on. Called in the event loop."""
        self._task = asyncio.create_task(self._go_on())

    def ring(self, channels: Iterable[str]) -> None:
        """Have these channels rung soon."""
        self._due.update(channels)
        self._asked.set()

    async def end(self) -> None:
        """Ring what is due, then stop."""
        self._ending = True
        self._asked.set()
        if self._task:
            await self._task

    async def _go_on(self) -> None:
        while self._due or not self._ending:
            self._asked.clear()
            if not self._due:
                await self._asked.wait()
                continue
            channels, self._due = self._due, set()
            try:
                await self._line.ring(channels)
            except (psycopg.Error, TimeoutError) as error:
                log.warning("settlement_not_woken", error=str(error))
                await self._line.close()
            if not self._ending:
                await asyncio.sleep(EVERY)
        await self._line.close()
