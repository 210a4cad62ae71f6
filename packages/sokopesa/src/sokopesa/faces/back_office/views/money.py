"""Money that leaves, at a glance: what is owed, whether we keep our word, what comes next and what does not tie."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.disbursement import queries
from sokopesa.disbursement.forecast import instant_need
from sokopesa.faces.back_office import float_chart
from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.bars import bars
from sokopesa.kernel import clock
from sokopesa.payouts import payers
from sokopesa.payouts.errors import NotStopped
from sokopesa.payouts.models import Payer
from sokopesa.payouts.queries import short, stopped
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation.queries import wall
from sokopesa.refunds import outstanding
from sokopesa.settlements.schedule import next_payday

KEPT_DAYS = 30
GOOD_RATE = 99.5
"""Per cent of kept promises below which somebody should look."""


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """For finance: one page that says what needs somebody."""
    now = clock.now()
    today = clock.nairobi_date(now)
    owed, kept, tied = outstanding.by_age(now=now), outstanding.kept(now=now, days=KEPT_DAYS), wall(now=now)
    outlook, instant = queries.outlook(now=now), instant_need(now=now)
    needed = outlook.to_pay_cents + outlook.to_file_cents + instant.cents
    return render(
        request,
        "back_office/money/overview.html",
        {
            "section": "money",
            "now": now,
            "owed": owed,
            "owed_count": sum(age.count for age in owed),
            "owed_cents": sum(age.cents for age in owed),
            "bars": bars((age.label, age.count, age.cents, age.is_late) for age in owed),
            "kept": kept,
            "kept_is_poor": kept.rate is not None and kept.rate < GOOD_RATE,
            "kept_days": KEPT_DAYS,
            "held": outstanding.held(),
            "outlook": outlook,
            "float_chart": float_chart.of(outlook.float.shortcode, now=now),
            "instant": instant,
            "needed_cents": needed,
            "missing_cents": max(needed - outlook.float.free_cents, 0),
            "payday": next_payday(today),
            "tied": tied,
            "tied_days": (today - tied.last_closed).days if tied.last_closed else None,
            "stopped": stopped(),
            "short": short(),
            "may_release": may(member(request), RELEASE_MONEY),
        },
    )


@finance_post
def resume(request: HttpRequest, shortcode: str) -> HttpResponse:
    """What made M-PESA refuse us is mended: one instruction goes alone, then all others."""
    payer = get_object_or_404(Payer, pk=shortcode)
    with suppress(NotStopped):
        payers.resume(payer.pk, now=clock.now())
    messages.success(request, f"Payments from {payer.pk} go on. The first one goes alone.")
    return redirect("back_office:money")
