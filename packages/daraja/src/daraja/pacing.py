"""Keeping below a rate, so that M-PESA's spike arrest never has to speak."""

import threading
import time
from dataclasses import dataclass

from daraja.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """At most `calls` in `seconds`, evenly spread except for `burst` calls at once.

    The sandbox's STK query allows `RateLimit(calls=5, seconds=60)`; production's limits are not published.
    """

    calls: int
    seconds: float
    burst: int = 1

    def __post_init__(self) -> None:
        if self.calls < 1 or self.seconds <= 0 or self.burst < 1:
            raise InvalidRequest("rate_limit", "must have calls, seconds and burst above zero")


class Pacer:
    """Hands out the turns of one app's calls."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._next_due = time.monotonic()

    def take_turn(self) -> float:
        """Take the next turn; the seconds until it comes."""
        if self._limit is None:
            return 0.0
        interval = self._limit.seconds / self._limit.calls
        with self._lock:
            now = time.monotonic()
            due = max(now, self._next_due)
            self._next_due = due + interval
            return max(0.0, due - interval * (self._limit.burst - 1) - now)
