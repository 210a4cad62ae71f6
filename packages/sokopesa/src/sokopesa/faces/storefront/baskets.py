"""Whose basket a page is about: the buyer's own, or the guest's that this browser's session knows."""

from __future__ import annotations

from functools import cached_property

from django.http import HttpRequest

from sokopesa.kernel import clock
from sokopesa.orders import basket
from sokopesa.orders.models import Basket
from sokopesa.people.models import User

GUEST_BASKET = "basket"
"""Session key: the id of the basket of somebody who has not signed in."""


def basket_of(request: HttpRequest) -> Basket | None:
    """The basket, if there is one. A guest's becomes the buyer's on the way."""
    adopt_guest_basket(request)
    if isinstance(request.user, User):
        return Basket.objects.filter(buyer=request.user).first()
    known = request.session.get(GUEST_BASKET)
    return Basket.objects.filter(pk=known, buyer=None).first() if known else None


def adopt_guest_basket(request: HttpRequest) -> None:
    """Who has signed in keeps what was put aside before."""
    if isinstance(request.user, User) and (known := request.session.get(GUEST_BASKET)):
        basket.adopt(guest_basket=known, buyer=request.user, now=clock.now())
        del request.session[GUEST_BASKET]


class BasketBadge:
    """The basket's sign in the header. It asks the database only on pages that show it, and only for those who may
    have a basket."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def count(self) -> int:
        """How many pieces are in the basket."""
        user, session = getattr(self._request, "user", None), getattr(self._request, "session", {})
        buyer_id = user.pk if isinstance(user, User) else None
        guest_basket = None if buyer_id else session.get(GUEST_BASKET)
        return basket.count(buyer_id=buyer_id, guest_basket=guest_basket) if buyer_id or guest_basket else 0
