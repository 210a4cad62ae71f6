"""Disbursements of refunds: prepared by one person, read through, approved by another, and paid as one watches."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.disbursement import batching, portal, queries
from sokopesa.disbursement.errors import ResultsRefused, WrongTotal
from sokopesa.disbursement.models import Batch, BatchLine
from sokopesa.disbursement.people import LINE_REASON_LENGTH
from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import PrepareForm, ReasonForm, ResultsForm, TotalForm
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.payouts import floats
from sokopesa.payouts.models import Transfer
from sokopesa.people.staff import RELEASE_MONEY, may

State = Batch.State
_PLACE = {"section": "money", "place": "batches"}

MOST_DOUBTS = 5
"""Contradictions in a file of results that are shown; the operator is told of all."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Every disbursement, the newest first, and what the next one would pay."""
    return _list(request, PrepareForm())


@finance_post
def prepare(request: HttpRequest) -> HttpResponse:
    """Put all that waits into a new disbursement; a second person approves it."""
    form = PrepareForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        batch = batching.prepare(maker=member(request), now=clock.now(), via=Batch.Via(form.cleaned_data["via"]))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _list(request, form, status=409)
    messages.success(request, "Prepared. Nothing is paid until a second person in finance approves it.")
    return redirect("back_office:batch", batch.number)


@staff_page
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """One disbursement: what it pays, how far it is, line by line, and what can be done with it."""
    return _show(request, _batch(number))


@finance_post
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """A second person agrees after typing the total, and M-PESA is told to pay."""
    batch, form = _batch(number), TotalForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, approving=form, status=422)
    try:
        batching.approve(
            batch_id=batch.pk, approver=member(request), typed_total=form.cleaned_data["total"], now=clock.now()
        )
    except WrongTotal as refusal:
        form.add_error("total", str(refusal))
        return _show(request, batch, approving=form, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, batch, approving=form, status=409)
    done = "The lines go to M-PESA now." if batch.via == Batch.Via.API else "Download its file for the portal."
    messages.success(request, f"Approved. {done}")
    return redirect("back_office:batch", number)


@finance_post
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """It is not paid; the next one takes its lines."""
    batch, form = _batch(number), ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, cancelling=form, status=422)
    try:
        batching.cancel(batch_id=batch.pk, by=member(request), reason=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, batch, cancelling=form, status=409)
    messages.success(request, "Cancelled. The next disbursement takes its lines.")
    return redirect("back_office:batch", number)


@finance_post
def leave_out(request: HttpRequest, number: int, line_id: int) -> HttpResponse:
    """One line is not paid with the others."""
    batch, form = _batch(number), ReasonForm(request.POST, most=LINE_REASON_LENGTH)
    if not form.is_valid():
        messages.error(request, "Nothing was left out: say why, in 3 to 200 characters.")
        return redirect("back_office:batch", number)
    try:
        batching.leave_out(
            batch_id=batch.pk,
            line_id=line_id,
            by=member(request),
            reason=form.cleaned_data["reason"],
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Left out, with all parts of its refund. The total has changed.")
    return redirect("back_office:batch", number)


@finance_post
def export(request: HttpRequest, number: int) -> HttpResponse:
    """The bulk file for M-PESA's portal. From now on its lines count as sent."""
    try:
        made = portal.export(batch_id=_batch(number).pk, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("back_office:batch", number)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return HttpResponse(made.body, content_type="text/csv; charset=us-ascii", headers=headers)


@finance_post
def read_results(request: HttpRequest, number: int) -> HttpResponse:
    """What the portal says of the lines; all of its file or nothing."""
    batch, form = _batch(number), ResultsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, batch, reading=form, status=422)
    try:
        told = portal.read_results(
            batch_id=batch.pk, body=form.cleaned_data["file"].read(), by=member(request), now=clock.now()
        )
    except ResultsRefused as refusal:
        form.add_error("file", "Nothing was taken over.")
        return _show(request, batch, reading=form, faults=refusal.faults, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, batch, reading=form, status=409)
    paid = sum(transfer.state == Transfer.State.PAID for transfer in told.moved.values())
    messages.success(request, f"Read: {paid} paid, {len(told.moved) - paid} came back.")
    for words in list(told.doubtful.values())[:MOST_DOUBTS]:
        messages.warning(request, words)
    return redirect("back_office:batch", number)


def _batch(number: int) -> Batch:
    return get_object_or_404(queries.batches(), number=number)


def _list(request: HttpRequest, form: PrepareForm, *, status: int = 200) -> HttpResponse:
    before = read_id(request.GET.get("before"))
    known = queries.batches()
    rows = known if before is None else known.filter(number__lt=before)
    page = page_of(list(rows[:ONE_MORE]), lambda batch: str(batch.number))
    progress = queries.progress(page.rows)
    context = {
        **_PLACE,
        "page": page,
        "later": before is not None,
        "entries": [(batch, progress[batch.pk]) for batch in page.rows],
        "outlook": queries.outlook(now=clock.now()),
        "waiting": Batch.objects.filter(state=State.PREPARED).first(),
        "form": form,
        "may_release": may(member(request), RELEASE_MONEY),
    }
    return render(request, "back_office/money/batches.html", context, status=status)


def _show(
    request: HttpRequest,
    batch: Batch,
    *,
    approving: TotalForm | None = None,
    cancelling: ReasonForm | None = None,
    reading: ResultsForm | None = None,
    faults: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    after, person = read_id(request.GET.get("after")), member(request)
    lines = batch.entries.select_related("file_line__file", "file_line__refund", "transfer").order_by("pk")
    if after is not None:
        lines = lines.filter(pk__gt=after)
    page = page_of(list(lines[:ONE_MORE]), lambda line: str(line.pk))
    context: dict[str, Any] = {
        **_PLACE,
        "batch": batch,
        "progress": queries.progress([batch])[batch.pk],
        "left_out": BatchLine.objects.filter(batch=batch, is_left_out=True).count(),
        "page": page,
        "later": after is not None,
        "float": floats.of(batch.shortcode) if batch.state == State.PREPARED else None,
        "approving": approving or TotalForm(),
        "cancelling": cancelling or ReasonForm(label="Why it is cancelled", prefix="cancel_"),
        "reading": reading or ResultsForm(),
        "faults": faults or [],
        "may_release": may(person, RELEASE_MONEY),
        "is_maker": batch.maker_id == person.pk,
        "is_under_way": batch.state == State.APPROVED,
    }
    return render(request, "back_office/money/batch.html", context, status=status)
