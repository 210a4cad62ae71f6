"""Cancelling what is paid: asking the seller, and thinking better of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.aftersale import cancelling
from sokopesa.aftersale.queries import latest_requests, outlook
from sokopesa.faces.standing import carry_out_due
from sokopesa.faces.storefront.cancel_forms import CancelForm
from sokopesa.faces.storefront.charges import charge_today
from sokopesa.faces.storefront.views.own import own_purchase
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import clocks
from sokopesa.orders.errors import NotNow
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Order, Purchase
from sokopesa.people.models import User


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """Which pieces and why. Where cancelling is not possible any more, the page says which way is."""
    assert isinstance(request.user, User)
    purchase, order = _own_order(request, number, part)
    if carry_out_due([order], now=clock.now()):
        purchase, order = _own_order(request, number, part)
    if order.cancel_asked:
        return redirect("storefront:order", number)
    if Action.ASK_CANCEL not in allowed(order, Actor.BUYER):
        return _other_ways(request, purchase, order)
    form = CancelForm(request.POST if request.method == "POST" else None, lines=list(order.lines.all()))
    if not form.is_valid():
        return _page(request, purchase, order, form, status=422 if form.is_bound else 200)
    try:
        cancelling.ask(
            order,
            reason=form.cleaned_data["reason"],
            words=form.cleaned_data["words"],
            quantities=form.quantities,
            by=request.user,
            now=clock.now(),
        )
    except NotNow:
        purchase, order = _own_order(request, number, part)
        return _other_ways(request, purchase, order)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _page(request, purchase, order, form, status=409)
    return redirect("storefront:order", number)


@login_required
@require_POST
def withdraw(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """Keep the order after all."""
    assert isinstance(request.user, User)
    _, order = _own_order(request, number, part)
    carry_out_due([order], now=clock.now())
    asked = latest_requests([order]).get(order.pk)
    if asked is None:
        raise Http404
    try:
        cancelling.withdraw(asked, by=request.user, now=clock.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "You keep the order. The seller has been told.")
    return redirect("storefront:order", number)


def _own_order(request: HttpRequest, number: str, part: str) -> tuple[Purchase, Order]:
    purchase = own_purchase(request, number)
    order = next((order for order in purchase.orders.all() if order.number == part), None)
    if order is None:
        raise Http404
    order.purchase = purchase
    return purchase, order


def _page(
    request: HttpRequest, purchase: Purchase, order: Order, form: CancelForm, *, status: int = 200
) -> HttpResponse:
    now, lines = clock.now(), list(order.lines.all())
    everything = {line.pk: line.open_quantity for line in lines}
    deadlines = clocks.of([order]).get(order.pk, [])
    charge = charge_today(purchase.total_cents)
    return render(
        request,
        "storefront/orders/cancel_paid.html",
        {
            "purchase": purchase,
            "order": order,
            "form": form,
            "at_once": cancelling.is_overdue(order, now=now),
            "outlook": outlook(now=now, answer_by=now + clocks.ANSWER_CANCEL, deadlines=deadlines),
            "all_cents": cancelling.refundable_cents(order, lines, everything),
            "has_charge": charge is not None and charge.buyer_cents > 0,
            "all_is_sent_back": not any(line.shipped_quantity for line in lines),
        },
        status=status,
    )


def _other_ways(request: HttpRequest, purchase: Purchase, order: Order) -> HttpResponse:
    context = {
        "purchase": purchase,
        "order": order,
        "why": str(NotNow(Action.ASK_CANCEL.value, order)),
        "may_dispute": Action.DISPUTE in allowed(order, Actor.BUYER),
    }
    return render(request, "storefront/orders/cancel_not_now.html", context, status=409)
