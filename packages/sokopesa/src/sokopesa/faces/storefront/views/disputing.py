"""*Open Dispute*: which goods, and what is wrong with them."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sokopesa.aftersale.disputes.claims import opens_at, require_open
from sokopesa.aftersale.disputes.drafts import draft_of, save_draft
from sokopesa.aftersale.disputes.errors import DisputedAlready, DisputeRefused
from sokopesa.aftersale.disputes.opening import open_dispute
from sokopesa.aftersale.disputes.queries import disputes_of_lines
from sokopesa.aftersale.disputes.reasons import REASONS
from sokopesa.aftersale.disputes.sums import whole_cents
from sokopesa.faces.standing import carry_out_due
from sokopesa.faces.storefront.dispute_forms import ClaimForm
from sokopesa.faces.storefront.uploading import Claimed, claimed
from sokopesa.faces.storefront.views.own import own_purchase
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.media.models import Upload
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Order, OrderLine, Purchase
from sokopesa.people.models import User


@login_required
@never_cache
@require_safe
def choose(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """Which goods of an order; straight to the form where there is only one kind. Where no dispute is possible the
    page says which way is."""
    purchase, order = _own_order(request, number, part)
    lines = [line for line in order.lines.all() if line.shipped_quantity]
    if Action.DISPUTE not in allowed(order, Actor.BUYER) or not lines:
        return _not_now(request, purchase, order, lines)
    if len(lines) == 1:
        return redirect("storefront:open_dispute", number, part, lines[0].pk)
    disputes = disputes_of_lines(lines)
    context = {"purchase": purchase, "order": order, "lines": [(line, disputes.get(line.pk)) for line in lines]}
    return render(request, "storefront/disputes/choose.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_one(request: HttpRequest, number: str, part: str, line: int) -> HttpResponse:
    """The five fields. What was typed is kept as a draft, and stands there when the buyer comes back."""
    assert isinstance(request.user, User)
    purchase, order = _own_order(request, number, part)
    goods = next((each for each in order.lines.all() if each.pk == line), None)
    if goods is None:
        raise Http404
    try:
        require_open(order, goods, now=clock.now())
    except DisputedAlready as refusal:
        if not goods.disputes.filter(key=_key(request)).exists():  # else this form was sent twice
            messages.info(request, str(refusal))
        return redirect("storefront:dispute_detail", refusal.number)
    except Refusal:
        return _not_now(request, purchase, order, [goods])
    if request.method == "POST":
        return _sent(request, purchase, order, goods)
    draft = draft_of(goods, by=request.user)
    form = ClaimForm(
        order=order,
        whole=whole_cents(order, goods),
        now=clock.now(),
        files=Claimed(Upload.Purpose.EVIDENCE),
        initial=draft.answers if draft else {},
    )
    return _page(request, purchase, order, goods, form, draft_at=draft.saved_at if draft else None)


def _sent(request: HttpRequest, purchase: Purchase, order: Order, goods: OrderLine) -> HttpResponse:
    """Keep what was typed, and open the dispute if that is what was pressed and nothing is wrong."""
    assert isinstance(request.user, User)
    now = clock.now()
    save_draft(goods, request.POST.dict(), by=request.user, now=now)
    if request.POST.get("do") == "save":
        messages.success(request, "Saved. You find it here again when you open the dispute.")
        return redirect("storefront:order", purchase.number)
    files = claimed(request, request.user, Upload.Purpose.EVIDENCE, now)
    form = ClaimForm(request.POST, order=order, whole=whole_cents(order, goods), now=now, files=files)
    if not form.is_valid() or form.claim is None:
        return _page(request, purchase, order, goods, form, status=422)
    try:
        dispute = open_dispute(goods.pk, form.claim, key=_key(request), by=request.user, now=now)
    except DisputedAlready as refusal:
        messages.info(request, str(refusal))
        return redirect("storefront:dispute_detail", refusal.number)
    except Refusal as refusal:
        field = refusal.field if isinstance(refusal, DisputeRefused) else ""
        form.add_error(field if field in form.fields else None, str(refusal))
        return _page(request, purchase, order, goods, form, status=422)
    messages.success(request, "Your dispute is open. The seller has been told.")
    return redirect("storefront:dispute_detail", dispute.number)


def _own_order(request: HttpRequest, number: str, part: str) -> tuple[Purchase, Order]:
    """With what had fallen due carried out; else a page that is not there."""
    purchase, order = _found(request, number, part)
    if carry_out_due([order], now=clock.now()):
        purchase, order = _found(request, number, part)
    return purchase, order


def _found(request: HttpRequest, number: str, part: str) -> tuple[Purchase, Order]:
    purchase = own_purchase(request, number)
    order = next((order for order in purchase.orders.all() if order.number == part), None)
    if order is None:
        raise Http404
    order.purchase = purchase
    return purchase, order


def _key(request: HttpRequest) -> UUID:
    with suppress(ValueError):
        return UUID(request.POST.get("key", ""))
    return uuid.uuid4()


def _page(
    request: HttpRequest,
    purchase: Purchase,
    order: Order,
    goods: OrderLine,
    form: ClaimForm,
    *,
    draft_at: datetime | None = None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "storefront/disputes/open.html",
        {
            "purchase": purchase,
            "order": order,
            "line": goods,
            "form": form,
            "key": request.POST.get("key") or uuid.uuid4(),
            "draft_at": draft_at,
            "opens_at": opens_at(order),
            "is_early": clock.now() < opens_at(order),
            "hints": REASONS,
        },
        status=status,
    )


def _not_now(request: HttpRequest, purchase: Purchase, order: Order, lines: list[OrderLine]) -> HttpResponse:
    why = "None of these goods has been shipped yet. You can cancel them instead."
    try:
        require_open(order, lines[0] if lines else OrderLine(order=order), now=clock.now())
    except Refusal as refusal:
        why = str(refusal)
    context = {
        "purchase": purchase,
        "order": order,
        "why": why,
        "may_cancel": Action.ASK_CANCEL in allowed(order, Actor.BUYER),
    }
    return render(request, "storefront/disputes/not_now.html", context, status=409)
