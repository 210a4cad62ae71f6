"""My Orders, and one order in detail."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sokopesa.aftersale.disputes.queries import can_dispute, disputes_of_lines
from sokopesa.faces.standing import carry_out_due, next_deadlines
from sokopesa.faces.storefront import history
from sokopesa.faces.storefront.charges import charge_today
from sokopesa.faces.storefront.order_parts import parts_of
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.views.own import own_purchase
from sokopesa.kernel import clock
from sokopesa.orders.models import Purchase
from sokopesa.orders.queries import purchases_of
from sokopesa.payments.queries import billed, latest_prompt
from sokopesa.payments.reviving import revival_of
from sokopesa.payments.telling import tell_ended
from sokopesa.people.models import User
from sokopesa.refunds.queries import refunds_of
from sokopesa.refunds.tracking import track
from sokopesa.refunds.words import explain


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The buyer's purchases, newest first, each with what was billed, what we owe back beside it, and whose turn it is;
    the address says which, see `sokopesa.faces.storefront.history`."""
    assert isinstance(request.user, User)
    asked = history.read(request, request.user)
    page = request.GET.get("page", "1")
    shown = purchases_of(request.user, asked.wanted, page=whole_number(page) or 1)
    paid, refunds = billed(shown.object_list), refunds_of(shown.object_list)
    deadlines = next_deadlines([order for purchase in shown.object_list for order in purchase.orders.all()])
    entries = [
        (
            purchase,
            paid.get(purchase.pk),
            refunds.get(purchase.pk, []),
            [(order, deadlines.get(order.pk)) for order in purchase.orders.all()],
        )
        for purchase in shown.object_list
    ]
    pages = [
        n if isinstance(n, int) else None for n in shown.paginator.get_elided_page_range(shown.number, on_each_side=1)
    ]
    context = {"page": shown, "pages": pages, "entries": entries, "asked": asked}
    return render(request, "storefront/orders/index.html", context)


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """*View Detail*: what happened, what was bought, where it goes, what it cost, what we owe back."""
    purchase, now = own_purchase(request, number), clock.now()
    if carry_out_due(purchase.orders.all(), now=now):
        purchase = own_purchase(request, number)
    prompt, paid = latest_prompt(purchase), billed([purchase]).get(purchase.pk)
    refunds = refunds_of([purchase]).get(purchase.pk, [])
    tracks = track(refunds, now=now)
    charge = charge_today(purchase.total_cents) if purchase.state == Purchase.State.AWAITING_PAYMENT else None
    lines = [(order, line) for order in purchase.orders.all() for line in order.lines.all()]
    disputes = disputes_of_lines(line for _, line in lines)
    return render(
        request,
        "storefront/orders/detail.html",
        {
            "purchase": purchase,
            "billed": paid,
            "prompt": prompt,
            "ended": tell_ended(purchase, prompt, money_came=bool(refunds)),
            "refunds": [{"refund": each, "told": explain(each), "track": tracks[each.pk]} for each in refunds],
            "revival": revival_of(purchase, refunds, today=clock.nairobi_date(now)),
            "parts": parts_of(
                list(purchase.orders.all()), receipt=paid.receipt if paid else "", refunds=refunds, now=now
            ),
            "disputes": list(disputes.values()),
            "disputable": {line.pk for order, line in lines if can_dispute(order, line, disputes.get(line.pk))},
            "charge": charge,
            "leaves_wallet_cents": purchase.total_cents + (charge.buyer_cents if charge else 0),
            "events": purchase.events.all(),
        },
    )
