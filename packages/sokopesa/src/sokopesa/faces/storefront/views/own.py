"""What belongs to the person who asks."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from sokopesa.orders.models import Purchase
from sokopesa.orders.queries import purchase_of
from sokopesa.people.models import User


def own_purchase(request: HttpRequest, number: str) -> Purchase:
    """The signed-in buyer's purchase of that number; a page that is not there, when it is somebody else's."""
    assert isinstance(request.user, User)
    try:
        return purchase_of(request.user, number)
    except Purchase.DoesNotExist as error:
        raise Http404 from error
