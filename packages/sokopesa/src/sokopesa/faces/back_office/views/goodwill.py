"""Goodwill: what one person proposes and a second one approves, for an order that was paid or a refund that is less
than M-PESA pays out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.disbursement import goodwill
from sokopesa.disbursement.errors import GoodwillRefused
from sokopesa.disbursement.models import Goodwill
from sokopesa.faces.back_office.access import finance_post, member, staff_page, staff_proposal
from sokopesa.faces.back_office.money_forms import GoodwillForm, ReasonForm
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.faces.back_office.views import refunds
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders.models import Order, Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.payments.models import Receipt
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.refunds.models import Refund

_PLACE = {"section": "money", "place": "goodwill"}
LATELY = 20
"""Decisions shown below those that wait."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Finds an order by any of its names; what waits for a second person, the oldest first, and what was decided."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:60]
    found = _find(text) if text else None
    if found is not None:
        return redirect("back_office:goodwill_of", found.number)
    known = Goodwill.objects.select_related("purchase", "refund", "maker", "decider")
    waiting = known.filter(state=Goodwill.State.PROPOSED).order_by("pk")
    after = read_id(request.GET.get("after"))
    if after is not None:
        waiting = waiting.filter(pk__gt=after)
    context = {
        **_PLACE,
        "text": text,
        "page": page_of(list(waiting[:ONE_MORE]), lambda proposal: str(proposal.pk)),
        "lately": known.exclude(state=Goodwill.State.PROPOSED).order_by("-decided_at")[:LATELY],
        "later": after is not None,
    }
    return render(request, "back_office/money/goodwill.html", context)


@staff_page
def purchase(request: HttpRequest, number: str) -> HttpResponse:
    """One order: what was paid and came back, and what it was given."""
    return _show(request, _purchase(number))


@staff_proposal
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """Ask a second person to give something for this order."""
    about, form = _purchase(number), GoodwillForm(request.POST)
    if not form.is_valid():
        return _show(request, about, form=form, status=422)
    try:
        goodwill.propose(
            purchase_id=about.pk,
            amount_cents=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            maker=member(request),
            now=clock.now(),
        )
    except GoodwillRefused as refusal:
        form.add_error("amount", str(refusal))
        return _show(request, about, form=form, status=409)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _show(request, about, form=form, status=409)
    messages.success(request, "Proposed. It is given when a second person in finance approves.")
    return redirect("back_office:goodwill_of", number)


@finance_post
def top_up(request: HttpRequest, number: str) -> HttpResponse:
    """Ask a second person to add what a refund lacks of the least that M-PESA pays out."""
    refund = get_object_or_404(Refund.objects.select_related("purchase__buyer", "order"), number=number)
    form = ReasonForm(request.POST, prefix="top_up_", label="Why it is topped up")
    if not form.is_valid():
        return refunds.show(request, refund, topping=form, status=422)
    try:
        goodwill.propose_top_up(
            refund_id=refund.pk, reason=form.cleaned_data["reason"], maker=member(request), now=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return refunds.show(request, refund, topping=form, status=409)
    messages.success(request, "Proposed. It is topped up when a second person in finance approves.")
    return redirect("back_office:refund", number)


@finance_post
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees, and it is given."""
    proposal = _proposal(pk)
    try:
        goodwill.approve(goodwill_id=pk, decider=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        done = "It goes on, and is paid whole." if proposal.refund else "It is owed from now on, and the buyer is told."
        messages.success(request, f"Approved. {done}")
    return _back(proposal)


@finance_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person disagrees; nothing changes."""
    proposal = _proposal(pk)
    prefix = "refuse_top_up_" if proposal.refund else "refuse_"
    form = ReasonForm(request.POST, prefix=prefix, label="Why not")
    if not form.is_valid():
        if proposal.refund:
            return refunds.show(request, proposal.refund, refusing_top_up=form, status=422)
        assert proposal.purchase is not None
        return _show(request, proposal.purchase, refusing=form, status=422)
    try:
        goodwill.refuse(goodwill_id=pk, decider=member(request), remark=form.cleaned_data["reason"], now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Refused. Nothing changes.")
    return _back(proposal)


def _find(text: str) -> Purchase | None:
    """The order that a number, reference, receipt or refund's number leads to; each by an index of its own."""
    code = text.upper().replace(" ", "")
    for named in (
        Purchase.objects.filter(number=code).values("pk"),
        Purchase.objects.filter(reference=read_reference(text)).values("pk"),
        Order.objects.filter(number=code).values("purchase"),
        Receipt.objects.filter(code=code).values("purchase"),
        Refund.objects.filter(number=code).values("purchase"),
    ):
        found = Purchase.objects.filter(pk__in=named).first()
        if found is not None:
            return found
    return None


def _purchase(number: str) -> Purchase:
    return get_object_or_404(Purchase.objects.select_related("buyer"), number=number)


def _proposal(pk: int) -> Goodwill:
    known = Goodwill.objects.select_related("purchase__buyer", "refund__purchase__buyer", "refund__order")
    return get_object_or_404(known, pk=pk)


def _back(proposal: Goodwill) -> HttpResponse:
    if proposal.refund:
        return redirect("back_office:refund", proposal.refund.number)
    assert proposal.purchase is not None
    return redirect("back_office:goodwill_of", proposal.purchase.number)


def _show(
    request: HttpRequest,
    about: Purchase,
    *,
    form: GoodwillForm | None = None,
    refusing: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = member(request)
    receipt = Receipt.objects.filter(purchase=about).first()
    proposals = list(about.goodwill.select_related("maker", "decider").order_by("-pk"))
    standing = next((each for each in proposals if each.state == Goodwill.State.PROPOSED), None)
    context: dict[str, Any] = {
        **_PLACE,
        "purchase": about,
        "orders": about.orders.select_related("seller").order_by("pk"),
        "receipt": receipt,
        "room": goodwill.room_for(receipt) if receipt else None,
        "refunds": about.refunds.order_by("pk"),
        "standing": standing,
        "decided": [each for each in proposals if each is not standing],
        "form": form or GoodwillForm(),
        "refusing": refusing or ReasonForm(prefix="refuse_", label="Why not"),
        "may_release": may(person, RELEASE_MONEY),
        "is_maker": standing is not None and standing.maker_id == person.pk,
    }
    return render(request, "back_office/money/goodwill_of.html", context, status=status)
