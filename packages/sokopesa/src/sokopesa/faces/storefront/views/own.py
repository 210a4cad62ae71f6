"""What belongs to the person who asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest

from sokopesa.orders.models import Order, Purchase
from sokopesa.orders.queries import bare_purchase_of, purchase_of
from sokopesa.people.models import User


def own_purchase(request: HttpRequest, number: str) -> Purchase:
    """The signed-in buyer's purchase of that number; a page that is not there, when it is somebody else's."""
    return _found(purchase_of, request, number)


def own_bare_purchase(request: HttpRequest, number: str) -> Purchase:
    """The same without its orders, for pages that look again and again."""
    return _found(bare_purchase_of, request, number)


def own_order(request: HttpRequest, number: str, part: str) -> Order:
    """One seller's part of the signed-in buyer's purchase; a page that is not there, when there is none of theirs."""
    purchase = own_purchase(request, number)
    order = next((order for order in purchase.orders.all() if order.number == part), None)
    if order is None:
        raise Http404
    order.purchase = purchase
    return order


def _found(look: Callable[[User, str], Purchase], request: HttpRequest, number: str) -> Purchase:
    assert isinstance(request.user, User)
    try:
        return look(request.user, number)
    except Purchase.DoesNotExist as error:
        raise Http404 from error
