"""Rules by which refunds leave at once: proposed by one, put in force by another, ended by anybody in finance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.disbursement import queries, rules
from sokopesa.disbursement.models import InstantPayment, InstantRule
from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import RuleForm
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.refunds.models import Refund

SHOWN = 50


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Every rule, those that wait or hold first, with what each has paid today."""
    return _show(request, RuleForm())


@finance_post
def propose(request: HttpRequest) -> HttpResponse:
    """Ask a second person to let some refunds leave at once."""
    form, now = RuleForm(request.POST), clock.now()
    if not form.is_valid():
        return _show(request, form, status=422)
    facts = form.cleaned_data
    try:
        rules.propose(
            cause=Refund.Cause(facts["cause"]),
            up_to_cents=facts["up_to"],
            daily_limit_cents=facts["daily_limit"],
            via=InstantRule.Via(facts["via"]),
            reason=facts["reason"],
            valid_from=now,
            maker=member(request),
            now=now,
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, form, status=409)
    messages.success(request, "Proposed. It holds when a second person in finance approves.")
    return redirect("back_office:rules")


@finance_post
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person puts it in force."""
    return _decide(request, pk, rules.approve, "In force. Refunds that it covers leave at once.")


@finance_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person does not want it."""
    return _decide(request, pk, rules.refuse, "Refused. Nothing changes.")


@finance_post
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """One person is enough to stop money."""
    get_object_or_404(InstantRule, pk=pk)
    try:
        rules.end(rule_id=pk, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Ended. What it covered goes by file and disbursement again.")
    return redirect("back_office:rules")


def _decide(request: HttpRequest, pk: int, verb: Callable[..., Any], said: str) -> HttpResponse:
    get_object_or_404(InstantRule, pk=pk)
    try:
        verb(rule_id=pk, decider=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("back_office:rules")


def _show(request: HttpRequest, form: RuleForm, *, status: int = 200) -> HttpResponse:
    now, person = clock.now(), member(request)
    known = sorted(queries.rules(), key=_urgency)[:SHOWN]
    paid = InstantPayment.objects.filter(rule__in=known, day=clock.nairobi_date(now)).values_list("rule")
    today = dict(paid.annotate(cents=Sum("amount_cents")))
    context = {
        "section": "money",
        "place": "rules",
        "entries": [(rule, today.get(rule.pk, 0), rule.maker_id == person.pk) for rule in known],
        "form": form,
        "may_release": may(person, RELEASE_MONEY),
    }
    return render(request, "back_office/money/rules.html", context, status=status)


def _urgency(rule: InstantRule) -> tuple[int, int]:
    order = [InstantRule.State.PROPOSED, InstantRule.State.APPROVED]
    return order.index(InstantRule.State(rule.state)) if rule.state in order else len(order), -rule.pk
