"""What waits for a mediator, one case on one page, and the decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sokopesa.aftersale.disputes import returning, ruling
from sokopesa.aftersale.disputes.errors import DisputeRefused, OwnCase
from sokopesa.aftersale.disputes.life import Step
from sokopesa.aftersale.disputes.models import Dispute
from sokopesa.aftersale.disputes.queries import dispute_of_market, live, to_rule
from sokopesa.chat import queries, reporting
from sokopesa.faces.back_office.access import mediator_note, mediator_page, mediator_post, member
from sokopesa.faces.back_office.dispute_forms import DeliveredForm, RulingForm
from sokopesa.faces.back_office.forms import ReadForm
from sokopesa.faces.disputes import told
from sokopesa.faces.standing import carry_out_due
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders.life import Actor
from sokopesa.payments.queries import receipt_of
from sokopesa.people.models import User
from sokopesa.shipping.queries import parcels_of

PAGE = 50


@mediator_page
def index(request: HttpRequest) -> HttpResponse:
    """What is to be decided, the most urgent first; or all that is open."""
    everything = request.GET.get("show") == "all"
    page = Paginator(live() if everything else to_rule(), PAGE).get_page(whole_number(request.GET.get("page")) or 1)
    return render(request, "back_office/disputes.html", {"page": page, "everything": everything})


@mediator_page
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The whole case on one page that prints: listing, promise, payment, what both said and showed, what happened."""
    dispute = _found(number)
    return _show(request, dispute, RulingForm(dispute=dispute))


@mediator_post
def rule(request: HttpRequest, number: str) -> HttpResponse:
    """Decide, with reasons."""
    dispute = _found(number)
    form = RulingForm(request.POST, dispute=dispute)
    if not form.is_valid():
        return _show(request, dispute, form, status=422)
    try:
        ruling.rule(
            dispute.pk,
            kind=form.cleaned_data["kind"],
            amount_cents=form.cleaned_data["amount"],
            reasons=form.cleaned_data["words"],
            by=member(request),
            now=clock.now(),
        )
    except DisputeRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _show(request, dispute, form, status=422)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Decided. Both sides have been told.")
    return redirect("back_office:case", number)


@mediator_note
def read(request: HttpRequest, number: str) -> HttpResponse:
    """Write down who reads what buyer and seller wrote about the order, and why, then show it."""
    dispute, form = _found(number), ReadForm(request.POST)
    thread = queries.thread_of_order(dispute.order_id)
    if thread is None:
        raise Http404
    if not form.is_valid():
        return _show(request, dispute, RulingForm(dispute=dispute), reading=form, status=422)
    try:
        look = reporting.open_for_staff(
            thread=thread, staff=member(request), reason=form.cleaned_data["why"], now=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("back_office:case", number)
    return redirect("back_office:look", look.pk)


@mediator_post
def delivered(request: HttpRequest, number: str) -> HttpResponse:
    """Note what the courier says about a return; the seller's ten days run from then."""
    dispute, form = _found(number), DeliveredForm(request.POST)
    if not form.is_valid():
        return _show(request, dispute, RulingForm(dispute=dispute), noting=form, status=422)
    try:
        returning.note_delivery(dispute.pk, at=form.moment(), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("back_office:case", number)


def _found(number: str) -> Dispute:
    """With what had fallen due carried out; else a page that is not there."""
    try:
        dispute = dispute_of_market(number)
        if carry_out_due([dispute.order], now=clock.now()):
            dispute = dispute_of_market(number)
    except Dispute.DoesNotExist as error:
        raise Http404 from error
    return dispute


def _show(
    request: HttpRequest,
    dispute: Dispute,
    form: RulingForm,
    *,
    noting: DeliveredForm | None = None,
    reading: ReadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    obstacle = ""
    try:
        ruling.require_impartial(dispute, member(request))
    except OwnCase as refusal:
        obstacle = str(refusal)
    shown = told(dispute, Actor.MARKET)
    return render(
        request,
        "back_office/case.html",
        {
            **shown,
            **_conversation(dispute, member(request)),
            "reading": reading or ReadForm(),
            "form": form,
            "noting": noting or DeliveredForm(),
            "may_rule": Step.RULE.value in shown["steps"] and not obstacle,
            "obstacle": obstacle if Step.RULE.value in shown["steps"] else "",
            "part": {"parcels": parcels_of([dispute.order]).get(dispute.order_id, [])},
            "receipt": receipt_of(dispute.order.purchase),
            "order_events": dispute.order.events.exclude(kind__startswith="dispute-"),
            "now": clock.now(),
        },
        status=status,
    )


def _conversation(dispute: Dispute, person: User) -> dict[str, Any]:
    """What can be told of what the two wrote about the order without reading it."""
    thread = queries.thread_of_order(dispute.order_id)
    if thread is None:
        return {"thread": None}
    return {
        "thread": thread,
        "figures": queries.figures_of(thread),
        "looks": queries.staff_reads().filter(thread=thread),
        "may_read": reporting.has_case(thread) and not reporting.takes_part(thread, person),
    }
