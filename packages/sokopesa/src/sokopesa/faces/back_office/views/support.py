"""What people reported that is about no order of theirs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.aftersale.disputes.reporting import mark_answered
from sokopesa.aftersale.models import SupportReport
from sokopesa.faces.back_office.access import member, staff_page, staff_post
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.kernel import clock


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the oldest first."""
    after = read_id(request.GET.get("after"))
    waiting = SupportReport.objects.filter(answered_at=None).select_related("reporter").order_by("pk")
    if after is not None:
        waiting = waiting.filter(pk__gt=after)
    page = page_of(list(waiting[:ONE_MORE]), lambda report: str(report.pk))
    return render(request, "back_office/support.html", {"page": page, "later": after is not None})


@staff_post
def answered(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has called the person."""
    report = get_object_or_404(SupportReport, pk=pk)
    mark_answered(report.pk, by=member(request), now=clock.now())
    messages.success(request, f"Report {report.number} is answered.")
    return redirect("back_office:support")
