"""Which shop, and what waits there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sokopesa.faces.seller_centre.access import person, seller_page
from sokopesa.faces.seller_centre.chart import draw
from sokopesa.faces.seller_centre.purse import days_of, purse_of
from sokopesa.faces.seller_centre.queues import next_deadlines, queues_of
from sokopesa.faces.standing import YOU
from sokopesa.kernel import clock
from sokopesa.orders.clocks import MEANINGS
from sokopesa.orders.models import Clock
from sokopesa.people.models import Seller
from sokopesa.people.sellers import sellers_of


@login_required
@never_cache
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The shops that the person acts for; straight to the only one. Who acts for none finds nothing here."""
    shops = list(sellers_of(person(request)))
    if not shops:
        raise Http404
    if len(shops) == 1:
        return redirect("seller_centre:overview", shops[0].slug)
    return render(request, "seller_centre/choose.html", {"shops": shops})


@seller_page
def overview(request: HttpRequest, shop: Seller) -> HttpResponse:
    """How many orders wait for what, the deadlines that come next, the shop's money, and its month as a chart."""
    queues, now = queues_of(shop), clock.now()
    soon = [
        (each, YOU.get(each.kind, MEANINGS[each.kind].to_do), MEANINGS[each.kind], each.due_at <= now)
        for each in next_deadlines(shop)
    ]
    days = days_of(shop, now=now)
    return render(
        request,
        "seller_centre/overview.html",
        {
            "shop": shop,
            "to_ship": queues[Clock.Kind.SHIP],
            "to_answer": queues[Clock.Kind.ANSWER_CANCEL],
            "to_settle": queues[Clock.Kind.ANSWER_DISPUTE],
            "to_extend": queues[Clock.Kind.ANSWER_PROTECTION],
            "protected": queues[Clock.Kind.PROTECTION],
            "soon": soon,
            "purse": purse_of(shop),
            "days": [day for day in reversed(days) if day.orders],
            "chart": draw(days),
        },
    )
