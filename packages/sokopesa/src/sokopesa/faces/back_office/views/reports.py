"""Reported conversations. A conversation is opened only while a case is open, each time with a reason, and every look
is there for auditors to see."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.aftersale.disputes.queries import live_of
from sokopesa.chat import queries, reporting
from sokopesa.chat.models import Message, MessageFile, Report, StaffRead
from sokopesa.faces.back_office.access import member, staff_page, staff_post
from sokopesa.faces.back_office.forms import CloseForm, ReadForm
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.faces.serving import answer
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RULE_DISPUTES, may

LOOK_LASTS = timedelta(hours=1)
"""So long an opened conversation can be gone back to; then a reason is asked for again."""

MOST_SHOWN = 500
"""Messages of one look, the newest of those that were there."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Open cases, the oldest first."""
    after = read_id(request.GET.get("after"))
    cases = queries.open_reports()
    page = page_of(list(cases.filter(pk__gt=after or 0)[:ONE_MORE]), lambda case: str(case.pk))
    return render(request, "back_office/reports.html", {"page": page, "later": after is not None})


@staff_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One open case: who reported what, and what can be told of the conversation without reading it."""
    return _show(request, _case(pk), ReadForm(), CloseForm())


@staff_post
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down who reads the conversation and why, then show it."""
    case, form = _case(pk), ReadForm(request.POST)
    if not form.is_valid():
        return _show(request, case, form, CloseForm(), status=422)
    try:
        look = reporting.open_for_staff(
            thread=case.thread, staff=member(request), reason=form.cleaned_data["why"], now=clock.now()
        )
    except Refusal as refusal:
        form.add_error("why", str(refusal))
        return _show(request, case, form, CloseForm(), status=409)
    return redirect("back_office:look", look.pk)


@staff_post
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The case is looked into."""
    case, form = _case(pk), CloseForm(request.POST)
    if not form.is_valid():
        return _show(request, case, ReadForm(), form, status=422)
    try:
        reporting.close(report_id=case.pk, by=member(request), outcome=form.cleaned_data["outcome"], now=clock.now())
    except Refusal as refusal:
        form.add_error("outcome", str(refusal))
        return _show(request, case, ReadForm(), form, status=409)
    messages.success(request, "Closed. The conversation can no longer be read.")
    return redirect("back_office:reports")


@staff_page
def looks(request: HttpRequest) -> HttpResponse:
    """Who of the staff opened which conversation, when and why; the newest first."""
    before = read_id(request.GET.get("before"))
    known = queries.staff_reads()
    rows = known if before is None else known.filter(pk__lt=before)
    page = page_of(list(rows[:ONE_MORE]), lambda look: str(look.pk))
    return render(request, "back_office/looks.html", {"page": page, "later": before is not None})


@staff_page
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """The conversation as it was when this member opened it, for an hour, and only while a case is open."""
    look = _look(request, pk)
    said = Message.objects.filter(thread=look.thread, pk__lte=look.up_to_id or 0)
    said = said.select_related("author").prefetch_related("files__upload")
    shown = list(said.order_by("-pk")[:MOST_SHOWN])[::-1]
    case = queries.open_reports().filter(thread=look.thread).first()
    # Cases are there for mediators alone; others came from a report.
    rules = case is None and may(member(request), RULE_DISPUTES)
    dispute = live_of(look.thread.order_id) if rules and look.thread.order_id else None
    told = {"look": look, "shown": shown, "case": case, "dispute": dispute}
    return render(request, "back_office/conversation.html", told)


@staff_page
def file(request: HttpRequest, pk: int, upload_id: UUID) -> HttpResponseBase:
    """A file of an opened conversation, for as long as it is open to this member."""
    look = _look(request, pk)
    try:
        return answer(request, queries.file_in(look.thread, upload_id))
    except MessageFile.DoesNotExist as error:
        raise Http404 from error


def _look(request: HttpRequest, pk: int) -> StaffRead:
    """This member's own look, while it lasts and a case is open."""
    since = clock.now() - LOOK_LASTS
    known = StaffRead.objects.select_related("thread__buyer", "thread__seller", "thread__product", "thread__order")
    look = get_object_or_404(known, pk=pk, staff=member(request), at__gt=since)
    if not reporting.has_case(look.thread):
        raise Http404
    return look


def _case(pk: int) -> Report:
    """An open case; once it is closed it is none of this page's."""
    return get_object_or_404(queries.open_reports(), pk=pk)


def _show(
    request: HttpRequest, case: Report, reading: ReadForm, closing: CloseForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "case": case,
        "figures": queries.figures_of(case.thread),
        "reading": reading,
        "closing": closing,
        "looks": queries.staff_reads().filter(thread=case.thread),
        "takes_part": reporting.takes_part(case.thread, member(request)),
    }
    return render(request, "back_office/report.html", context, status=status)
