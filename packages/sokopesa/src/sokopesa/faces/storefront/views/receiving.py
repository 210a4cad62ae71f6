"""The goods come: confirming receipt, answering the seller who needs more time, asking for longer protection."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.faces.standing import carry_out_due
from sokopesa.faces.storefront.receiving_forms import ProtectionForm, ReceivedForm
from sokopesa.faces.storefront.views.own import own_order
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import clocks
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Clock, Order
from sokopesa.people.models import User
from sokopesa.shipping import extending
from sokopesa.shipping.errors import DaysRefused
from sokopesa.shipping.receiving import accept, confirm


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def received(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """Confirm Receipt: the buyer has it and still looks at it, or all is well. Pressed again or too late, it only
    shows how the order stands."""
    order = _as_it_stands(request, number, part)
    may = allowed(order, Actor.BUYER)
    if request.method == "POST":
        form = ReceivedForm(request.POST)
        if form.is_valid():
            return _receive(request, order, form.cleaned_data["what"])
    elif Action.ACCEPT not in may:
        messages.info(request, "There is nothing to confirm about this order now.")
        return redirect("storefront:order", number)
    else:
        form = ReceivedForm()
    ends = _ends(order)
    after_confirming = clock.now() + clocks.PROTECTION
    context = {
        "order": order,
        "purchase": order.purchase,
        "form": form,
        "may_confirm": Action.CONFIRM in may,
        "check_until": min(after_confirming, ends) if ends else after_confirming,
    }
    return render(request, "storefront/orders/received.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def ship_time(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """Agree that the seller ships later, or do not."""
    assert isinstance(request.user, User)
    order = _as_it_stands(request, number, part)
    grant = request.POST.get("answer") == "agree"
    try:
        extending.answer_ship_time(order, grant=grant, by=request.user, now=clock.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        told = "The seller has more time now." if grant else "The seller has to ship in time, as before."
        messages.success(request, told)
    return redirect("storefront:order", number)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def protection(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """Ask the seller for more time in which a dispute can be opened."""
    assert isinstance(request.user, User)
    order = _as_it_stands(request, number, part)
    most = extending.most_days(order)
    if request.method != "POST" and Action.ASK_PROTECTION not in allowed(order, Actor.BUYER):
        messages.info(request, "Longer protection cannot be asked for now.")
        return redirect("storefront:order", number)
    form = ProtectionForm(request.POST if request.method == "POST" else None, most=most)
    if form.is_valid():
        days, why = form.cleaned_data["days"], form.cleaned_data["why"]
        try:
            extending.ask_protection(order, days=days, why=why, by=request.user, now=clock.now())
        except DaysRefused as refusal:
            form.add_error("days", str(refusal))
        except Refusal as refusal:
            messages.warning(request, str(refusal))
            return redirect("storefront:order", number)
        else:
            messages.success(request, "The seller has been asked. No answer within 48 hours means no.")
            return redirect("storefront:order", number)
    context = {"order": order, "purchase": order.purchase, "form": form, "most": most, "ends": _ends(order)}
    return render(request, "storefront/orders/protection.html", context, status=422 if form.is_bound else 200)


def _receive(request: HttpRequest, order: Order, what: str) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        if what == ReceivedForm.ACCEPT:
            accept(order, by=request.user, now=clock.now())
            messages.success(request, "Thank you. The order is completed and the seller is paid.")
        else:
            confirm(order, by=request.user, now=clock.now())
            messages.success(request, "Noted. Check the goods; if something is wrong, open a dispute in time.")
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return redirect("storefront:order", order.purchase.number)


def _as_it_stands(request: HttpRequest, number: str, part: str) -> Order:
    """The buyer's order, with what was due of it carried out."""
    order = own_order(request, number, part)
    return own_order(request, number, part) if carry_out_due([order], now=clock.now()) else order


def _ends(order: Order) -> datetime | None:
    """When the protection ends; None where a dispute holds it."""
    running = clocks.of([order]).get(order.pk, [])
    return next((each.due_at for each in running if each.kind == Clock.Kind.PROTECTION), None)
