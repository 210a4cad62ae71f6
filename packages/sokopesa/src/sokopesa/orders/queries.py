"""Reading purchases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from sokopesa.orders.models import Order, OrderLine, Purchase
from sokopesa.people.models import Seller, User

PAGE = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a buyer's purchases are asked for; all of them if nothing is.

    ``text`` searches numbers, references and what the goods were called; purchases in ``found`` (ids that the caller
    found another way, by receipt for instance) are shown as well. ``states`` and ``seller_id`` keep those with an order
    to which both apply. Placed from ``since`` on, and before ``until``; both aware.
    """

    text: str = ""
    found: frozenset[int] = frozenset()
    states: Sequence[str] = ()
    seller_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, *, state: str, seller_id: int) -> bool:
        """Whether an order of a purchase is one that is asked for, by its state and seller."""
        return (not self.states or state in self.states) and self.seller_id in (None, seller_id)


def _whole() -> QuerySet[Purchase]:
    lines = OrderLine.objects.order_by("id")
    orders = Order.objects.select_related("seller").prefetch_related(Prefetch("lines", queryset=lines)).order_by("id")
    return Purchase.objects.prefetch_related(Prefetch("orders", queryset=orders))


def wanted_of(user: User, wanted: Wanted, purchases: QuerySet[Purchase]) -> QuerySet[Purchase]:
    """Those of the purchases that are the buyer's own and asked for."""
    mine = purchases.filter(buyer=user)
    if wanted.since:
        mine = mine.filter(placed_at__gte=wanted.since)
    if wanted.until:
        mine = mine.filter(placed_at__lt=wanted.until)
    if text := wanted.text.strip():
        orders = Order.objects.filter(purchase=OuterRef("pk"), number=text)
        goods = OrderLine.objects.filter(order__purchase=OuterRef("pk"), snapshot__title__icontains=text)
        named = Q(number__startswith=text) | Q(reference__iexact=text) | Exists(orders) | Exists(goods)
        mine = mine.filter(named | Q(id__in=wanted.found))
    if wanted.states or wanted.seller_id is not None:
        orders = Order.objects.filter(purchase=OuterRef("pk"))
        if wanted.states:
            orders = orders.filter(state__in=wanted.states)
        if wanted.seller_id is not None:
            orders = orders.filter(seller=wanted.seller_id)
        mine = mine.filter(Exists(orders))
    return mine


def purchases_of(user: User, wanted: Wanted = Wanted(), *, page: int = 1) -> Page[Purchase]:
    """The buyer's purchases, newest first, with orders and lines. The number of queries does not grow with the list."""
    return Paginator(wanted_of(user, wanted, _whole()).order_by("-placed_at", "-id"), PAGE).get_page(page)


def sellers_of(user: User) -> QuerySet[Seller]:
    """Whom the buyer has ordered from, by name."""
    return Seller.objects.filter(pk__in=Order.objects.filter(purchase__buyer=user).values("seller")).order_by(
        "name", "id"
    )


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
