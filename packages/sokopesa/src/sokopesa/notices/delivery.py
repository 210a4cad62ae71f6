"""Carrying what stands in the outbox to the provider: several at a time, by any number of workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue

import structlog
from django.db import connection, transaction

from sokopesa.kernel.phone import masked
from sokopesa.notices.actions import OPERATOR, alert_operator
from sokopesa.notices.errors import NotDelivered
from sokopesa.notices.providers import Provider

log = structlog.get_logger(__name__)

AT_ONCE = 8
"""Notices that one worker hands over at the same time."""

CLAIM_HOLDS = timedelta(minutes=2)
"""Nobody else tries a claimed notice for so long; twice as long as a provider can take to answer."""

MOST_TRIES = 10
"""After so many a notice is given up."""


def pause_after(tries: int) -> timedelta:
    """How long a notice waits after so many tries failed: 3 s, 9 s, 27 s ... the last pause is five and a half hours.

    A code to sign in is tried six times while it is good; an outage of the provider for eight hours loses nothing.
    """
    return timedelta(seconds=3**tries)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A notice that is ours alone until ``until``; ``attempt`` counts from 1 and tells this claim from later ones."""

    id: int
    to: str
    text: str
    kind: str
    attempt: int
    until: datetime


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How handing over ended, and when. ``error`` is empty if the provider took it."""

    claim: _Claim
    at: datetime
    error: str

    @property
    def sent_at(self) -> datetime | None:
        return None if self.error else self.at

    @property
    def next_try_at(self) -> datetime | None:
        """Empty if the notice is over: sent, or given up."""
        if not self.error or self.claim.attempt >= MOST_TRIES:
            return None
        return self.at + pause_after(self.claim.attempt)


class Courier:
    """Hands due notices to the provider, each by a thread of its own, the urgent ones first.

    A notice is claimed in a committed transaction before it is handed over, at most once for each claim. It is sent
    twice only if the provider's yes is lost: the process dies, or the database stays away for longer than
    `CLAIM_HOLDS`, before we have recorded it, or the line to the provider breaks before it has answered. Then it is
    tried again, because a message told twice does less harm than one that is never told.

    One thread at a time calls its methods. ``clock`` tells the time; ``freed`` is called, by another thread, whenever a
    notice was handed over, so that `carry` may be called for the next. No more than ``per_second`` are begun in a
    second: providers throttle, and carrying must not take the processor from settling payments.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Callable[[], datetime],
        freed: Callable[[], object] = lambda: None,
        per_second: float = 50.0,
    ) -> None:
        self._provider, self._clock, self._freed = provider, clock, freed
        self._per_second = self._allowance = per_second
        self._allowed_at = clock()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notices")
        self._ended: SimpleQueue[_Outcome] = SimpleQueue()
        self._unrecorded: list[_Outcome] = []
        self._under_way = 0

    def carry(self) -> int:
        """Record how earlier notices fared and begin as many due ones as there are threads free, without waiting for
        the provider; how many are under way now."""
        self._record_ended()
        if (free := min(AT_ONCE - self._under_way, self._allowed())) > 0:
            claims = _claim(free, self._clock())
            self._under_way += len(claims)
            self._allowance -= len(claims)
            for claim in claims:
                self._threads.submit(self._hand_over, claim)
        return self._under_way

    def _allowed(self) -> int:
        """How many may be begun now; what was not used gathers for a second."""
        now = self._clock()
        gained = (now - self._allowed_at).total_seconds() * self._per_second
        self._allowance = min(self._per_second, self._allowance + max(0.0, gained))
        self._allowed_at = now
        return int(self._allowance)

    def finish(self) -> None:
        """Wait for what is under way and record it. Nothing is begun any more. It may be called again."""
        self._threads.shutdown(wait=True)
        self._record_ended()
        self._provider.close()

    def _hand_over(self, claim: _Claim) -> None:
        error = self._send(claim) if self._clock() < claim.until else "this process slept through its claim"
        printable = "".join(character if character.isprintable() else "?" for character in error[:200])
        self._ended.put(_Outcome(claim, self._clock(), printable))
        self._freed()

    def _send(self, claim: _Claim) -> str:
        """Why the provider did not take it; empty if it did. A fault of ours with one notice holds up no other."""
        try:
            self._provider.send(to=claim.to, text=claim.text)
        except NotDelivered as refusal:
            log.warning("notice_not_sent", kind=claim.kind, attempt=claim.attempt, error=str(refusal))
            return str(refusal) or "not taken"
        except Exception as fault:
            log.exception("notice_failed", kind=claim.kind, attempt=claim.attempt)
            return repr(fault)
        return ""

    def _record_ended(self) -> None:
        while not self._ended.empty():
            self._unrecorded.append(self._ended.get())
        if self._unrecorded:
            _record(self._unrecorded)
            self._under_way -= len(self._unrecorded)
            self._unrecorded.clear()


@transaction.atomic(durable=True)
def _claim(most: int, now: datetime) -> list[_Claim]:
    """Up to ``most`` due notices. Who waits at a screen comes before who does not; then the one that waited longest."""
    claims: list[_Claim] = []
    until = now + CLAIM_HOLDS
    with connection.cursor() as cursor:
        for urgent in (True, False):
            if len(claims) < most:
                # Two statements, because each is then one short walk along the index, whatever waits beside it.
                cursor.execute(
                    """
                    UPDATE notices_notice SET attempts = attempts + 1, next_try_at = %(until)s
                    WHERE id = ANY (ARRAY(
                        SELECT id FROM notices_notice WHERE urgent = %(urgent)s AND next_try_at <= %(now)s
                        ORDER BY next_try_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
                    ))
                    RETURNING id, "to", text, kind, attempts, next_try_at
                    """,
                    {"until": until, "urgent": urgent, "now": now, "most": most - len(claims)},
                )
                claims += [_Claim(*columns) for columns in cursor.fetchall()]
    return claims


@transaction.atomic
def _record(outcomes: Sequence[_Outcome]) -> None:
    """Store how the notices fared. A failure counts only while its claim stands; that it was sent always counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notices_notice AS notice
            SET sent_at = outcome.sent_at, next_try_at = outcome.next_try_at, last_error = outcome.error
            FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::text[])
                AS outcome(id, attempt, sent_at, next_try_at, error)
            WHERE notice.id = outcome.id AND notice.sent_at IS NULL AND (
                outcome.sent_at IS NOT NULL
                OR notice.attempts = outcome.attempt AND notice.next_try_at IS NOT NULL
            )
            RETURNING notice.id, notice.next_try_at IS NULL AND notice.sent_at IS NULL
            """,
            [
                [outcome.claim.id for outcome in outcomes],
                [outcome.claim.attempt for outcome in outcomes],
                [outcome.sent_at for outcome in outcomes],
                [outcome.next_try_at for outcome in outcomes],
                [outcome.error for outcome in outcomes],
            ],
        )
        given_up = {notice_id for notice_id, is_given_up in cursor.fetchall() if is_given_up}
    for outcome in outcomes:
        if outcome.claim.id in given_up:
            _tell_of_giving_up(outcome)


def _tell_of_giving_up(outcome: _Outcome) -> None:
    """Once an hour at most, for when the provider is down everything is given up. Of a notice to the operator nobody is
    told, or each that fails would make another."""
    to, error = masked(outcome.claim.to), outcome.error
    log.error("notice_given_up", notice=outcome.claim.id, kind=outcome.claim.kind, error=error)
    if outcome.claim.kind != OPERATOR:
        alert_operator(
            text=f"SMS to {to} was given up after {MOST_TRIES} tries: {error[:150]}. There may be more; see the log.",
            key=f"sms-{outcome.at:%Y%m%d%H}",
        )
