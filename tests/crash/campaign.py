"""Load, kills, quiet, audit; and again, until all kills are done."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from tests.crash.audit import audit
from tests.crash.killing import DECK, Kill, Killer, Victim
from tests.crash.market import Market
from tests.crash.sales import draw, plant
from tests.crash.traffic import Traffic

KILLS_BETWEEN_AUDITS = 10
QUIET_WITHIN_SECONDS = 60
DELIVERED_WITHIN_SECONDS = 120
SECONDS_OF_SALES = 90
"""For how long the sales that are ready must last: longer than any round of kills."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. ``rate`` is in sales a second; ``until_delivered`` waits at the end for every SMS to be sent."""

    kills: int
    seed: int
    rate: float = 40.0
    deck: tuple[Victim, ...] = DECK
    until_delivered: bool = True


@dataclass
class Outcome:
    """What was seen."""

    kills: list[Kill] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    audits: int = 0
    figures: dict[str, int] = field(default_factory=dict)


class Campaign:
    """One plan, carried out on one market that is open already."""

    def __init__(self, market: Market, plan: Plan, progress: Callable[[Outcome], None]) -> None:
        self._market, self._plan, self._progress = market, plan, progress
        self._rng = random.Random(plan.seed)
        self._traffic = Traffic(market.address, rate=plan.rate, rng=self._rng)
        self._killer = Killer(market, self._traffic, deck=plan.deck, rng=self._rng)
        self._outcome = Outcome(kills=self._killer.kills)
        self._head = ""

    async def run(self) -> Outcome:
        """Go on until all kills are done or something is found."""
        async with self._traffic.flowing(), self._market.supervised():
            while not self._outcome.findings and len(self._killer.kills) < self._plan.kills:
                await self._round()
            if self._plan.until_delivered and not self._outcome.findings:
                await self._wait(QUESTION_UNDELIVERED, DELIVERED_WITHIN_SECONDS)
        self._outcome.figures = self._figures()
        return self._outcome

    async def _round(self) -> None:
        self._make_ready()
        self._traffic.resume()
        try:
            for _ in range(min(KILLS_BETWEEN_AUDITS, self._plan.kills - len(self._killer.kills))):
                await self._killer.kill()
                self._progress(self._outcome)
            await self._killer.watch_recovery()
            async with asyncio.timeout(QUIET_WITHIN_SECONDS):
                await self._traffic.pause()
        except TimeoutError:
            last = self._killer.kills[-1].victim
            self._outcome.findings.append(f"The market did not come back after the {last} was killed.")
            return
        if await self._wait(QUESTION_UNSETTLED, QUIET_WITHIN_SECONDS):
            await asyncio.to_thread(self._audit)

    def _make_ready(self) -> None:
        known = len(self._traffic.told) + len(self._traffic.to_come)
        missing = int(self._plan.rate * SECONDS_OF_SALES) - len(self._traffic.to_come)
        sales = draw(missing, after=known, rng=self._rng)
        with self._market.connect() as connection:
            plant(connection, sales)
        self._traffic.to_come.extend(sales)

    async def _wait(self, question: tuple[str, str], seconds: float) -> bool:
        """Whether the count that the question asks for fell to zero in time; if not, that is a finding."""
        words, query = question
        give_up_at = time.monotonic() + seconds
        while waiting := await asyncio.to_thread(self._count, query):
            if time.monotonic() > give_up_at:
                self._outcome.findings.append(f"{words} after {seconds:.0f} seconds: {waiting:,}")
                return False
            await asyncio.sleep(0.2)
        return True

    def _count(self, query: str) -> int:
        with self._market.connect() as connection:
            return int(connection.execute(query.encode()).fetchall()[0][0])  # type: ignore[call-overload]

    def _audit(self) -> None:
        """Our own questions, then the market's own checks. What was sealed before the kills must still be sealed."""
        with self._market.connect() as connection:
            found = audit(connection, self._traffic)
        anchor = ["--head", self._head] if self._head else []
        for command in (["seal"], ["check"], ["verify", *anchor]):
            status, said = self._market.ask("ledger", *command)
            if status:
                found.append(f"sokopesa ledger {' '.join(command)} says: {said.strip()}")
            elif command == ["seal"]:
                (self._head,) = re.findall(r"\b[0-9a-f]{64}\b", said)
        self._outcome.findings += found
        self._outcome.audits += 1

    def _figures(self) -> dict[str, int]:
        traffic = self._traffic
        acknowledged = sum(traffic.acknowledged.values())
        figures = {
            "messages acknowledged": acknowledged,
            "posts that had to be repeated": traffic.attempts - acknowledged,
            "restarts by the supervisor": sum(program.failures for program in self._market.programs),
        }
        with suppress(psycopg.OperationalError):
            figures |= {name: self._count(query) for name, query in COUNTS.items()}
        return figures


QUESTION_UNSETTLED = ("Messages not settled", "SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NULL")
QUESTION_UNDELIVERED = ("SMS not sent", "SELECT count(*) FROM notices_notice WHERE sent_at IS NULL")

COUNTS = {
    "messages kept": "SELECT count(*) FROM payments_inboxmessage",
    "messages settled": "SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NOT NULL",
    "duplicates absorbed": "SELECT count(*) FROM payments_inboxmessage WHERE verdict = 'repeated'",
    "receipts booked": "SELECT count(*) FROM payments_receipt",
    "entries sealed": "SELECT coalesce(sum(cardinality(entry_ids)), 0) FROM ledger_block",
}
