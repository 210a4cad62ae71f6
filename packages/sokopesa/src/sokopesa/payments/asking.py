"""Asking M-PESA how prompts ended (STK query): several at a time, below its allowance, and not while it is away."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.db.models import QuerySet

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.payments import pacing, schedule
from sokopesa.payments.gateway import questioner
from sokopesa.payments.models import LivePrompt, Pace, Prompt

log = structlog.get_logger(__name__)

AT_ONCE = 16
"""Questions of one worker that are under way at the same time."""

ASKING_SECONDS = 5.0
"""A round begins no more questions after so long, for what was heard must be acted upon."""

HANDFUL = 8
"""So many questions in a row without an answer, and the gateway is taken to be away."""

FRESH = 7
"""A prompt is fresh until it was asked about so often: five minutes or so, in which somebody looks at a page."""

_TURNS_US_AWAY = daraja.Throttled | daraja.SystemBusy | daraja.Unreachable | daraja.WrongCredentials
"""It has not heard the question, and would hear no other now."""

_OUR_MISTAKE = daraja.RejectedField | daraja.InvalidRequest


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt that is ours to ask about, as it was before we took it. ``seconds``: in so many it has its turn."""

    prompt: Prompt
    lapsed: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """M-PESA's answer; ``status`` is None where we never learned the prompt's identifier and so cannot ask."""

    prompt: Prompt
    lapsed: bool
    status: daraja.StkStatus | None


class Asking:
    """One round of questions. ``heard`` are the answers, ``unheard`` the questions that M-PESA took and did not answer.

    ``stopped_by`` is why no more were asked: M-PESA throttles, is busy or away. Prompts whose turn it was are then left
    due, as if they had not been taken.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.heard: list[Heard] = []
        self.unheard: list[tuple[Prompt, Exception]] = []
        self.stopped_by: daraja.DarajaError | None = None
        self._clock = clock
        self._left: list[Question] = []
        self._failures = 0

    @property
    def is_away(self) -> bool:
        """Whether the gateway does not answer at all, so that nothing else need be asked now."""
        throttled = daraja.Throttled | daraja.SystemBusy | daraja.WrongCredentials
        return self.stopped_by is not None and not isinstance(self.stopped_by, throttled)

    def run(self) -> None:
        """Ask about whatever is due, until nothing is, the turns are used up or M-PESA has had enough."""
        now = self._clock()
        if not (LivePrompt.objects.filter(next_ask_at__lte=now).exists() and pacing.may_ask(Pace.Kind.QUERY, now)):
            return
        try:
            questioner().authenticate()
        except daraja.DarajaError as error:
            self._stop(error)
        else:
            self._ask_all()
        finally:
            _leave_due(self._left)

    def _ask_all(self) -> None:
        end = time.monotonic() + ASKING_SECONDS
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="janitor") as threads:
            under_way: dict[Future[daraja.StkStatus], Question] = {}
            while True:
                begun = time.monotonic()
                if self.stopped_by is None and begun < end:
                    for question in claim(AT_ONCE - len(under_way), self._clock()):
                        time.sleep(max(0.0, begun + question.seconds - time.monotonic()))
                        self._gather(under_way, [future for future in under_way if future.done()])
                        if self.stopped_by is None:
                            under_way[threads.submit(_query, question.prompt)] = question
                        else:
                            self._left.append(question)
                if not under_way:
                    return
                self._gather(under_way, wait(under_way, return_when=FIRST_COMPLETED).done)

    def _gather(
        self, under_way: dict[Future[daraja.StkStatus], Question], done: Iterable[Future[daraja.StkStatus]]
    ) -> None:
        for future in done:
            question = under_way.pop(future)
            try:
                status = future.result()
            except daraja.DarajaError as error:
                self._not_told(question, error)
            except (OperationalError, InterfaceError):
                raise
            except Exception as fault:
                log.exception("prompt_not_asked_about", prompt=str(question.prompt.id))
                self.unheard.append((question.prompt, fault))
            else:
                self._failures = 0
                self.heard.append(Heard(question.prompt, question.lapsed, status))

    def _not_told(self, question: Question, error: daraja.DarajaError) -> None:
        log.warning("mpesa_did_not_say", prompt=str(question.prompt.id), error=str(error))
        if isinstance(error, _TURNS_US_AWAY):
            self._left.append(question)
            self._stop(error)
            return
        self.unheard.append((question.prompt, error))
        if not isinstance(error, _OUR_MISTAKE):
            self._failures += 1
            if self._failures >= HANDFUL:
                self._stop(error)

    def _stop(self, error: daraja.DarajaError) -> None:
        if self.stopped_by is None:
            self.stopped_by = error
            asked_for = error.retry_after if isinstance(error, daraja.Throttled) else None
            pacing.pause(Pace.Kind.QUERY, now=self._clock(), seconds=asked_for)
            if self.is_away:
                pacing.pause(Pace.Kind.LIST, now=self._clock())


def _query(prompt: Prompt) -> daraja.StkStatus:
    try:
        return questioner().stk_query(
            daraja.StkQuery(
                shortcode=CONFIGURATION.mpesa_shortcode,
                passkey=CONFIGURATION.mpesa_passkey.get_secret_value(),
                checkout_request_id=prompt.checkout_request_id,
            )
        )
    finally:
        close_old_connections()  # of this thread, if it had to fetch an access token


def due(now: datetime) -> QuerySet[Prompt]:
    """Live prompts whose time to be asked about has come, the longest due first, locked; not those of other workers."""
    return (
        Prompt.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("purchase")
        .filter(live__next_ask_at__lte=now, state__in=Prompt.LIVE)
        .order_by("live__next_ask_at")
    )


@transaction.atomic
def claim(most: int, now: datetime) -> list[Question]:
    """Take up to ``most`` due prompts to ask about, as many as there are turns for, and put each off to its next time.

    Every other turn is for a fresh prompt, if one is due, so that hopeless ones, however many, hold up nobody.
    """
    turns = pacing.offer(Pace.Kind.QUERY, most=most, now=now)
    if not turns.count:
        return []
    askable = due(now).exclude(checkout_request_id="")
    fresh = deque(askable.filter(asked__lt=FRESH)[: turns.count])
    late = deque(askable.filter(asked__gte=FRESH)[: turns.count])
    prompts: list[Prompt] = []
    while len(prompts) < turns.count and (fresh or late):
        turn_of_fresh = (turns.number + len(prompts)) % 2 == 0
        prompts.append((fresh if fresh and (turn_of_fresh or not late) else late).popleft())
    pacing.take(Pace.Kind.QUERY, turns, len(prompts))
    put_off(prompts, now)
    wait_for_first = (turns.first_at - now).total_seconds()
    return [
        Question(prompt, has_lapsed(prompt, now), wait_for_first + place * turns.interval.total_seconds())
        for place, prompt in enumerate(prompts)
    ]


def put_off(prompts: Sequence[Prompt], now: datetime) -> None:
    """Note that they are asked about, and when next. If we die, they are asked about again then."""
    fetch(
        """
        UPDATE payments_prompt SET asked = asked + 1, last_asked_at = %s, next_ask_at = asking.at
        FROM unnest(%b::uuid[], %b::timestamptz[]) AS asking(id, at) WHERE payments_prompt.id = asking.id
        """,
        [
            now,
            [prompt.id for prompt in prompts],
            [schedule.next_ask(asked=prompt.asked + 1, now=now) for prompt in prompts],
        ],
    )


def _leave_due(questions: Sequence[Question]) -> None:
    for prompt in (question.prompt for question in questions):
        Prompt.objects.filter(pk=prompt.pk, state__in=Prompt.LIVE, asked=prompt.asked + 1).update(
            asked=prompt.asked, last_asked_at=prompt.last_asked_at, next_ask_at=prompt.next_ask_at
        )


def has_lapsed(prompt: Prompt, now: datetime) -> bool:
    """Whether it can no longer be answered, so that M-PESA's not knowing of it is an answer."""
    lifetime = schedule.lifetime(acknowledged=bool(prompt.checkout_request_id))
    return prompt.sent_at is not None and now >= prompt.sent_at + lifetime
