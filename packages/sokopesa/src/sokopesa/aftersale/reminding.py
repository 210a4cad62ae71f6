"""Reminders before a deadline, to whoever's turn it is: 48 hours, 24 hours and 2 hours before, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sokopesa.notices.telling import Telling, tell_all
from sokopesa.notices.words import REMIND_ADDRESS, REMINDERS
from sokopesa.orders.models import Clock
from sokopesa.people.sellers import members_of

BEFORE = (timedelta(hours=48), timedelta(hours=24), timedelta(hours=2))
"""`Clock.reminded` counts how many of these moments have passed."""

AT_ONCE = 500

_KIND, _OWNER = Clock.Kind, Clock.Owner

_NEWS = timedelta(hours=6)
"""Whoever heard of an order so shortly before needs no reminder of it."""

_SHORT = frozenset({_KIND.ANSWER_SHIP_TIME, _KIND.ANSWER_PROTECTION})
"""They run for 48 hours in all, so the first reminder would come with the news itself."""


def remind_due(*, now: datetime) -> int:
    """Send the reminders that are due; how many deadlines were looked after. Where a worker slept over several, only
    the last is sent. Any number of workers may do it beside each other."""
    looked = 0
    while batch := _remind_some(now):
        looked += batch
    return looked


@transaction.atomic
def _remind_some(now: datetime) -> int:
    due = Q()
    for stage, before in enumerate(BEFORE):
        due |= Q(due_at__lte=now + before, reminded__lte=stage)
    clocks = list(
        Clock.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("order__purchase")
        .filter(
            due, due_at__gt=now, due_at__lte=now + BEFORE[0], owner__in=(_OWNER.BUYER, _OWNER.SELLER, _OWNER.EITHER)
        )
        .order_by("due_at", "id")[:AT_ONCE]
    )
    members = members_of(clock.seller_id for clock in clocks)
    tellings: list[Telling] = []
    for clock in clocks:
        clock.reminded = sum(clock.due_at <= now + before for before in BEFORE)
        if not _is_fresh(clock):
            tellings += _tellings(clock, [user.pk for user in members.get(clock.seller_id, [])])
    Clock.objects.bulk_update(clocks, ["reminded"])
    tell_all(tellings, now=now)
    return len(clocks)


def _is_fresh(clock: Clock) -> bool:
    """Whether the moment of this reminder lies with the news of the deadline, or before."""
    if clock.kind in _SHORT:
        return clock.reminded == 1
    paid_at = clock.order.purchase.paid_at
    moment = clock.due_at - BEFORE[clock.reminded - 1]
    return clock.kind == _KIND.SHIP and paid_at is not None and moment < paid_at + _NEWS


def _tellings(clock: Clock, members: Sequence[int]) -> list[Telling]:
    asks_address = (clock.kind, clock.owner) == (_KIND.SEND_BACK, _OWNER.SELLER)
    event = REMIND_ADDRESS if asks_address else REMINDERS.get(clock.kind)
    if event is None:
        return []
    buyer = [] if clock.owner == _OWNER.SELLER else [clock.order.purchase.buyer_id]
    seller = [] if clock.owner == _OWNER.BUYER else members
    key = f"{clock.pk}:{clock.due_at:%y%m%d%H%M}:{clock.reminded}"
    return [Telling((*buyer, *seller), event, key, {"order": clock.order.number, "until": clock.due_at})]
