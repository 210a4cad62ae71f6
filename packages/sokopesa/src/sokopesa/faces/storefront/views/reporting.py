"""The report centre (R43, R86): it finds the order and leads to the same form as *Open Dispute*; what is about no order
goes to support."""

from __future__ import annotations

import uuid
from contextlib import suppress
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sokopesa.aftersale.disputes.queries import can_dispute, disputes_of_lines
from sokopesa.aftersale.disputes.reporting import report
from sokopesa.faces.storefront.dispute_forms import ReportForm
from sokopesa.faces.storefront.views.searching import words_searched
from sokopesa.kernel import clock
from sokopesa.orders.queries import Wanted, purchases_of
from sokopesa.payments.queries import purchases_with_receipt
from sokopesa.people.models import User
from sokopesa.refunds.queries import purchases_with_refund


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Find the goods by number, receipt or name; or tell support."""
    assert isinstance(request.user, User)
    text = words_searched(request)
    form = ReportForm(request.POST if request.method == "POST" else None, initial={"about": text})
    if request.method == "POST" and form.is_valid():
        made = report(
            about=form.cleaned_data["about"].replace("\0", ""),
            words=form.cleaned_data["words"],
            key=_key(request),
            by=request.user,
            now=clock.now(),
        )
        return render(request, "storefront/disputes/reported.html", {"report": made})
    return render(
        request,
        "storefront/disputes/report.html",
        {
            "wanted": text,
            "entries": _goods(request.user, text),
            "form": form,
            "key": request.POST.get("key") or uuid.uuid4(),
        },
        status=422 if form.errors else 200,
    )


def _goods(user: User, text: str) -> list[tuple[object, ...]]:
    """What the buyer bought, line by line: purchase, order, line, its dispute, and whether one can be opened."""
    found = purchases_with_receipt(text) | purchases_with_refund(text) if text else frozenset()
    purchases = purchases_of(user, Wanted(text=text, found=found)).object_list
    rows = [
        (purchase, order, line)
        for purchase in purchases
        for order in purchase.orders.all()
        for line in order.lines.all()
    ]
    disputes = disputes_of_lines(line for _, _, line in rows)
    return [
        (purchase, order, line, known, can_dispute(order, line, known))
        for purchase, order, line in rows
        for known in (disputes.get(line.pk),)
    ]


def _key(request: HttpRequest) -> UUID:
    with suppress(ValueError):
        return UUID(request.POST.get("key", ""))
    return uuid.uuid4()
