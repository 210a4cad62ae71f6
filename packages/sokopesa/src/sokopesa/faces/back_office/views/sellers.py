"""Sellers' money: runs that pay them, by one who prepares and one who approves, and where each wants to be paid."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import ReasonForm, TotalForm
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.money import read_total
from sokopesa.ledger.statements import Period
from sokopesa.people.models import Seller
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.settlements import payees, queries, running
from sokopesa.settlements.errors import WrongTotal
from sokopesa.settlements.models import Payee, Run
from sokopesa.settlements.schedule import next_payday

_PLACE = {"section": "money", "place": "sellers"}

NEWEST_LINES = 100
"""Of a seller's statement on the page; the shop itself has files of every month."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Every run, the newest first, and who wants to be paid elsewhere."""
    return _list(request)


@finance_post
def prepare(request: HttpRequest) -> HttpResponse:
    """A run of everybody who has earned enough; a second person approves it."""
    try:
        run = running.prepare(maker=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("back_office:runs")
    messages.success(request, "Prepared. Nothing is paid until a second person in finance approves it.")
    return redirect("back_office:run", run.number)


@staff_page
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """One run: whom it pays, how far it is, and what can be done with it."""
    return _show(request, _run(number))


@finance_post
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """A second person agrees after typing the total, and M-PESA is told to pay."""
    run, form = _run(number), TotalForm(request.POST)
    if not form.is_valid():
        return _show(request, run, approving=form, status=422)
    cents = read_total(form.cleaned_data["total"])
    try:
        running.approve(number, decider=member(request), typed_cents=-1 if cents is None else cents, now=clock.now())
    except WrongTotal as refusal:
        form.add_error("total", str(refusal))
        return _show(request, run, approving=form, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, run, approving=form, status=409)
    messages.success(request, "Approved. The payments go to M-PESA now.")
    return redirect("back_office:run", number)


@finance_post
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """It is not paid; the next run takes its sellers."""
    try:
        running.cancel(_run(number).number, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Cancelled. The next run takes its sellers.")
    return redirect("back_office:run", number)


@finance_post
def approve_payee(request: HttpRequest, pk: int) -> HttpResponse:
    """From the next run on the shop is paid there."""
    payee = get_object_or_404(Payee, pk=pk)
    try:
        payees.approve(payee.pk, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Approved. Everybody of the shop has been told.")
    return redirect("back_office:runs")


@finance_post
def refuse_payee(request: HttpRequest, pk: int) -> HttpResponse:
    """The shop is paid where it was, and reads why."""
    payee, form = get_object_or_404(Payee, pk=pk), _refusal(pk, request.POST)
    if not form.is_valid():
        return _list(request, refusing=(pk, form), status=422)
    try:
        payees.refuse(payee.pk, by=member(request), remark=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Refused. The shop has been told why.")
    return redirect("back_office:runs")


@staff_page
def seller(request: HttpRequest, slug: str) -> HttpResponse:
    """One seller's money: earned, held, where it is paid, what was paid, and the newest lines of the account."""
    shop, now = get_object_or_404(Seller, slug=slug), clock.now()
    found = queries.statement_of(shop, Period(None, now))
    with transaction.atomic():
        skipped = max((found.count if found else 0) - NEWEST_LINES, 0)
        lines = list(islice(queries.lines_of(found), skipped, None)) if found else []
    context = {
        **_PLACE,
        "shop": shop,
        "earned_cents": queries.earned_cents(shop),
        "held": queries.held_for(shop),
        "payees": list(shop.payees.select_related("asked_by", "decided_by").order_by("-pk")[:10]),
        "settlements": list(queries.settlements_of(shop)[:20]),
        "lines": lines[::-1],
        "skipped": skipped,
    }
    return render(request, "back_office/money/seller.html", context)


def _run(number: int) -> Run:
    return get_object_or_404(queries.runs(), number=number)


def _refusal(pk: int, data: Any = None) -> ReasonForm:
    return ReasonForm(data, label="Why not", prefix=f"payee_{pk}_")


def _list(request: HttpRequest, *, refusing: tuple[int, ReasonForm] | None = None, status: int = 200) -> HttpResponse:
    before, person = read_id(request.GET.get("before")), member(request)
    rows = queries.runs() if before is None else queries.runs().filter(number__lt=before)
    page = page_of(list(rows[:ONE_MORE]), lambda run: str(run.number))
    asked = list(queries.payees_to_decide()[:ONE_MORE])
    current = {
        payee.seller_id: payee
        for payee in Payee.objects.filter(state=Payee.State.CURRENT, seller__in=[each.seller_id for each in asked])
    }
    waiting, may_release = Run.objects.filter(state=Run.State.PREPARED).first(), may(person, RELEASE_MONEY)
    context = {
        **_PLACE,
        "page": page,
        "later": before is not None,
        "waiting": waiting,
        "nobody": may_release and not waiting and not running.is_anybody_due(),
        "earned": queries.earned_by_all(),
        "payday": next_payday(clock.nairobi_date(clock.now())),
        "asked": [
            (
                each,
                current.get(each.seller_id),
                refusing[1] if refusing and refusing[0] == each.pk else _refusal(each.pk),
            )
            for each in asked
        ],
        "may_release": may_release,
    }
    return render(request, "back_office/money/runs.html", context, status=status)


def _show(request: HttpRequest, run: Run, *, approving: TotalForm | None = None, status: int = 200) -> HttpResponse:
    after, person = read_id(request.GET.get("after")), member(request)
    lines = run.settlements.select_related("seller", "payee").prefetch_related("parts__transfer").order_by("pk")
    if after is not None:
        lines = lines.filter(pk__gt=after)
    context = {
        **_PLACE,
        "run": run,
        "progress": queries.progress_of(run),
        "page": page_of(list(lines[:ONE_MORE]), lambda line: str(line.pk)),
        "later": after is not None,
        "approving": approving or TotalForm(),
        "may_release": may(person, RELEASE_MONEY),
        "is_maker": run.maker_id == person.pk,
        "is_under_way": run.state == Run.State.APPROVED,
    }
    return render(request, "back_office/money/run.html", context, status=status)
