"""What operators watch: live prompts, the inbox, and how the last hour went. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet

from sokopesa.payments.models import InboxMessage, Prompt

MINUTE = timedelta(minutes=1)
AGES = (MINUTE, 5 * MINUTE, 60 * MINUTE)
"""Prompts are counted by how long ago they were asked for: up to each of these, and longer."""


@dataclass(frozen=True, slots=True)
class LiveCount:
    """How many prompts are in one live state: altogether, by age (one figure for each of `AGES` and one for older), and
    since when the oldest has waited."""

    state: Prompt.State
    count: int
    by_age: tuple[int, ...]
    oldest: datetime | None


def live_prompts() -> QuerySet[Prompt]:
    """Every prompt that may still be paid, or may have been paid without our knowing."""
    return Prompt.objects.filter(live__isnull=False)


def live_counts(*, now: datetime) -> list[LiveCount]:
    """One for each live state, in the order of a prompt's life; one query."""
    borders = [now - age for age in AGES]
    younger = {f"age{at}": Count("pk", filter=Q(requested_at__gt=border)) for at, border in enumerate(borders)}
    rows = live_prompts().order_by().values("state").annotate(count=Count("pk"), oldest=Min("requested_at"), **younger)
    found = {row["state"]: row for row in rows}
    counted = []
    for state in Prompt.LIVE:
        row = found.get(state, {"count": 0, "oldest": None, **dict.fromkeys(younger, 0)})
        steps = [0, *(row[name] for name in younger), row["count"]]
        by_age = tuple(more - fewer for fewer, more in pairwise(steps))
        counted.append(LiveCount(state, row["count"], by_age, row["oldest"]))
    return counted


def live_page(*, state: str, after: tuple[datetime, UUID] | None, size: int) -> list[Prompt]:
    """Live prompts, those that have waited longest first, with their purchases; up to ``size`` that follow ``after``
    (when it was asked for, and its id)."""
    prompts = live_prompts().select_related("purchase")
    if state:
        prompts = prompts.filter(state=state)
    if after:
        asked, last = after
        prompts = prompts.filter(Q(requested_at__gt=asked) | Q(requested_at=asked, pk__gt=last))
    return list(prompts.order_by("requested_at", "pk")[:size])


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many messages of a period got the verdict; without a verdict they wait to be settled."""

    verdict: str
    words: str
    count: int

    @property
    def is_ordinary(self) -> bool:
        """Whether nobody needs to look at them."""
        return self.verdict in ("", *InboxMessage.ROUTINE)


def inbox_counts(*, since: datetime) -> list[VerdictCount]:
    """Messages that came since then, by verdict, the most frequent first."""
    rows = InboxMessage.objects.filter(received_at__gte=since).order_by().values("verdict").annotate(count=Count("pk"))
    counts = [VerdictCount(row["verdict"], verdict_words(row["verdict"]), row["count"]) for row in rows]
    return sorted(counts, key=lambda count: -count.count)


def verdict_words(verdict: str) -> str:
    """What a verdict means."""
    return str(InboxMessage.Verdict(verdict).label) if verdict else "Waits to be settled"


def inbox_page(*, verdict: str | None, before: int | None, size: int) -> list[InboxMessage]:
    """Messages, the newest first, up to ``size`` that came before the one of that id. ``verdict`` is None for all, and
    empty for those that wait. Bodies and headers are not read."""
    messages = InboxMessage.objects.defer("body", "headers")
    if verdict is not None:
        messages = messages.filter(settled_at=None) if verdict == "" else messages.filter(verdict=verdict)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    return list(messages.order_by("-pk")[:size])


def oldest_unsettled() -> datetime | None:
    """When the message came that has waited longest for settlement; None if none waits."""
    waiting = InboxMessage.objects.filter(settled_at=None).order_by("pk")
    return waiting.values_list("received_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What one minute, which began then, brought: payments for orders, payments without a home, and prompts that ended
    without payment."""

    minute: datetime
    paid: int
    homeless: int
    ended: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.paid + self.homeless + self.ended


def outcomes_per_minute(*, now: datetime, minutes: int = 60) -> list[Outcomes]:
    """The last minutes, the oldest first and the one that runs last, without gaps."""
    last = now.replace(second=0, microsecond=0)
    first = last - (minutes - 1) * MINUTE
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT minute, sum(paid)::int, sum(homeless)::int, sum(ended)::int FROM (
                SELECT date_trunc('minute', learned_at) AS minute, count(purchase_id) AS paid,
                       count(*) - count(purchase_id) AS homeless, 0 AS ended
                FROM payments_receipt WHERE learned_at >= %(first)s AND learned_at <= %(now)s GROUP BY 1
                UNION ALL
                SELECT date_trunc('minute', ended_at), 0, 0, count(*)
                FROM payments_prompt WHERE ended_at >= %(first)s AND ended_at <= %(now)s AND state = 'refused'
                GROUP BY 1
            ) AS happened GROUP BY minute
            """,
            {"first": first, "now": now},
        )
        found = {minute: figures for minute, *figures in cursor.fetchall()}
    return [
        Outcomes(minute, *found.get(minute, (0, 0, 0))) for minute in (first + at * MINUTE for at in range(minutes))
    ]
