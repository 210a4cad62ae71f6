"""Reading parcels, requests for more time, and what waits for a seller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger import accounts
from sokopesa.ledger.queries import balances_cents, legs_of
from sokopesa.orders.models import Clock, Order, OrderLine, Purchase
from sokopesa.people.models import User
from sokopesa.shipping.completing import key_of
from sokopesa.shipping.models import Extension, Shipment, ShipmentLine, TrackingEvent

PAGE = 20


def parcels_of(orders: Iterable[Order]) -> dict[int, list[Shipment]]:
    """The parcels of each order, the first one first, with their goods and events; three queries."""
    lines = ShipmentLine.objects.select_related("line").order_by("id")
    parcels = Shipment.objects.filter(order__in=[order.pk for order in orders]).prefetch_related(
        Prefetch("lines", queryset=lines), "events"
    )
    found: dict[int, list[Shipment]] = {}
    for parcel in parcels.order_by("id"):
        found.setdefault(parcel.order_id, []).append(parcel)
    return found


def asked_of(orders: Iterable[Order]) -> dict[int, list[Extension]]:
    """The requests for more time of each order that wait for an answer; one query."""
    found: dict[int, list[Extension]] = {}
    asked = Extension.objects.filter(order__in=[order.pk for order in orders], state=Extension.State.ASKED)
    for extension in asked.order_by("id"):
        found.setdefault(extension.order_id, []).append(extension)
    return found


def gone_astray(order: Order) -> bool:
    """Whether the courier says of a parcel that was not delivered that it is lost or goes back."""
    return TrackingEvent.objects.filter(
        shipment__order=order,
        shipment__delivered_at=None,
        kind__in=[TrackingEvent.Kind.LOST, TrackingEvent.Kind.RETURNED],
    ).exists()


def may_claim_now(order: Order) -> bool:
    """Whether the buyer may say *not received* before the promised time is over: only where the operator chose so, and
    a parcel has gone astray."""
    return CONFIGURATION.dispute_when_lost and gone_astray(order)


def nobodys(*, after: int | None = None, size: int = PAGE) -> list[TrackingEvent]:
    """Events about parcels that nobody has registered, the newest first; those that follow the one of that id."""
    events = TrackingEvent.objects.filter(shipment=None)
    if after is not None:
        events = events.filter(pk__lt=after)
    return list(events.order_by("-pk")[:size])


@dataclass(frozen=True, slots=True)
class Held:
    """Where an order's money is, as the ledger has it: held for it, owed back to the buyer and not yet sent, given to
    the seller, kept by the market. In cents."""

    held_cents: int = 0
    owed_back_cents: int = 0
    seller_cents: int = 0
    commission_cents: int = 0


def money_of(orders: Sequence[Order], *, refund_ids: dict[int, list[int]]) -> dict[int, Held]:
    """By order id; ``refund_ids`` names each order's refunds. Two queries however many orders there are."""
    codes = [accounts.escrow(order.pk) for order in orders]
    codes += [accounts.refunds(refund) for refunds in refund_ids.values() for refund in refunds]
    balances = balances_cents(codes)
    ended = legs_of([key_of(order.pk) for order in orders])
    found = {}
    for order in orders:
        legs = ended.get(key_of(order.pk), {})
        found[order.pk] = Held(
            held_cents=-balances.get(accounts.escrow(order.pk), 0),
            owed_back_cents=-sum(balances.get(accounts.refunds(pk), 0) for pk in refund_ids.get(order.pk, ())),
            seller_cents=-legs.get(accounts.seller(order.seller_id), 0),
            commission_cents=-legs.get(accounts.COMMISSION, 0),
        )
    return found


# What waits for a seller


def order_for_seller(user: User, number: str) -> Order:
    """The order of that number, if the person acts for its shop, with its lines.

    Raises:
        Order.DoesNotExist: there is none, it is not paid for, or it is another shop's; nobody learns which.
    """
    return _of_sellers().filter(seller__members__user=user).get(number=number)


def to_ship(
    seller_id: int, *, after: tuple[datetime, int] | None = None, size: int = PAGE
) -> list[tuple[Order, Clock]]:
    """A shop's orders to ship, those due first first, with their deadline; those that follow ``after`` (deadline and id
    of the last one seen)."""
    return waiting_for_seller(seller_id, Clock.Kind.SHIP, after=after, size=size)


def waiting_for_seller(
    seller_id: int, *kinds: Clock.Kind, after: tuple[datetime, int] | None = None, size: int = PAGE
) -> list[tuple[Order, Clock]]:
    """A shop's orders with a running deadline of these kinds, the next one first, with lines; three queries. ``after``
    is due time and id of the last deadline seen."""
    running = Clock.objects.filter(seller_id=seller_id, kind__in=kinds)
    if after:
        due_at, last = after
        running = running.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=last))
    clocks = list(running.order_by("due_at", "id")[:size])
    orders = _of_sellers().in_bulk([clock.order_id for clock in clocks])
    return [(orders[clock.order_id], clock) for clock in clocks if clock.order_id in orders]


def counts_for_seller(seller_id: int) -> dict[str, int]:
    """How many of a shop's deadlines run, by kind; one query."""
    rows = Clock.objects.filter(seller_id=seller_id).order_by().values_list("kind").annotate(count=Count("pk"))
    return dict(rows)


def orders_of_seller(
    seller_id: int, *, states: Sequence[str] = (), before: int | None = None, size: int = PAGE
) -> list[Order]:
    """A shop's orders that were paid for, the newest first, with lines; those that follow the one of that id."""
    orders = _of_sellers().filter(seller_id=seller_id)
    if states:
        orders = orders.filter(state__in=states)
    if before is not None:
        orders = orders.filter(pk__lt=before)
    return list(orders.order_by("-pk")[:size])


def _of_sellers() -> QuerySet[Order]:
    lines = Prefetch("lines", queryset=OrderLine.objects.order_by("id"))
    paid = Order.objects.filter(purchase__state=Purchase.State.PAID)
    return paid.select_related("purchase__buyer", "seller").prefetch_related(lines)
