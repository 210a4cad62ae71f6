"""What we owe back, by how long we have owed it, what it waits for, and whether we kept our promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Aggregate, Count, F, Q, Sum
from django.db.models.functions import TruncDate

from sokopesa.kernel.calendar import is_business_day
from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.refunds.models import Refund

AGES = ((0, 3), (4, 10), (11, 20), (21, None))
"""Business days since it was owed, each from and to; what is older than the last promised day has no end."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed of one age: how many refunds, and cents. ``is_late``: the promise is broken."""

    label: str
    count: int
    cents: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Of refunds that came due or were paid within some days: how many were paid by their promised day."""

    kept: int
    broken: int

    @property
    def rate(self) -> float | None:
        """In per cent; None where nothing came due."""
        whole = self.kept + self.broken
        return 100 * self.kept / whole if whole else None


@dataclass(frozen=True, slots=True)
class Held:
    """Refunds that do not go on by themselves, by what they wait for."""

    waits_for: str
    words: str
    count: int
    cents: int


def by_age(*, now: datetime) -> list[Owed]:
    """What is still to come back, the youngest first. One query."""
    found: dict[str, Aggregate] = {}
    for place, (since, until) in enumerate(AGES):
        is_of_age = Q() if since == 0 else Q(owed_at__lt=_begin(since, now))
        if until is not None:
            is_of_age &= Q(owed_at__gte=_begin(until + 1, now))
        found |= {f"n{place}": Count("pk", filter=is_of_age), f"c{place}": Sum("amount_cents", filter=is_of_age)}
    row = Refund.objects.filter(state__in=Refund.ON_ITS_WAY).aggregate(**found)
    return [
        Owed(
            f"{since}–{until} days" if until is not None else f"over {since - 1} days",
            row[f"n{place}"],
            row[f"c{place}"] or 0,
            is_late=until is None,
        )
        for place, (since, until) in enumerate(AGES)
    ]


def kept(*, now: datetime, days: int = 30) -> Kept:
    """How well the promise was kept: paid within these days, in time or late, and what should have been paid and is
    not. One query."""
    today = nairobi_date(now)
    was_paid = Q(state=Refund.State.PAID, paid_at__gte=now - timedelta(days=days))
    refunds = Refund.objects.annotate(paid_on=TruncDate("paid_at", tzinfo=EAT))
    row = refunds.aggregate(
        kept=Count("pk", filter=was_paid & Q(paid_on__lte=F("promised_until"))),
        late=Count("pk", filter=was_paid & Q(paid_on__gt=F("promised_until"))),
        missing=Count("pk", filter=Q(state__in=Refund.ON_ITS_WAY, promised_until__lt=today)),
    )
    return Kept(row["kept"], row["late"] + row["missing"])


def held() -> list[Held]:
    """What waits for somebody, the most first. One query."""
    waiting = Refund.objects.filter(~Q(waits_for="") | Q(state="returned"), state__in=Refund.ON_ITS_WAY)
    rows = waiting.values("waits_for").annotate(count=Count("pk"), cents=Sum("amount_cents")).order_by("-count")
    return [Held(row["waits_for"], _words(row["waits_for"]), row["count"], row["cents"]) for row in rows]


def _words(waits_for: str) -> str:
    return Refund.Wait(waits_for).label if waits_for else "M-PESA did not pay it"


def _begin(business_days: int, now: datetime) -> datetime:
    """What was owed before this moment is at least so many business days old today. The day on which it was owed is not
    counted, as in the promise."""
    day, left = nairobi_date(now), business_days
    while left:
        left -= is_business_day(day)
        day -= timedelta(days=1)
    return _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=EAT)
