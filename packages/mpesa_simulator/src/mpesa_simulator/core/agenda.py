"""What will happen, and when: prompts that lapse, callbacks that are due, phones that answer by themselves.

The agenda lives in the books, so it survives a restart. In real time a task sleeps until the next entry; in virtual
time nothing happens until somebody moves the clock, and then entries happen one after another, in order.
"""

import asyncio
from collections.abc import Callable, Coroutine

from mpesa_simulator.core.books import Books, Row
from mpesa_simulator.core.clock import Clock, VirtualClock

#: A deed done on the spot returns None; one that talks to the outside returns a coroutine.
Deed = Callable[[str], Coroutine[None, None, None] | None]

_FAR_FUTURE = 2**62
#: So many entries are done before requests get their turn.
_AT_A_STRETCH = 50
_NEXT = "SELECT id, due_at, verb, subject FROM agenda ORDER BY due_at, id LIMIT 1"


class Agenda:
    """Entries of (moment, verb, subject); `teach` says what each verb does to its subject."""

    def __init__(self, books: Books, clock: Clock, announce: Callable[[str], None]) -> None:
        self._books = books
        self._clock = clock
        self._announce = announce
        self._deeds: dict[str, Deed] = {}
        self._sooner = asyncio.Event()
        self._sleeping_until = _FAR_FUTURE
        self._under_way: set[asyncio.Task[None]] = set()

    def teach(self, verb: str, deed: Deed) -> None:
        """Say what `verb` does."""
        self._deeds[verb] = deed

    def put(self, verb: str, subject: str, due_at: int) -> None:
        """Have `verb` done to `subject` at `due_at`."""
        self._books.run("INSERT INTO agenda (due_at, verb, subject) VALUES (?, ?, ?)", due_at, verb, subject)
        if due_at < self._sleeping_until:
            self._sooner.set()

    def strike(self, subject: str) -> None:
        """Nothing more is to be done to `subject`."""
        self._books.run("DELETE FROM agenda WHERE subject = ?", subject)

    async def keep(self) -> None:
        """Do each entry in its time, until cancelled. Only under the real clock."""
        done = 0
        while True:
            self._sooner.clear()
            entry = self._books.one(_NEXT)
            self._sleeping_until = entry["due_at"] if entry else _FAR_FUTURE
            wait = (self._sleeping_until - self._clock.now()) / 1000
            if entry is None or wait > 0:
                await self._wait_for_sooner(wait)
                done = 0
                continue
            if (errand := self._begin(entry)) is not None:
                task = asyncio.create_task(errand)
                self._under_way.add(task)
                task.add_done_callback(self._end)
            done += 1
            if done % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._announce("network")

    async def _wait_for_sooner(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(min(seconds, 86_400)):
                await self._sooner.wait()
        except TimeoutError:
            return

    async def advance(self, clock: VirtualClock, moment: int) -> None:
        """Move virtual time to `moment`, doing everything on the way, one thing after another."""
        while (entry := self._books.one(_NEXT)) is not None and entry["due_at"] <= moment:
            clock.move_to(entry["due_at"])
            if (errand := self._begin(entry)) is not None:
                await errand
        clock.move_to(moment)

    def _begin(self, entry: Row) -> Coroutine[None, None, None] | None:
        with self._books.transaction():
            self._books.run("DELETE FROM agenda WHERE id = ?", entry["id"])
            errand = self._deeds[entry["verb"]](entry["subject"])
        self._announce("network")
        return errand

    @property
    def is_under_way(self) -> bool:
        """Whether an errand has been begun and has not ended."""
        return bool(self._under_way)

    async def finish(self) -> None:
        """Let the errands that are under way end."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=1)
        for task in self._under_way:
            task.cancel()
