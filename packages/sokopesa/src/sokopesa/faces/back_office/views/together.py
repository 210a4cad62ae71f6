"""Discrepancies of one class that end together: proposed once, and approved by another who types the total."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.faces.amounts import read_amount
from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import ReasonForm, TotalForm
from sokopesa.faces.back_office.paging import read_ids
from sokopesa.faces.back_office.reconciliation_forms import ResolveForm
from sokopesa.faces.back_office.views.discrepancies import show_list
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation import together
from sokopesa.reconciliation.models import JointResolution, Resolution
from sokopesa.reconciliation.refusals import NotTheTotal


@finance_post
def propose(request: HttpRequest) -> HttpResponse:
    """Propose that those chosen end in the same way; a second person decides."""
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return show_list(request, request.POST, form=form, status=422)
    try:
        joint = together.propose(
            ids=read_ids(request.POST.getlist("chosen")),
            how=Resolution.How(form.cleaned_data["how"]),
            against=form.cleaned_data["against"].strip(),
            reason=form.cleaned_data["reason"],
            maker=member(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return show_list(request, request.POST, form=form, status=409)
    messages.success(request, "Proposed. Nothing is booked until a second person in finance approves.")
    return redirect("back_office:together", joint.pk)


@staff_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What was proposed together, each of it, and what became of each."""
    return _show(request, _joint(pk))


@finance_post
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees after typing the total; each is booked by itself, and what could not be is named."""
    joint, form = _joint(pk), TotalForm(request.POST, whole=False)
    if not form.is_valid():
        return _show(request, joint, approving=form, status=422)
    try:
        typed = read_amount(form.cleaned_data["total"])
    except ValueError as wrong:
        form.add_error("total", str(wrong))
        return _show(request, joint, approving=form, status=422)
    try:
        decided = together.approve(joint_id=pk, decider=member(request), typed_cents=typed, now=clock.now())
    except NotTheTotal as refusal:
        form.add_error("total", str(refusal))
        return _show(request, joint, approving=form, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, joint, approving=form, status=409)
    if decided.done:
        messages.success(request, f"Approved: {len(decided.done)} are explained, and booked where they had to be.")
    for found, words in decided.failed.items():
        messages.error(request, f"Not done, and still proposed: {together.name(found)}. {words}")
    return redirect("back_office:together", pk)


@finance_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person disagrees; all that waits stays open."""
    joint, form = _joint(pk), _refusal(request)
    if not form.is_valid():
        return _show(request, joint, refusing=form, status=422)
    try:
        together.refuse(joint_id=pk, decider=member(request), remark=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, joint, refusing=form, status=409)
    messages.success(request, "Refused. They stay open.")
    return redirect("back_office:together", pk)


def _joint(pk: int) -> JointResolution:
    return get_object_or_404(JointResolution.objects.select_related("maker"), pk=pk)


def _refusal(request: HttpRequest | None = None) -> ReasonForm:
    return ReasonForm(request.POST if request else None, label="Why not", prefix="refuse_")


def _show(
    request: HttpRequest,
    joint: JointResolution,
    *,
    approving: TotalForm | None = None,
    refusing: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = member(request)
    made = list(joint.resolutions.select_related("discrepancy", "decider").order_by("discrepancy_id"))
    entries = [(each, together.weight(each.discrepancy, joint.how)) for each in made]
    waiting = [cents for each, cents in entries if each.state == Resolution.State.PROPOSED]
    context = {
        "section": "money",
        "place": "discrepancies",
        "joint": joint,
        "entries": entries,
        "waiting": len(waiting),
        "waiting_cents": sum(waiting),
        "net_cents": sum(each.discrepancy.effect_cents for each in made),
        "approving": approving or TotalForm(whole=False),
        "refusing": refusing or _refusal(),
        "may_release": may(person, RELEASE_MONEY),
        "is_maker": joint.maker_id == person.pk,
    }
    return render(request, "back_office/money/together.html", context, status=status)
