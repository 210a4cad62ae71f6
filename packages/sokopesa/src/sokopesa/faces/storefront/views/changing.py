"""What buyers may change about an order: cancel it before it is paid, revive it when the money came too late."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.faces.storefront.views.own import own_purchase
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders.models import Purchase
from sokopesa.payments.queries import latest_prompt
from sokopesa.payments.reviving import revive as revive_by
from sokopesa.payments.withdrawing import withdraw
from sokopesa.refunds.queries import refunds_of


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Asks once more, then cancels at once. Pressed again or too late, it only shows how the order stands."""
    purchase = own_purchase(request, number)
    if request.method == "POST":
        try:
            withdraw(purchase, now=clock.now())
        except Refusal as refusal:
            messages.warning(request, str(refusal))
    elif purchase.state == Purchase.State.AWAITING_PAYMENT:
        context = {"purchase": purchase, "prompt": latest_prompt(purchase)}
        return render(request, "storefront/orders/cancel.html", context)
    elif purchase.state == Purchase.State.PAID and len(parts := purchase.orders.all()) == 1:
        return redirect("storefront:cancel_part", number, parts[0].number)
    return redirect("storefront:order", number)


@login_required
@require_POST
def revive(request: HttpRequest, number: str) -> HttpResponse:
    """Have the goods after all, for the ``refund`` that the form names."""
    purchase = own_purchase(request, number)
    wanted = request.POST.get("refund")
    refund = next((refund for refund in refunds_of([purchase]).get(purchase.pk, []) if refund.number == wanted), None)
    if refund is None:
        raise Http404
    try:
        revive_by(refund, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:order", number)
