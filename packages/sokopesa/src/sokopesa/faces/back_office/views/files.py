"""The daily refund files: what each says, how it was delivered and answered, and its lines."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.disbursement import delivering, filing, queries
from sokopesa.disbursement.models import FileLine, RefundFile
from sokopesa.disbursement.people import LINE_REASON_LENGTH
from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import ReasonForm
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RELEASE_MONEY, may

_PLACE = {"section": "money", "place": "files"}


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Every file, the newest first."""
    before = read_id(request.GET.get("before"))
    rows = queries.files() if before is None else queries.files().filter(number__lt=before)
    page = page_of(list(rows[:ONE_MORE]), lambda file: str(file.number))
    states = queries.line_states(page.rows)
    context = {
        **_PLACE,
        "page": page,
        "later": before is not None,
        "entries": [(file, states[file.pk].get(FileLine.State.OPEN, 0)) for file in page.rows],
        "outlook": queries.outlook(now=clock.now()),
    }
    return render(request, "back_office/money/files.html", context)


@staff_page
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """One file with its deliveries, its answers and its lines."""
    file, after = _file(number), read_id(request.GET.get("after"))
    lines = file.entries.select_related("refund").order_by("position")
    if after is not None:
        lines = lines.filter(position__gt=after)
    page = page_of(list(lines[:ONE_MORE]), lambda line: str(line.position))
    states = queries.line_states([file])[file.pk]
    context = {
        **_PLACE,
        "file": file,
        "page": page,
        "later": after is not None,
        "states": [(label, states[value]) for value, label in FileLine.State.choices if value in states],
        "deliveries": file.deliveries.select_related("by").order_by("-pk")[:20],
        "replies": file.replies.order_by("-pk")[:20],
        "may_release": may(member(request), RELEASE_MONEY),
    }
    return render(request, "back_office/money/file.html", context)


@finance_post
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """The file's bytes, made again from its lines. They name phones, so only finance has them."""
    file = _file(number)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return StreamingHttpResponse(filing.render(file), content_type="text/csv; charset=utf-8", headers=headers)


@finance_post
def resend(request: HttpRequest, number: int) -> HttpResponse:
    """It got lost on its way: the same bytes are delivered again."""
    _file(number)
    try:
        delivering.resend(number=number, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is delivered again within a minute, with the same bytes.")
    return redirect("back_office:file", number)


@finance_post
def withdraw(request: HttpRequest, number: int, line_id: int) -> HttpResponse:
    """A line is taken back before any disbursement has it."""
    get_object_or_404(FileLine, pk=line_id, file=_file(number))
    form = ReasonForm(request.POST, most=LINE_REASON_LENGTH)
    if not form.is_valid():
        messages.error(request, "Nothing was withdrawn: say why, in 3 to 200 characters.")
        return redirect("back_office:file", number)
    try:
        filing.withdraw(line_id=line_id, by=member(request), reason=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Withdrawn. The refund waits for somebody to decide.")
    return redirect("back_office:file", number)


def _file(number: int) -> RefundFile:
    return get_object_or_404(RefundFile, number=number)
