"""M-PESA's statements: what was taken in, what is missing, and taking in another."""

from __future__ import annotations

from datetime import timedelta
from operator import itemgetter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.faces.back_office.reconciliation_forms import StatementForm
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation import bringing
from sokopesa.reconciliation.coverage import covered
from sokopesa.reconciliation.models import StatementImport, StatementUpload
from sokopesa.reconciliation.watching import is_watched

STAGES = {"Reading": "Read", "Checking": "Checked", "Writing": "Kept"}
"""The stages of an import, and what its lines are when they have come through."""

LONG = timedelta(minutes=1)
"""Whoever waits for a worker longer reads that perhaps none is running."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Which time M-PESA's statements tell of, every file, and a form for another."""
    return _show(request, StatementForm())


@finance_post
def take_in(request: HttpRequest) -> HttpResponse:
    """Keep the file for a worker, which takes in all of it or nothing, and follow it there."""
    form = StatementForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    file = form.cleaned_data["file"]
    upload = bringing.bring(
        file.chunks(),
        name=file.name,
        by=member(request),
        now=clock.now(),
        shortcode=form.cleaned_data["shortcode"],
        account=form.cleaned_data["account"],
        accept_breaks=form.cleaned_data["accept_breaks"],
    )
    return redirect("back_office:statement_upload", upload.pk)


@staff_page
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a statement that was brought is, what became of it, and what is wrong with it."""
    found = _upload(pk)
    is_left = found.state == StatementUpload.State.READING and not is_watched(pk)
    if is_left:
        found = _upload(pk)  # it may have ended before we asked whether anybody is at it
    context = {
        "section": "money",
        "place": "statements",
        "upload": found,
        "is_left": is_left and found.state == StatementUpload.State.READING,
        "may_retry": bringing.may_be_tried_again(found),
        "waits_long": clock.now() - found.brought_at > LONG,
        "percent": 100 * found.done // found.total if found.total else 0,
        "steps": _steps(found),
        "faults": sorted(found.faults, key=itemgetter("do")),
        "may_release": may(member(request), RELEASE_MONEY),
    }
    return render(request, "back_office/money/upload.html", context)


@finance_post
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try again what a worker left, or what failed."""
    try:
        bringing.retry(upload_id=_upload(pk).pk, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("back_office:statement_upload", pk)


def _upload(pk: int) -> StatementUpload:
    return get_object_or_404(StatementUpload.objects.select_related("brought_by", "whole"), pk=pk)


def _steps(found: StatementUpload) -> list[tuple[str, str]]:
    """Each stage in words, and whether it is ``over``, ``now`` or yet to come."""
    stages = list(STAGES)
    at = stages.index(found.stage) if found.stage in stages else -1
    return [
        (STAGES[stage], "over" if place < at or found.whole_id else "now" if place == at else "")
        for place, stage in enumerate(stages)
    ]


def _show(request: HttpRequest, form: StatementForm, *, status: int = 200) -> HttpResponse:
    before = read_id(request.GET.get("before"))
    rows = StatementImport.objects.select_related("imported_by", "reading").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    context = {
        "section": "money",
        "place": "statements",
        "coverage": covered(),
        "page": page_of(list(rows[:ONE_MORE]), lambda whole: str(whole.pk)),
        "later": before is not None,
        "form": form,
        "uploads": bringing.recent(),
        "may_release": may(member(request), RELEASE_MONEY),
    }
    return render(request, "back_office/money/statements.html", context, status=status)
