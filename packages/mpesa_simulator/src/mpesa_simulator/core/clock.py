"""The network's time: real, or virtual and moved only by hand.

Moments are whole milliseconds since 1970 in UTC. M-PESA writes all its times in East Africa Time
(UTC+3, no daylight saving), so they become EAT only when they are written for someone.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol

EAT = timezone(timedelta(hours=3), "EAT")
_AHEAD_OF_UTC = 3 * 3_600_000
_DAY = 24 * 3_600_000

#: Where virtual time begins, so that two runs with one seed are the same to the byte: 5 January 2026, 08:00 EAT.
VIRTUAL_DAWN = int(datetime(2026, 1, 5, 8, tzinfo=EAT).timestamp() * 1000)


class Clock(Protocol):
    """Tells the network's time in milliseconds."""

    @property
    def is_virtual(self) -> bool: ...

    def now(self) -> int: ...


class RealClock:
    """The machine's clock."""

    is_virtual = False

    def __init__(self, read: Callable[[], int] = time.time_ns) -> None:
        self._read = read

    def now(self) -> int:
        return self._read() // 1_000_000


class VirtualClock:
    """A clock that stands still until it is moved."""

    is_virtual = True

    def __init__(self, now: int = VIRTUAL_DAWN) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def move_to(self, moment: int) -> None:
        """Move forward to `moment`; time never runs back."""
        self._now = max(self._now, moment)


def eat(moment: int) -> datetime:
    """`moment` as a date and time in East Africa Time."""
    return datetime.fromtimestamp(moment / 1000, EAT)


def compact(moment: int) -> str:
    """`20240706224852`, the form of nearly all times on M-PESA's wire."""
    return _compact(moment // 1000)


@lru_cache
def _compact(second: int) -> str:
    return f"{eat(second * 1000):%Y%m%d%H%M%S}"


def iso(moment: int) -> str:
    """ISO 8601 in EAT, to the millisecond, for the control API."""
    return eat(moment).isoformat(timespec="milliseconds")


def start_of_day(moment: int) -> int:
    """The EAT midnight at or before `moment`: daily limits count from here."""
    return moment - (moment + _AHEAD_OF_UTC) % _DAY


def from_datetime(when: datetime) -> int:
    """Milliseconds of an aware datetime; a naive one is read as EAT."""
    aware = when if when.tzinfo else when.replace(tzinfo=EAT)
    return int(aware.astimezone(UTC).timestamp() * 1000)
