"""Keeping below M-PESA's allowance, all workers together: turns are handed out by a row that they share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.models import Pace

AHEAD = timedelta(seconds=1)
"""How far ahead turns are handed out."""

SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)
"""What M-PESA is left in peace for after it could not answer. A longer one is a fault of somebody's clock."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns that nobody else has: ``count`` of them, the first at ``first_at`` and then one each ``interval``.
    ``number`` counts those that were taken before, ever."""

    count: int
    first_at: datetime
    interval: timedelta
    number: int


def offer(kind: Pace.Kind, *, most: int, now: datetime) -> Turns:
    """The turns that there are until `AHEAD`. Nobody else is offered any until our transaction ends."""
    Pace.objects.bulk_create([Pace(kind=kind, next_at=now)], ignore_conflicts=True)
    pace = Pace.objects.select_for_update().get(pk=kind)
    interval = _interval(kind)
    first_at = max(now, pace.next_at) if pace.next_at <= now + LONGEST_PAUSE else now
    count = 0 if first_at > now + AHEAD else min(most, (now + AHEAD - first_at) // interval + 1)
    return Turns(count, first_at, interval, pace.taken)


def _interval(kind: Pace.Kind) -> timedelta:
    """A wrong credential, of which three lock an operator, must come to light before the next enquiry."""
    if kind is Pace.Kind.STATUS:
        return timedelta(minutes=1)
    return timedelta(minutes=1) / CONFIGURATION.mpesa_queries_per_minute


def take(kind: Pace.Kind, turns: Turns, count: int) -> None:
    """Take the first ``count`` of the turns offered, in the same transaction."""
    if not count:
        return
    Pace.objects.filter(pk=kind).update(next_at=turns.first_at + count * turns.interval, taken=turns.number + count)


def may_ask(kind: Pace.Kind, now: datetime) -> bool:
    """Whether there is a turn until `AHEAD`: M-PESA is not being left in peace."""
    return not Pace.objects.filter(pk=kind, next_at__gt=now + AHEAD, next_at__lte=now + LONGEST_PAUSE).exists()


@transaction.atomic
def pause(kind: Pace.Kind, *, now: datetime, seconds: float | None = None) -> None:
    """Leave M-PESA in peace: it could not answer. ``seconds`` is what it asked for itself."""
    length = max(SHORTEST_PAUSE, min(timedelta(seconds=seconds or 0), LONGEST_PAUSE))
    Pace.objects.bulk_create([Pace(kind=kind, next_at=now)], ignore_conflicts=True)
    pace = Pace.objects.select_for_update().get(pk=kind)
    pace.next_at = max(now + length, pace.next_at if pace.next_at <= now + LONGEST_PAUSE else now)
    pace.save(update_fields=["next_at"])
