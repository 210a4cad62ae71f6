"""The basket: look, change, agree to what has changed, check out. Works without JavaScript."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sokopesa.catalog.models import Offer
from sokopesa.faces.storefront.baskets import GUEST_BASKET, basket_of
from sokopesa.faces.storefront.charges import charge_today
from sokopesa.faces.storefront.typed import two_numbers, whole_number
from sokopesa.faces.storefront.views.checkout import remember
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import basket as baskets
from sokopesa.orders import checkout as steps
from sokopesa.orders.basket import Agreed
from sokopesa.orders.errors import BasketEmpty
from sokopesa.orders.models import MOST_PIECES
from sokopesa.orders.viewing import BasketView, view
from sokopesa.payments.models import MOST_CENTS
from sokopesa.people.models import User

_LINE = re.compile(r"line-([0-9]{1,9})")


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What is in the basket, by parcel, what changed, and one sum."""
    basket = basket_of(request)
    shown = view(basket, now=clock.now()) if basket else BasketView((), ())
    charge = charge_today(shown.total_cents) if shown.total_cents else None
    return render(
        request,
        "storefront/basket/page.html",
        {
            "shown": shown,
            "charge": charge,
            "leaves_wallet_cents": shown.total_cents + (charge.buyer_cents if charge else 0),
            "is_beyond": shown.total_cents > MOST_CENTS,
            "most_cents": MOST_CENTS,
            "sellers": [(seller, cents, charge_today(cents)) for seller, cents in shown.by_seller],
            "quantities": range(1, MOST_PIECES + 1),
        },
    )


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """*Add to basket* on the product page."""
    offer_id, quantity, method = (whole_number(request.POST.get(name)) for name in ("offer", "quantity", "method"))
    buyer = request.user if isinstance(request.user, User) else None
    try:
        basket = baskets.add(
            offer_id=offer_id or 0,
            quantity=quantity or 0,
            method_id=method,
            buyer=buyer,
            guest_basket=request.session.get(GUEST_BASKET),
            now=clock.now(),
        )
    except Refusal as refusal:
        offer = get_object_or_404(Offer.objects.select_related("product"), pk=offer_id or 0)
        messages.error(request, str(refusal))
        return redirect(f"{reverse('storefront:product', args=[offer.product.slug])}?offer={offer.pk}")
    if buyer is None:
        request.session[GUEST_BASKET] = basket.pk
    messages.success(request, "It is in your basket. Pay for all of it at once, whenever you like.")
    return redirect("storefront:basket")


@require_POST
def line(request: HttpRequest, item_id: int) -> HttpResponse:
    """Another quantity of a line, or none of it."""
    basket, now = basket_of(request), clock.now()
    if basket is None:
        return redirect("storefront:basket")
    try:
        if "remove" in request.POST:
            baskets.remove(basket, item_id=item_id, now=now)
        else:
            wanted = whole_number(request.POST.get("quantity")) or 0
            baskets.change_quantity(basket, item_id=item_id, quantity=wanted, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:basket")


@require_POST
def way(request: HttpRequest) -> HttpResponse:
    """Send a parcel another way."""
    basket, chosen = basket_of(request), two_numbers(request.POST.get("way"))
    if basket is None or chosen is None:
        return redirect("storefront:basket")
    profile_id, method_id = chosen
    baskets.choose_method(basket, profile_id=profile_id, method_id=method_id, now=clock.now())
    return redirect(f"{reverse('storefront:basket')}#parcel-{profile_id}")


@require_POST
def agree(request: HttpRequest) -> HttpResponse:
    """Take the lines as the page showed them: ``line-12`` is the price of one piece and how many there were."""
    if basket := basket_of(request):
        shown = {
            int(found[1]): Agreed(*numbers)
            for name, value in request.POST.items()
            if isinstance(value, str) and (found := _LINE.fullmatch(name)) and (numbers := two_numbers(value))
        }
        baskets.agree(basket, shown, now=clock.now())
    return redirect("storefront:basket")


@require_POST
def checkout(request: HttpRequest) -> HttpResponse:
    """*Checkout*: everything, or what ``seller`` has of it."""
    basket = basket_of(request)
    seller = request.POST.get("seller")
    try:
        if basket is None:
            raise BasketEmpty
        begun = steps.start_from(
            basket,
            seller_id=whole_number(seller) or 0 if seller else None,
            buyer=request.user if isinstance(request.user, User) else None,
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:basket")
    remember(request, begun)
    return redirect("storefront:review", begun.pk)
