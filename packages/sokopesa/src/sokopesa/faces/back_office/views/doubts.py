"""Refunds that M-PESA may have given back already: one person proposes how that ends, another decides."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from sokopesa.disbursement import doubts
from sokopesa.disbursement.doubt_models import Answer
from sokopesa.disbursement.errors import ReversalRefused
from sokopesa.faces.back_office.access import finance_post, member
from sokopesa.faces.back_office.money_forms import AnswerForm, ReasonForm
from sokopesa.faces.back_office.views import refunds
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.refunds.models import Refund

_KNOWN = Refund.objects.select_related("purchase__buyer", "order")


@finance_post
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """Ask a second person to have it paid, or closed as reversed."""
    refund, form = get_object_or_404(_KNOWN, number=number), AnswerForm(request.POST)
    if not form.is_valid():
        return refunds.show(request, refund, answering=form, status=422)
    try:
        doubts.propose(
            refund_id=refund.pk,
            how=Answer.How(form.cleaned_data["how"]),
            receipt=form.cleaned_data["receipt"],
            reversed_at=form.cleaned_data["reversed_at"],
            reason=form.cleaned_data["reason"],
            maker=member(request),
            now=clock.now(),
        )
    except ReversalRefused as refusal:
        form.add_error("receipt" if "receipt" in str(refusal) else "reversed_at", str(refusal))
        return refunds.show(request, refund, answering=form, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refunds.show(request, refund, answering=form, status=409)
    messages.success(request, "Proposed. Nothing is paid or booked until a second person in finance approves.")
    return redirect("back_office:refund", number)


@finance_post
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees."""
    answer = get_object_or_404(Answer.objects.select_related("refund"), pk=pk)
    try:
        doubts.approve(answer_id=pk, decider=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        done = "It goes on, and is paid." if answer.how == Answer.How.AGAIN else "It is over, and booked as reversed."
        messages.success(request, f"Approved. {done}")
    return redirect("back_office:refund", answer.refund.number)


@finance_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person disagrees; it stays held."""
    answer = get_object_or_404(Answer.objects.select_related("refund__purchase__buyer", "refund__order"), pk=pk)
    form = ReasonForm(request.POST, prefix="refuse_answer_", label="Why not")
    if not form.is_valid():
        return refunds.show(request, answer.refund, refusing_answer=form, status=422)
    try:
        doubts.refuse(answer_id=pk, decider=member(request), remark=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Refused. It stays held.")
    return redirect("back_office:refund", answer.refund.number)
