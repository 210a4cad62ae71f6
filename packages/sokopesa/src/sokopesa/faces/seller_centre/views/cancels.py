"""Buyers who ask to cancel, and the shop's answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.aftersale import cancelling
from sokopesa.aftersale.models import CancelRequest
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_moment, write_moment
from sokopesa.faces.seller_centre.access import person, seller_page, seller_post
from sokopesa.faces.seller_centre.forms import RefuseCancelForm
from sokopesa.faces.seller_centre.queues import cancels_page
from sokopesa.faces.seller_centre.views.orders import own_order, show
from sokopesa.faces.standing import carry_out_due
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.models import Seller


@seller_page
def index(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Those that wait, the first to be answered first."""
    after = read_moment(request.GET.get("after", ""), int)
    rows = cancels_page(shop, after=after, size=ONE_MORE)
    page = page_of(rows, lambda row: write_moment(row[0].due_at, row[0].pk))
    return render(request, "seller_centre/cancels.html", {"shop": shop, "page": page, "later": after is not None})


@seller_post
def approve(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """The shop agrees, and the money goes back."""
    asked = _request(shop, pk)
    try:
        cancelling.approve(asked, by=person(request), now=clock.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Cancelled. The buyer gets the money back; please do not ship it.")
    return redirect("seller_centre:order", shop.slug, asked.order.number)


@seller_post
def refuse(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """The shop does not agree, and says why."""
    asked = _request(shop, pk)
    form = RefuseCancelForm(request.POST)
    if not form.is_valid():
        return show(request, shop, own_order(shop, asked.order.number), form, status=422)
    try:
        cancelling.refuse(asked, words=form.cleaned_data["words"], by=person(request), now=clock.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Refused. The buyer reads why; the order waits to be shipped.")
    return redirect("seller_centre:order", shop.slug, asked.order.number)


def _request(shop: Seller, pk: int) -> CancelRequest:
    """One of the shop's, with what had fallen due of its order carried out."""
    asked = get_object_or_404(CancelRequest.objects.select_related("order"), pk=pk, order__seller=shop)
    carry_out_due([asked.order], now=clock.now())
    return asked
