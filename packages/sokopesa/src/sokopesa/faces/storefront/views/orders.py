"""My Orders, and one order in detail."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sokopesa.aftersale.disputes.queries import can_dispute, disputes_of_lines
from sokopesa.faces.standing import carry_out_due, standings
from sokopesa.faces.storefront.charges import charge_today
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.views.own import own_purchase
from sokopesa.faces.storefront.views.searching import words_searched
from sokopesa.kernel import clock
from sokopesa.orders.life import Actor
from sokopesa.orders.models import Purchase
from sokopesa.orders.queries import purchases_of
from sokopesa.payments.queries import billed, latest_prompt, purchases_with_receipt
from sokopesa.payments.reviving import revival_of
from sokopesa.payments.telling import tell_ended
from sokopesa.people.models import User
from sokopesa.refunds.queries import purchases_with_refund, refunds_of
from sokopesa.refunds.words import explain


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The buyer's purchases, newest first, each with what was billed and, beside it, what we owe back; ``q`` is a
    number, a receipt, a refund or a product."""
    assert isinstance(request.user, User)
    text = words_searched(request)
    page = request.GET.get("page", "1")
    shown = purchases_of(
        request.user,
        page=whole_number(page) or 1,
        text=text,
        found=purchases_with_receipt(text) | purchases_with_refund(text) if text else frozenset(),
    )
    paid, refunds = billed(shown.object_list), refunds_of(shown.object_list)
    entries = [(purchase, paid.get(purchase.pk), refunds.get(purchase.pk, [])) for purchase in shown.object_list]
    return render(request, "storefront/orders/index.html", {"page": shown, "entries": entries, "wanted": text})


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """*View Detail*: what happened, what was bought, where it goes, what it cost, what we owe back."""
    purchase, now = own_purchase(request, number), clock.now()
    if carry_out_due(purchase.orders.all(), now=now):
        purchase = own_purchase(request, number)
    prompt = latest_prompt(purchase)
    refunds = refunds_of([purchase]).get(purchase.pk, [])
    charge = charge_today(purchase.total_cents) if purchase.state == Purchase.State.AWAITING_PAYMENT else None
    lines = [(order, line) for order in purchase.orders.all() for line in order.lines.all()]
    disputes = disputes_of_lines(line for _, line in lines)
    return render(
        request,
        "storefront/orders/detail.html",
        {
            "purchase": purchase,
            "billed": billed([purchase]).get(purchase.pk),
            "prompt": prompt,
            "ended": tell_ended(purchase, prompt, money_came=bool(refunds)),
            "refunds": [explain(refund) for refund in refunds],
            "revival": revival_of(purchase, refunds, today=clock.nairobi_date(now)),
            "standings": standings(list(purchase.orders.all()), actor=Actor.BUYER, now=now),
            "disputes": list(disputes.values()),
            "disputable": {line.pk for order, line in lines if can_dispute(order, line, disputes.get(line.pk))},
            "charge": charge,
            "leaves_wallet_cents": purchase.total_cents + (charge.buyer_cents if charge else 0),
            "events": purchase.events.all(),
        },
    )
