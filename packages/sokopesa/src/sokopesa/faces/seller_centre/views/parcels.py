"""Shipping an order: packing it whole or in parts, its slip, and more time for either side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sokopesa.aftersale.models import CancelRequest
from sokopesa.aftersale.queries import latest_requests
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_moment, write_moment
from sokopesa.faces.seller_centre.access import person, seller_form, seller_page, seller_post
from sokopesa.faces.seller_centre.shipping_forms import DaysForm, LengthenForm, ShipForm
from sokopesa.faces.seller_centre.views.orders import as_it_stands
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import clocks
from sokopesa.orders.errors import NotNow
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Clock, Order
from sokopesa.people.models import Seller
from sokopesa.shipping import extending, parcels
from sokopesa.shipping.errors import DaysRefused, ParcelRefused
from sokopesa.shipping.models import Shipment
from sokopesa.shipping.queries import asked_of, waiting_for_seller

ASK_FIRST, LENGTHEN_FIRST = 3, 10
"""Days that the forms propose."""


@seller_page
def to_ship(request: HttpRequest, shop: Seller) -> HttpResponse:
    """What waits to be shipped, the first due first."""
    return _queue(request, shop, Clock.Kind.SHIP, "seller_centre/to_ship.html")


@seller_page
def requests(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Buyers who ask for longer protection, the first to be answered first."""
    return _queue(request, shop, Clock.Kind.ANSWER_PROTECTION, "seller_centre/requests.html")


@seller_form
def ship(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Pack a parcel and name its label. Pressed twice, it leaves once."""
    order = as_it_stands(shop, number)
    if request.method == "POST":
        form = ShipForm(request.POST, order=order)
        if parcel := parcels.shipped_by(order, request.POST.get("key", "")):
            return _sent(request, shop, order, parcel)
        if form.is_valid():
            return _send(request, shop, order, form)
    elif Action.SHIP not in allowed(order, Actor.SELLER):
        messages.info(request, str(NotNow(Action.SHIP.value, order)))
        return redirect("seller_centre:order", shop.slug, number)
    else:
        form = ShipForm(order=order)
    return _packing(request, shop, order, form)


@seller_page
def slip(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """What is put into the parcel, for paper: where it goes, and what is in it."""
    order = as_it_stands(shop, number)
    left = [line for line in order.lines.all() if line.open_quantity]
    return render(request, "seller_centre/slip.html", {"shop": shop, "order": order, "left": left})


@seller_form
def ask_ship_time(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Ask the buyer for more days to ship."""
    order = as_it_stands(shop, number)
    form = DaysForm(request.POST if request.method == "POST" else None, initial=ASK_FIRST)
    if form.is_valid():
        try:
            extending.ask_ship_time(order, **form.cleaned_data, by=person(request), now=clock.now())
        except DaysRefused as refusal:
            form.add_error("days", str(refusal))
        except Refusal as refusal:
            messages.warning(request, str(refusal))
            return redirect("seller_centre:order", shop.slug, number)
        else:
            messages.success(request, "The buyer has been asked. No answer within 48 hours means no.")
            return redirect("seller_centre:order", shop.slug, number)
    ends = _due(order, Clock.Kind.SHIP)
    return _about_time(request, Action.ASK_SHIP_TIME, form, shop=shop, order=order, ends=ends)


@seller_form
def lengthen_protection(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Give the buyer more days to look at the goods."""
    order = as_it_stands(shop, number)
    most, ends = extending.most_days(order), _due(order, Clock.Kind.PROTECTION)
    data = request.POST if request.method == "POST" else None
    form = LengthenForm(data, most=most, initial=LENGTHEN_FIRST, ends=ends.due_at if ends else None)
    if form.is_valid():
        try:
            extending.lengthen_protection(order, **form.cleaned_data, by=person(request), now=clock.now())
        except DaysRefused as refusal:
            form.add_error("days", str(refusal))
        except Refusal as refusal:
            messages.warning(request, str(refusal))
            return redirect("seller_centre:order", shop.slug, number)
        else:
            messages.success(request, "The buyer has more time now, and has been told.")
            return redirect("seller_centre:order", shop.slug, number)
    return _about_time(request, Action.LENGTHEN_PROTECTION, form, shop=shop, order=order, ends=ends, most=most)


@seller_post
def answer_protection(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Agree to longer protection, or do not."""
    order = as_it_stands(shop, number)
    grant = request.POST.get("answer") == "agree"
    try:
        extending.answer_protection(order, grant=grant, by=person(request), now=clock.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        told = "The buyer has more time now." if grant else "Refused. The protection ends when it would have ended."
        messages.success(request, told)
    return redirect("seller_centre:order", shop.slug, number)


def _queue(request: HttpRequest, shop: Seller, kind: Clock.Kind, template: str) -> HttpResponse:
    after = read_moment(request.GET.get("after", ""), int)
    rows = waiting_for_seller(shop.pk, kind, after=after, size=ONE_MORE)
    page = page_of(rows, lambda row: write_moment(row[1].due_at, row[1].pk))
    orders = [order for order, _ in page.rows]
    asked = {order: found[-1] for order, found in asked_of(orders).items()}
    entries = [(order, deadline, asked.get(order.pk)) for order, deadline in page.rows]
    return render(request, template, {"shop": shop, "page": page, "entries": entries, "later": after is not None})


def _send(request: HttpRequest, shop: Seller, order: Order, form: ShipForm) -> HttpResponse:
    said = form.cleaned_data
    try:
        parcel = parcels.ship(
            order,
            by=person(request),
            now=clock.now(),
            quantities=form.quantities or None,
            carrier=said.get("carrier", ""),
            tracking_number=said.get("tracking_number", ""),
            key=said.get("key", ""),
        )
    except ParcelRefused as refusal:
        form.refuse(refusal)
        return _packing(request, shop, order, form)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        return _sent(request, shop, order, parcel)
    return redirect("seller_centre:order", shop.slug, order.number)


def _sent(request: HttpRequest, shop: Seller, order: Order, parcel: Shipment) -> HttpResponse:
    label = " ".join(word for word in (parcel.carrier and f"by {parcel.carrier}", parcel.tracking_number) if word)
    messages.success(request, f"{f'Shipped {label}'.strip()}. The buyer has been told.")
    return redirect("seller_centre:order", shop.slug, order.number)


def _packing(request: HttpRequest, shop: Seller, order: Order, form: ShipForm) -> HttpResponse:
    asked = latest_requests([order]).get(order.pk)
    context = {
        "shop": shop,
        "order": order,
        "form": form,
        "asked": asked if asked and asked.state == CancelRequest.State.PENDING else None,
        "ship_by": _due(order, Clock.Kind.SHIP),
    }
    return render(request, "seller_centre/ship.html", context, status=422 if form.is_bound else 200)


def _about_time(request: HttpRequest, action: Action, form: DaysForm, **context: Any) -> HttpResponse:
    """The form; straight back to the order where the action is not open, with the words for why."""
    order, shop = context["order"], context["shop"]
    if action not in allowed(order, Actor.SELLER):
        messages.info(request, str(NotNow(action.value, order)))
        return redirect("seller_centre:order", shop.slug, order.number)
    status = 422 if form.is_bound else 200
    return render(request, f"seller_centre/{action.value}.html", {**context, "form": form}, status=status)


def _due(order: Order, kind: Clock.Kind) -> Clock | None:
    return next((each for each in clocks.of([order]).get(order.pk, []) if each.kind == kind), None)
