"""All of a buyer's orders, however many: read a thousand purchases at a time, and of each only what a record names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.db.models.fields.json import KT

from sokopesa.orders.models import Order, OrderLine, Purchase
from sokopesa.orders.queries import Wanted, wanted_of
from sokopesa.people.models import User

AT_ONCE = 1_000
"""Purchases that are held in memory at a time."""


class Part(NamedTuple):
    """One order of a purchase."""

    id: int
    purchase_id: int
    number: str
    seller_id: int
    seller: str
    state: str
    goods_cents: int
    shipping_cents: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A purchase with its orders, in the order of their numbers; ``goods`` are pieces and titles by the order's id."""

    id: int
    number: str
    placed_at: datetime
    total_cents: int
    parts: Sequence[Part]
    goods: dict[int, list[str]]


def history_of(user: User, wanted: Wanted) -> Iterator[list[Placed]]:
    """The buyer's purchases, oldest first, `AT_ONCE` at a time, with all their orders; three queries for each time."""
    mine = wanted_of(user, wanted, Purchase.objects.order_by("placed_at", "id"))
    rest = mine
    while True:
        found = list(rest.values_list("id", "number", "placed_at", "total_cents")[:AT_ONCE])
        if found:
            yield _placed(found)
        if len(found) < AT_ONCE:
            return
        last, _, moment, _ = found[-1]
        rest = mine.filter(Q(placed_at__gt=moment) | Q(id__gt=last), placed_at__gte=moment)


def _placed(purchases: Sequence[tuple[int, str, datetime, int]]) -> list[Placed]:
    parts: dict[int, list[Part]] = {}
    goods: dict[int, list[str]] = {}
    ids = [pk for pk, *_ in purchases]
    orders = Order.objects.filter(purchase__in=ids).order_by("id")
    named = ("id", "purchase_id", "number", "seller_id", "seller__name", "state", "goods_cents", "shipping_cents")
    for part in map(Part._make, orders.values_list(*named)):
        parts.setdefault(part.purchase_id, []).append(part)
    lines = OrderLine.objects.filter(order__purchase__in=ids).order_by("id")
    for order_id, pieces, title in lines.values_list("order_id", "quantity", KT("snapshot__title")):
        goods.setdefault(order_id, []).append(f"{pieces} × {title}")
    return [Placed(*purchase, parts=parts[purchase[0]], goods=goods) for purchase in purchases]
