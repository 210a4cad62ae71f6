"""Reading what reconciliation found: days, what is open and how long, and the numbers that finance puts on a wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Abs

from sokopesa.reconciliation.models import (
    Beginning,
    DayClose,
    Discrepancy,
    JointResolution,
    Resolution,
    StatementImport,
    StatementLine,
)
from sokopesa.reconciliation.tie_out import bounds

BUCKETS = ((0, 1), (2, 3), (4, 7), (8, 30), (31, 60), (61, 90), (91, None))
"""Ages in days, each from and to; the last has no end."""


@dataclass(frozen=True, slots=True)
class Aged:
    """Open discrepancies of one kind and age: how many, and what they are about, in cents."""

    since_days: int
    until_days: int | None
    kind: str
    count: int
    amount_cents: int

    @property
    def label(self) -> str:
        """The age as people write it: ``4–7`` or ``> 90`` days."""
        return f"> {self.since_days - 1}" if self.until_days is None else f"{self.since_days}–{self.until_days}"


@dataclass(frozen=True, slots=True)
class Wall:
    """``oldest`` is when the oldest open discrepancy was found; ``matched`` of ``lines`` were the same as an entry of
    ours without anybody's help; ``waiting_for_second`` counts proposals and closed days."""

    open_count: int
    open_cents: int
    overdue_count: int
    oldest: datetime | None
    lines: int
    matched: int
    last_closed: date | None
    waiting_for_second: int

    @property
    def auto_match_rate(self) -> float | None:
        """From 0 to 1; None where no line was judged."""
        return self.matched / self.lines if self.lines else None


def open_discrepancies(*, kind: str = "", code: str = "") -> QuerySet[Discrepancy]:
    """Those that are open, the oldest first, with their owners and the lines that prove them."""
    rows = Discrepancy.objects.filter(state=Discrepancy.State.OPEN)
    if kind:
        rows = rows.filter(kind=kind)
    if code:
        rows = rows.filter(code=code)
    return rows.select_related("owner", "line__statement_import", "refund").order_by("opened_at", "id")


def ages(*, now: datetime) -> list[Aged]:
    """What is open by age and kind, the oldest last. One query."""
    counts = {f"n{place}": Count("pk", filter=_between(bucket, now)) for place, bucket in enumerate(BUCKETS)} | {
        f"s{place}": Sum("amount_cents", filter=_between(bucket, now)) for place, bucket in enumerate(BUCKETS)
    }
    rows = Discrepancy.objects.filter(state=Discrepancy.State.OPEN).values("kind").annotate(**counts).order_by("kind")
    return [
        Aged(*bucket, row["kind"], row[f"n{place}"], row[f"s{place}"])
        for place, bucket in enumerate(BUCKETS)
        for row in rows
        if row[f"n{place}"]
    ]


def _between(bucket: tuple[int, int | None], now: datetime) -> Q:
    since, until = bucket
    young = Q() if since == 0 else Q(opened_at__lte=now - timedelta(days=since))
    return young if until is None else young & Q(opened_at__gt=now - timedelta(days=until + 1))


def wall(*, now: datetime, days: int = 30) -> Wall:
    """The numbers for the wall; lines of the last ``days``."""
    standing = Discrepancy.objects.filter(state=Discrepancy.State.OPEN).aggregate(
        count=Count("pk"),
        cents=Sum("amount_cents"),
        oldest=Min("opened_at"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
    )
    since = now - timedelta(days=days)
    read = StatementImport.objects.filter(reading__read_at__gte=since)
    lines = read.aggregate(lines=Sum("line_count"))["lines"] or 0
    lonely = Discrepancy.objects.filter(key__startswith="line:", opened_at__gte=since).count()
    return Wall(
        open_count=standing["count"],
        open_cents=standing["cents"] or 0,
        overdue_count=standing["overdue"],
        oldest=standing["oldest"],
        lines=lines,
        matched=max(lines - lonely, 0),
        last_closed=last_closed(),
        waiting_for_second=Resolution.objects.filter(state=Resolution.State.PROPOSED).count() + unsigned().count(),
    )


def closed_days(*, before: date | None = None, count: int = 30) -> list[DayClose]:
    """Closed days, the newest first, all accounts of each; for the next page, those before a day."""
    rows = DayClose.objects.select_related("signed_by", "countersigned_by").order_by("-day", "code")
    if before is not None:
        rows = rows.filter(day__lt=before)
    return list(rows[:count])


@dataclass(frozen=True, slots=True)
class Day:
    """A closed day, all accounts together: what lies between books and statement at its end, regardless of the side,
    how many of the items wait for a decision, and whether a second signature is missing."""

    day: date
    accounts: int
    apart_cents: int
    open_count: int
    unsigned: int


def history(*, before: date | None = None, count: int = 30) -> list[Day]:
    """Closed days, the newest first; for the next page, those before a day. One query."""
    rows = DayClose.objects.all() if before is None else DayClose.objects.filter(day__lt=before)
    found = (
        rows.values("day")
        .annotate(
            accounts=Count("pk"),
            apart_cents=Sum(Abs(F("closing_cents") - F("stated_closing_cents"))),
            items=Sum("open_count"),
            unsigned=Count("pk", filter=Q(open_count__gt=0, countersigned_by=None)),
        )
        .order_by("-day")[:count]
    )
    return [Day(row["day"], row["accounts"], row["apart_cents"], row["items"], row["unsigned"]) for row in found]


def unsigned() -> QuerySet[DayClose]:
    """Closed days with open items that wait for a second person."""
    return DayClose.objects.filter(open_count__gt=0, countersigned_by=None).order_by("day", "code")


def last_closed() -> date | None:
    """The last day that is closed for every account that was ever closed."""
    newest = DayClose.objects.values("code").annotate(last=Max("day")).values_list("last", flat=True)
    return min(newest, default=None)


def lines_of(closed: DayClose) -> QuerySet[StatementLine]:
    """M-PESA's lines of a closed day, oldest first."""
    start, end = bounds(closed.day)
    beginning = Beginning.objects.get(code=closed.code)
    lines = StatementLine.objects.filter(shortcode=beginning.shortcode, account=beginning.account)
    return lines.filter(completed_at__gte=start, completed_at__lt=end).order_by("completed_at", "id")


def standing() -> QuerySet[Resolution]:
    """For a query of discrepancies: the proposal about each that waits for a second person."""
    return Resolution.objects.filter(discrepancy=OuterRef("pk"), state=Resolution.State.PROPOSED)


def waiting_resolutions() -> Sequence[Resolution]:
    """Proposals about one discrepancy that wait for a second person, oldest first."""
    rows = Resolution.objects.filter(state=Resolution.State.PROPOSED, joint=None)
    return list(rows.select_related("discrepancy", "maker").order_by("id"))


def waiting_together() -> Sequence[JointResolution]:
    """Proposals about several discrepancies of which some wait for a second person, oldest first. Each has
    ``waiting``: how many."""
    rows = JointResolution.objects.filter(resolutions__state=Resolution.State.PROPOSED)
    return list(rows.annotate(waiting=Count("resolutions")).select_related("maker").order_by("id"))
