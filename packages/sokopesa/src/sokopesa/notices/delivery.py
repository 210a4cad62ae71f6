"""Carrying what stands in an outbox to its provider: several at a time, by any number of workers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import ClassVar

import structlog
from django.db import connection, transaction

from sokopesa.kernel.phone import masked
from sokopesa.notices.actions import OPERATOR, alert_operator
from sokopesa.notices.errors import NeverDelivered, NotDelivered, ProviderRefusesUs
from sokopesa.notices.mail import Mailer
from sokopesa.notices.providers import Provider

log = structlog.get_logger(__name__)

AT_ONCE = 8
"""Messages that one carrier hands over at the same time."""

PER_SECOND = 50.0
"""Messages that one carrier begins in a second at most, unless told otherwise."""

LONGEST_PAUSE = 0.1
"""Seconds between two looks at the outbox at most, while there is much to send."""

CLAIM_HOLDS = timedelta(minutes=2)
"""Nobody else tries a claimed message for so long; longer than a provider can take to answer."""

MOST_TRIES = 10
"""After so many a message is given up."""


def pause_after(tries: int) -> timedelta:
    """How long a message waits after so many tries failed: 3 s, 9 s, 27 s ... the last pause is five and a half hours.

    A code to sign in is tried six times while it is good; an outage of the provider for eight hours loses nothing.
    """
    return timedelta(seconds=3**tries)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours alone until ``until``; ``attempt`` counts from 1 and tells this claim from later ones."""

    id: int
    key: str
    to: str
    subject: str
    text: str
    kind: str
    attempt: int
    until: datetime


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How handing over ended, and when. ``fault`` is empty if the provider took it."""

    claim: Claim
    at: datetime
    fault: Exception | None

    @property
    def error(self) -> str:
        """Why the provider did not take it, in 200 printable characters."""
        if self.fault is None:
            return ""
        words = str(self.fault) if isinstance(self.fault, NotDelivered) else repr(self.fault)
        return "".join(character if character.isprintable() else "?" for character in (words or "not taken")[:200])

    @property
    def sent_at(self) -> datetime | None:
        return None if self.fault else self.at

    @property
    def next_try_at(self) -> datetime | None:
        """Empty if the message is over: sent, or given up."""
        is_over = isinstance(self.fault, NeverDelivered) or self.claim.attempt >= MOST_TRIES
        return None if self.fault is None or is_over else self.at + pause_after(self.claim.attempt)


class Carrier(ABC):
    """Hands due messages to a provider, each by a thread of its own, the urgent ones first.

    A message is claimed in a committed transaction before it is handed over, at most once for each claim. It is sent
    twice only if the provider's yes is lost: the process dies, or the database stays away for longer than
    `CLAIM_HOLDS`, before we have recorded it, or the line to the provider breaks before it has answered. Then it is
    tried again, because a message told twice does less harm than one that is never told.

    One thread at a time calls its methods. ``clock`` tells the time; ``freed`` is called, by another thread, whenever a
    message was handed over, so that `carry` may be called for the next. No more than ``per_second`` are begun in a
    second: providers throttle, and carrying must not take the processor from settling payments.
    """

    table: ClassVar[str]
    subject: ClassVar[str] = "''"
    what: ClassVar[str]

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        freed: Callable[[], object] = lambda: None,
        per_second: float = PER_SECOND,
    ) -> None:
        self._clock, self._freed = clock, freed
        self._per_second = self._allowance = per_second
        self._allowed_at = clock()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=self.table)
        self._ended: SimpleQueue[_Outcome] = SimpleQueue()
        self._unrecorded: list[_Outcome] = []
        self._under_way = 0

    @abstractmethod
    def _hand(self, claim: Claim) -> None:
        """Give it to the provider. Raises `NotDelivered`."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Nothing is sent any more."""

    @abstractmethod
    def _masked(self, to: str) -> str:
        """Whom it is for, as an operator may read it."""

    def carry(self) -> int:
        """Record how earlier messages fared and begin as many due ones as there are threads free, without waiting for
        the provider; how many are under way now."""
        self._record_ended()
        if (free := min(AT_ONCE - self._under_way, self._allowed())) > 0:
            claims = self._claim(free, self._clock())
            self._under_way += len(claims)
            self._allowance -= len(claims)
            for claim in claims:
                self._threads.submit(self._hand_over, claim)
        return self._under_way

    @property
    def pause(self) -> float:
        """Seconds after which it is worth to `carry` again: by then several may be recorded and begun together."""
        return min(LONGEST_PAUSE, AT_ONCE / self._per_second / 2)

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
        self._hang_up()

    def _hand_over(self, claim: Claim) -> None:
        in_time = self._clock() < claim.until
        fault = self._send(claim) if in_time else NotDelivered("this process slept through its claim")
        self._ended.put(_Outcome(claim, self._clock(), fault))
        self._freed()

    def _send(self, claim: Claim) -> Exception | None:
        """Why the provider did not take it; nothing if it did. A fault of ours with one message holds up no other."""
        try:
            self._hand(claim)
        except NotDelivered as refusal:
            log.warning("notice_not_sent", kind=claim.kind, attempt=claim.attempt, error=str(refusal))
            return refusal
        except Exception as fault:
            log.exception("notice_failed", kind=claim.kind, attempt=claim.attempt)
            return fault
        return None

    def _record_ended(self) -> None:
        while not self._ended.empty():
            self._unrecorded.append(self._ended.get())
        if self._unrecorded:
            self._record(self._unrecorded)
            self._under_way -= len(self._unrecorded)
            self._unrecorded.clear()

    @transaction.atomic(durable=True)
    def _claim(self, most: int, now: datetime) -> list[Claim]:
        """Up to ``most`` due messages. Who waits at a screen comes before who does not; then who waited longest."""
        claims: list[Claim] = []
        until = now + CLAIM_HOLDS
        with connection.cursor() as cursor:
            for urgent in (True, False):
                if len(claims) < most:
                    # Two statements, because each is then one short walk along the index, whatever waits beside it.
                    cursor.execute(
                        f"""
                        UPDATE {self.table} SET attempts = attempts + 1, next_try_at = %(until)s
                        WHERE id = ANY (ARRAY(
                            SELECT id FROM {self.table} WHERE urgent = %(urgent)s AND next_try_at <= %(now)s
                            ORDER BY next_try_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
                        ))
                        RETURNING id, key, "to", {self.subject}, text, kind, attempts, next_try_at
                        """,  # noqa: S608 - a table of our own
                        {"until": until, "urgent": urgent, "now": now, "most": most - len(claims)},
                    )
                    claims += [Claim(*columns) for columns in cursor.fetchall()]
        return claims

    @transaction.atomic
    def _record(self, outcomes: Sequence[_Outcome]) -> None:
        """Store how they fared. A failure counts only while its claim stands; that it was sent always counts."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE {self.table} AS message
                SET sent_at = outcome.sent_at, next_try_at = outcome.next_try_at, last_error = outcome.error
                FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::text[])
                    AS outcome(id, attempt, sent_at, next_try_at, error)
                WHERE message.id = outcome.id AND message.sent_at IS NULL AND (
                    outcome.sent_at IS NOT NULL
                    OR message.attempts = outcome.attempt AND message.next_try_at IS NOT NULL
                )
                RETURNING message.id, message.next_try_at IS NULL AND message.sent_at IS NULL
                """,  # noqa: S608 - a table of our own
                [
                    [outcome.claim.id for outcome in outcomes],
                    [outcome.claim.attempt for outcome in outcomes],
                    [outcome.sent_at for outcome in outcomes],
                    [outcome.next_try_at for outcome in outcomes],
                    [outcome.error for outcome in outcomes],
                ],
            )
            given_up = {message_id for message_id, is_given_up in cursor.fetchall() if is_given_up}
        for outcome in outcomes:
            self._tell_operator(outcome, is_given_up=outcome.claim.id in given_up)

    def _tell_operator(self, outcome: _Outcome, *, is_given_up: bool) -> None:
        """Once an hour at most, for when the provider is down everything is given up. Of a notice to the operator
        nobody is told, or each that fails would make another."""
        if is_given_up:
            log.error("notice_given_up", notice=outcome.claim.id, kind=outcome.claim.kind, error=outcome.error)
        if outcome.claim.kind == OPERATOR:
            return
        hour = f"{outcome.at:%Y%m%d%H}"
        if isinstance(outcome.fault, ProviderRefusesUs):
            alert_operator(
                text=f"{self.what} is not sent at all: {outcome.error[:200]}. What waits is tried for eight hours.",
                key=f"{self.table}-refused-{hour}",
            )
        elif is_given_up:
            tries = f"{outcome.claim.attempt} {'try' if outcome.claim.attempt == 1 else 'tries'}"
            alert_operator(
                text=f"{self.what} to {self._masked(outcome.claim.to)} was given up after {tries}: "
                f"{outcome.error[:150]}. There may be more; see the log.",
                key=f"{self.table}-{hour}",
            )


class Courier(Carrier):
    """Carries SMS."""

    table = "notices_notice"
    what = "SMS"

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Callable[[], datetime],
        freed: Callable[[], object] = lambda: None,
        per_second: float = PER_SECOND,
    ) -> None:
        super().__init__(clock=clock, freed=freed, per_second=per_second)
        self._provider = provider

    def _hand(self, claim: Claim) -> None:
        self._provider.send(to=claim.to, text=claim.text)

    def _hang_up(self) -> None:
        self._provider.close()

    def _masked(self, to: str) -> str:
        return masked(to)


class Postman(Carrier):
    """Carries e-mails."""

    table = "notices_letter"
    subject = "subject"
    what = "E-mail"

    def __init__(
        self,
        mailer: Mailer,
        *,
        clock: Callable[[], datetime],
        freed: Callable[[], object] = lambda: None,
        per_second: float = PER_SECOND,
    ) -> None:
        super().__init__(clock=clock, freed=freed, per_second=per_second)
        self._mailer = mailer

    def _hand(self, claim: Claim) -> None:
        self._mailer.send(key=claim.key, to=claim.to, subject=claim.subject, text=claim.text)

    def _hang_up(self) -> None:
        self._mailer.close()

    def _masked(self, to: str) -> str:
        local, _, domain = to.partition("@")
        return f"{local[:1]}***@{domain}"
