"""Reading purchases."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from sokopesa.orders.models import Order, OrderLine, Purchase
from sokopesa.people.models import User

PAGE = 10


def _whole() -> QuerySet[Purchase]:
    lines = OrderLine.objects.order_by("id")
    orders = Order.objects.select_related("seller").prefetch_related(Prefetch("lines", queryset=lines)).order_by("id")
    return Purchase.objects.prefetch_related(Prefetch("orders", queryset=orders))


def purchases_of(
    user: User,
    *,
    page: int = 1,
    text: str = "",
    found: frozenset[int] = frozenset(),
    states: Sequence[str] = (),
) -> Page[Purchase]:
    """The buyer's purchases, newest first, with orders and lines.

    ``text`` searches numbers, references and what the goods were called; purchases in ``found`` (ids that the caller
    found another way, by receipt for instance) are shown as well. ``states`` keeps those of which an order is in one of
    them. The number of queries does not grow with the list.
    """
    mine = _whole().filter(buyer=user)
    if wanted := text.strip():
        mine = mine.filter(
            Q(number__startswith=wanted)
            | Q(orders__number=wanted)
            | Q(reference__iexact=wanted)
            | Q(orders__lines__snapshot__title__icontains=wanted)
            | Q(id__in=found)
        ).distinct()
    if states:
        mine = mine.filter(Exists(Order.objects.filter(purchase=OuterRef("pk"), state__in=states)))
    return Paginator(mine.order_by("-placed_at", "-id"), PAGE).get_page(page)


def purchase_of(user: User, number: str) -> Purchase:
    """The buyer's own purchase of that number.

    Raises:
        Purchase.DoesNotExist: there is none, or it is somebody else's; nobody learns which.
    """
    return _whole().get(buyer=user, number=number)


def bare_purchase_of(user: User, number: str) -> Purchase:
    """The same without its orders, in one short query: for pages that look again and again.

    Raises:
        Purchase.DoesNotExist: there is none, or it is somebody else's; nobody learns which.
    """
    return Purchase.objects.get(buyer=user, number=number)
