"""What waits in a shop. Everything is read from the running deadlines, of which there are only as many as there are
orders alive, however many a shop has had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from sokopesa.aftersale.models import CancelRequest
from sokopesa.orders.models import Clock
from sokopesa.people.models import Seller

NEXT = 8
"""Deadlines on the overview."""

_MINE = (Clock.Owner.SELLER, Clock.Owner.EITHER)


@dataclass(frozen=True, slots=True)
class Queue:
    """How many orders wait for one thing, and until when the first of them does."""

    kind: str
    count: int
    first_due: datetime | None


def queues_of(shop: Seller) -> dict[str, Queue]:
    """By kind of deadline; every kind is there. One query."""
    found = Clock.objects.filter(seller=shop).values_list("kind").annotate(count=Count("id"), first=Min("due_at"))
    known = {kind: Queue(kind, count, first) for kind, count, first in found}
    return {kind: known.get(kind, Queue(kind, 0, None)) for kind in Clock.Kind.values}


def next_deadlines(shop: Seller) -> list[Clock]:
    """Those at which it is the shop's turn, the nearest first."""
    mine = Clock.objects.filter(seller=shop, owner__in=_MINE)
    return list(mine.select_related("order").order_by("due_at", "id")[:NEXT])


def cancels_page(shop: Seller, *, after: tuple[datetime, int] | None, size: int) -> list[tuple[Clock, CancelRequest]]:
    """Requests to cancel that wait, the first to be answered first, each with its deadline."""
    waiting = Clock.objects.filter(seller=shop, kind=Clock.Kind.ANSWER_CANCEL)
    if after:
        due_at, clock_id = after
        waiting = waiting.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, id__gt=clock_id))
    clocks = list(waiting.order_by("due_at", "id")[:size])
    requests = CancelRequest.objects.select_related("order").prefetch_related("lines__line")
    known = requests.in_bulk([clock.subject for clock in clocks])
    return [(clock, known[clock.subject]) for clock in clocks if clock.subject in known]
