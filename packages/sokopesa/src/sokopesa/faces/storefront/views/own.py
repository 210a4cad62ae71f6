"""What belongs to the person who asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest

from sokopesa.orders.models import Purchase
from sokopesa.orders.queries import bare_purchase_of, purchase_of
from sokopesa.people.models import User


def own_purchase(request: HttpRequest, number: str) -> Purchase:
    """The signed-in buyer's purchase of that number; a page that is not there, when it is somebody else's."""
    return _found(purchase_of, request, number)


def own_bare_purchase(request: HttpRequest, number: str) -> Purchase:
    """The same without its orders, for pages that look again and again."""
    return _found(bare_purchase_of, request, number)


def _found(look: Callable[[User, str], Purchase], request: HttpRequest, number: str) -> Purchase:
    assert isinstance(request.user, User)
    try:
        return look(request.user, number)
    except Purchase.DoesNotExist as error:
        raise Http404 from error
