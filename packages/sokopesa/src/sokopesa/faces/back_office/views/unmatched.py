"""Money without a home: the list, one receipt with what it may have been meant for, and what two people decide."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.forms import OTHER, REFUND, ProposeForm, RefuseForm
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id, read_moment, write_moment
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.payments import releases
from sokopesa.payments.models import Receipt, Release
from sokopesa.payments.proposals import case_for, propose_for
from sokopesa.payments.unmatched import unmatched, unmatched_total, with_standing
from sokopesa.people.staff import RELEASE_MONEY, may

LATELY = 20
"""Decisions shown below those that wait."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """The receipts, the oldest first."""
    after = read_moment(request.GET.get("after", ""), str)
    receipts = with_standing(unmatched())
    if after:
        paid_at, code = after
        receipts = receipts.filter(Q(paid_at__gt=paid_at) | Q(paid_at=paid_at, code__gt=code))
    page = page_of(
        list(receipts.order_by("paid_at", "code")[:ONE_MORE]), lambda row: write_moment(row.paid_at, row.code)
    )
    return render(
        request, "back_office/unmatched.html", {"page": page, "total": unmatched_total(), "later": bool(after)}
    )


@staff_page
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One receipt: why it has no home, what it may have been meant for, and every decision about it."""
    return _show(request, _receipt(code), ProposeForm(), RefuseForm())


@finance_post
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """Ask a second person to let the money go somewhere."""
    receipt = _receipt(code)
    form = ProposeForm(request.POST)
    if not form.is_valid():
        return _show(request, receipt, form, RefuseForm(), status=422)
    try:
        releases.propose(
            receipt=receipt.code,
            purchase=form.cleaned_data["purchase"],
            reason=form.cleaned_data["reason"],
            maker=member(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, receipt, form, RefuseForm(), status=409)
    messages.success(request, "Proposed. The money moves when a second person in finance approves.")
    return redirect("back_office:receipt", receipt.code)


@staff_page
def decisions(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, the oldest first, and what was decided lately."""
    known = Release.objects.select_related("receipt", "purchase", "maker", "decider")
    waiting = known.filter(state=Release.State.PROPOSED).order_by("pk")
    after = read_id(request.GET.get("after"))
    if after is not None:
        waiting = waiting.filter(pk__gt=after)
    page = page_of(list(waiting[:ONE_MORE]), lambda release: str(release.pk))
    lately = known.exclude(state=Release.State.PROPOSED).order_by("-decided_at")[:LATELY]
    return render(request, "back_office/decisions.html", {"page": page, "lately": lately, "later": after is not None})


@finance_post
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person agrees, and the money moves."""
    release = get_object_or_404(Release, pk=pk)
    try:
        releases.approve(release_id=release.pk, decider=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        done = "The order is paid." if release.kind == Release.Kind.PLACE else "The money is owed back to the payer."
        messages.success(request, f"Approved. {done}")
    return redirect("back_office:receipt", release.receipt_id)


@finance_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person disagrees; the money stays where it is."""
    release = get_object_or_404(Release, pk=pk)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _show(request, _receipt(release.receipt_id), ProposeForm(), form, status=422)
    try:
        releases.refuse(
            release_id=release.pk, decider=member(request), remark=form.cleaned_data["remark"], now=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Refused. The money stays in unmatched.")
    return redirect("back_office:receipt", release.receipt_id)


def _receipt(code: str) -> Receipt:
    """A receipt that lies in unmatched, or about which something was decided; others are none of this page's."""
    receipts = Receipt.objects.select_related("purchase")
    decided = Q(releases__isnull=False)
    return get_object_or_404(receipts.filter(Q(purchase=None) | decided).distinct(), code=code)


def _show(
    request: HttpRequest, receipt: Receipt, form: ProposeForm, refusing: RefuseForm, *, status: int = 200
) -> HttpResponse:
    decided = list(receipt.releases.select_related("purchase__buyer", "maker", "decider").order_by("-pk"))
    standing = next((release for release in decided if release.state == Release.State.PROPOSED), None)
    lies_here = receipt.purchase_id is None and unmatched().filter(pk=receipt.pk).exists()
    proposals = propose_for(receipt) if lies_here and standing is None else []
    person = member(request)
    return render(
        request,
        "back_office/receipt.html",
        {
            "receipt": receipt,
            "lies_here": lies_here,
            "standing": standing,
            "case": case_for(receipt, standing.purchase) if standing and standing.purchase else None,
            "decided": [release for release in decided if release is not standing],
            "fitting": [proposal for proposal in proposals if not proposal.obstacle],
            "hindered": [proposal for proposal in proposals if proposal.obstacle],
            "form": form,
            "chosen": form["target"].value(),
            "refusing": refusing,
            "OTHER": OTHER,
            "REFUND": REFUND,
            "may_release": may(person, RELEASE_MONEY),
            "is_maker": standing is not None and standing.maker_id == person.pk,
        },
        status=status,
    )
