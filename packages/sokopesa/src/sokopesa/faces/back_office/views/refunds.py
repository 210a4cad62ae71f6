"""Refunds: the list that finance searches, one refund with everything it went through, and its next step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.disbursement import goodwill as given
from sokopesa.disbursement import queries, returned
from sokopesa.disbursement.models import Goodwill, Redirection
from sokopesa.disbursement.tracing import trace, ways_of
from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import ReasonForm, RedirectForm
from sokopesa.faces.back_office.paging import ONE_MORE, Page, page_of, read_id
from sokopesa.faces.back_office.refund_filters import HELD, chosen
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger import accounts
from sokopesa.ledger.models import Account
from sokopesa.ledger.overview import newest_lines
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.refunds.models import Refund
from sokopesa.refunds.tracking import track

_PLACE = {"section": "money", "place": "refunds"}

MOST_LINES = 50
"""Postings of a refund's account that are shown; it seldom has more than two."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Every refund, the newest first, by state, cause and what it waits for; or those that a text leads to."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())
    filters, before, told = chosen(request.GET), None, None
    if text:
        told = trace(text)
        page = Page([way.refund for way in told.ways], "")
    else:
        before = read_id(request.GET.get("before"))
        rows = filters.rows if before is None else filters.rows.filter(pk__lt=before)
        page = page_of(list(rows[:ONE_MORE]), lambda refund: str(refund.pk))
    context = {
        **_PLACE,
        "page": page,
        "later": before is not None,
        "text": text,
        "told": told,
        "chosen": filters,
        "keep": filters.query,
        "states": Refund.State.choices,
        "causes": Refund.Cause.choices,
        "waits": [(HELD, "Anything"), *Refund.Wait.choices],
        "today": clock.nairobi_date(clock.now()),
    }
    return render(request, "back_office/money/refunds.html", context)


@staff_page
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One refund: its way, every name of it, its entries, and what can be done."""
    return show(request, _refund(number))


@finance_post
def retry(request: HttpRequest, number: str) -> HttpResponse:
    """What hindered it is out of the way."""
    try:
        returned.retry(refund_id=_refund(number).pk, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It goes on: with the next file or disbursement, or at once by a rule.")
    return redirect("back_office:refund", number)


@finance_post
def redirect_to(request: HttpRequest, number: str) -> HttpResponse:
    """Propose another number of the buyer's; a second person decides."""
    refund, form = _refund(number), RedirectForm(request.POST)
    if not form.is_valid():
        return show(request, refund, proposing=form, status=422)
    try:
        returned.propose(
            refund_id=refund.pk,
            payee=form.cleaned_data["payee"],
            reason=form.cleaned_data["reason"],
            maker=member(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return show(request, refund, proposing=form, status=409)
    messages.success(request, "Proposed. The money goes there when a second person in finance approves.")
    return redirect("back_office:refund", number)


@finance_post
def approve_redirection(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees to another number."""
    redirection = get_object_or_404(Redirection.objects.select_related("refund"), pk=pk)
    try:
        returned.approve(redirection_id=pk, decider=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Approved. It goes to the other number, and the buyer is told.")
    return redirect("back_office:refund", redirection.refund.number)


@finance_post
def refuse_redirection(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person disagrees; the money goes where it went."""
    redirection = get_object_or_404(Redirection.objects.select_related("refund"), pk=pk)
    form = ReasonForm(request.POST, prefix="refuse_", label="Why not")
    if not form.is_valid():
        return show(request, _refund(redirection.refund.number), refusing=form, status=422)
    try:
        returned.refuse(redirection_id=pk, decider=member(request), remark=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Refused. Nothing changes.")
    return redirect("back_office:refund", redirection.refund.number)


def _refund(number: str) -> Refund:
    return get_object_or_404(Refund.objects.select_related("purchase__buyer", "order"), number=number)


def show(
    request: HttpRequest,
    refund: Refund,
    *,
    proposing: RedirectForm | None = None,
    refusing: ReasonForm | None = None,
    topping: ReasonForm | None = None,
    refusing_top_up: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """One refund's page, with whatever was typed into its forms."""
    now, person = clock.now(), member(request)
    account = Account.objects.filter(code=accounts.refunds(refund.pk)).first()
    proposals = list(refund.redirections.select_related("maker", "decider").order_by("-pk"))
    standing = next((each for each in proposals if each.state == Redirection.State.PROPOSED), None)
    top_ups = list(refund.top_ups.select_related("maker", "decider").order_by("-pk"))
    top_up = next((each for each in top_ups if each.state == Goodwill.State.PROPOSED), None)
    is_held = refund.is_on_its_way and (bool(refund.waits_for) or refund.state == Refund.State.RETURNED)
    context: dict[str, Any] = {
        **_PLACE,
        "refund": refund,
        "track": track([refund], now=now)[refund.pk],
        "way": ways_of([refund])[0],
        "waiting": queries.waiting([refund], now=now)[0] if is_held else None,
        "account": account,
        "lines": newest_lines(account, before=None, size=MOST_LINES) if account else [],
        "standing": standing,
        "decided": [each for each in proposals if each is not standing],
        "numbers": returned.numbers_of(refund),
        "proposing": proposing or RedirectForm(),
        "refusing": refusing or ReasonForm(prefix="refuse_", label="Why not"),
        "may_release": may(person, RELEASE_MONEY),
        "is_maker": standing is not None and standing.maker_id == person.pk,
        "top_up": top_up,
        "made_top_up": top_up is not None and top_up.maker_id == person.pk,
        "topped_up": [each for each in top_ups if each is not top_up],
        "lacking_cents": given.lacking_cents(refund) if given.can_be_topped_up(refund) else 0,
        "topping": topping or ReasonForm(prefix="top_up_", label="Why it is topped up"),
        "refusing_top_up": refusing_top_up or ReasonForm(prefix="refuse_top_up_", label="Why not"),
    }
    return render(request, "back_office/money/refund.html", context, status=status)
