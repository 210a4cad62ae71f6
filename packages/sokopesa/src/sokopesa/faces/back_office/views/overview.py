"""The desk at a glance."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sokopesa.faces.back_office.access import staff_page
from sokopesa.faces.back_office.chart import draw
from sokopesa.kernel import clock
from sokopesa.payments.models import Release
from sokopesa.payments.unmatched import unmatched_total
from sokopesa.payments.watching import inbox_counts, live_counts, oldest_unsettled, outcomes_per_minute

DAY = timedelta(hours=24)
LATE = timedelta(minutes=1)
"""A message that has waited this long for settlement means that no worker runs, or that it does not keep up."""


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Live requests, unmatched money, the inbox of a day, how far settlement lags, and the last hour as a chart."""
    now = clock.now()
    live = live_counts(now=now)
    minutes = outcomes_per_minute(now=now)
    waiting_since = oldest_unsettled()
    return render(
        request,
        "back_office/overview.html",
        {
            "now": now,
            "live": live,
            "live_total": sum(counted.count for counted in live),
            "live_oldest": min((counted.oldest for counted in live if counted.oldest), default=None),
            "unmatched": unmatched_total(),
            "to_decide": Release.objects.filter(state=Release.State.PROPOSED).count(),
            "waiting_since": waiting_since,
            "is_late": waiting_since is not None and now - waiting_since > LATE,
            "inbox": inbox_counts(since=now - DAY),
            "minutes": [minute for minute in reversed(minutes) if minute.total],
            "chart": draw(minutes),
        },
    )
