"""My Orders, and one order in detail."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sokopesa.faces.storefront.charges import charge_today
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.views.searching import words_searched
from sokopesa.orders.models import Purchase
from sokopesa.orders.queries import purchase_of, purchases_of
from sokopesa.payments.queries import billed, latest_prompt, purchases_with_receipt
from sokopesa.people.models import User


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The buyer's purchases, newest first, each with what was billed; ``q`` is a number, a receipt or a product."""
    assert isinstance(request.user, User)
    text = words_searched(request)
    page = request.GET.get("page", "1")
    shown = purchases_of(
        request.user,
        page=whole_number(page) or 1,
        text=text,
        found=purchases_with_receipt(text) if text else frozenset(),
    )
    paid = billed(shown.object_list)
    entries = [(purchase, paid.get(purchase.pk)) for purchase in shown.object_list]
    return render(request, "storefront/orders/index.html", {"page": shown, "entries": entries, "wanted": text})


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """*View Detail*: what happened, what was bought, where it goes, what it cost."""
    assert isinstance(request.user, User)
    try:
        purchase = purchase_of(request.user, number)
    except Purchase.DoesNotExist as error:
        raise Http404 from error
    charge = charge_today(purchase.total_cents) if purchase.state == Purchase.State.AWAITING_PAYMENT else None
    return render(
        request,
        "storefront/orders/detail.html",
        {
            "purchase": purchase,
            "billed": billed([purchase]).get(purchase.pk),
            "charge": charge,
            "leaves_wallet_cents": purchase.total_cents + (charge.buyer_cents if charge else 0),
            "prompt": latest_prompt(purchase),
            "events": purchase.events.all(),
        },
    )
