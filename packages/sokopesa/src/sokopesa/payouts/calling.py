"""Making many calls to M-PESA at the same time, each at its turn, while one thread alone talks to the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db import close_old_connections

from sokopesa.payouts.models import Transfer

AT_ONCE = 32
"""Calls of one worker that are under way at the same time."""

FEW = 8
"""Claiming a few costs nearly what claiming one does, so it waits until there is room for so many."""

LOOK_SECONDS = 0.2
"""Where all calls take long, it is looked so often whether others have their turn."""

ROUND_SECONDS = 20.0
"""A round begins no more calls after so long."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Errand:
    """A transfer that is ours to speak of, the secret in the address for the result, and when to call."""

    transfer: Transfer
    token: str
    call_at: datetime


class NotCalledError(Exception):
    """The round was halted before this call's turn: nothing left this machine."""


class Round(Generic[Answer]):
    """One round of calls. ``call`` runs in threads; ``heard`` and ``claim``, which may write, in the caller's own."""

    def __init__(self, call: Callable[[Errand], Answer], clock: Callable[[], datetime]) -> None:
        self._call = call
        self._clock = clock
        self._halted = threading.Event()

    def halt(self) -> None:
        """Begin no more calls, not even those whose turn was given already."""
        self._halted.set()

    def run(
        self,
        claim: Callable[[int], Sequence[Errand]],
        heard: Callable[[Sequence[tuple[Errand, Answer | Exception]]], None],
        *,
        most: int,
    ) -> int:
        """Claim and call until nothing is due, ``most`` were called, or the round has lasted; how many calls were
        begun. What is under way is waited for."""
        end, begun = time.monotonic() + ROUND_SECONDS, 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="payouts") as threads:
            under_way: dict[Future[Answer], Errand] = {}
            while True:
                room = min(AT_ONCE - len(under_way), most - begun)
                worth_it = room > 0 and (room >= FEW or not under_way or room == most - begun)
                if worth_it and not self._halted.is_set() and time.monotonic() < end:
                    for errand in claim(room):
                        under_way[threads.submit(self._wait_and_call, errand)] = errand
                        begun += 1
                if not under_way:
                    return begun
                done = wait(under_way, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done
                if done:
                    heard([self._answer(under_way.pop(future), future) for future in done])

    def _wait_and_call(self, errand: Errand) -> Answer:
        try:
            seconds = (errand.call_at - self._clock()).total_seconds()
            if self._halted.wait(max(0.0, seconds)):
                raise NotCalledError
            return self._call(errand)
        finally:
            close_old_connections()  # of this thread, if it had to fetch an access token

    def _answer(self, errand: Errand, future: Future[Answer]) -> tuple[Errand, Answer | Exception]:
        error = future.exception()
        if error is None:
            return errand, future.result()
        if isinstance(error, Exception):
            return errand, error  # what it means is decided by whoever hears it
        raise error
