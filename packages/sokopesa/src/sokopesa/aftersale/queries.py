"""Reading requests to cancel, and what their outcome will be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sokopesa.aftersale.models import CancelRequest
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.promise import Promise, promise


@dataclass(frozen=True, slots=True)
class Outlook:
    """When the money of a request would be back: if the seller agreed at once, and if nobody ever answered, for then
    it is decided at ``decided_by``."""

    if_agreed_now: Promise
    at_latest: Promise
    decided_by: datetime


def outlook(*, now: datetime, answer_by: datetime, deadlines: Iterable[Clock] = ()) -> Outlook:
    """``deadlines`` are the order's: what is not shipped in time is cancelled even before the seller must answer."""
    ends = [clock.due_at for clock in deadlines if clock.kind == Clock.Kind.SHIP]
    decided_by = min([answer_by, *ends])
    return Outlook(promise(now), promise(decided_by), decided_by)


def latest_requests(orders: Iterable[Order]) -> dict[int, CancelRequest]:
    """The newest request of each order that has any, with its lines. Two queries however many orders there are."""
    known = {order.pk: order for order in orders}
    newest = CancelRequest.objects.filter(order__in=known).order_by("order_id", "-id").distinct("order_id")
    found: dict[int, CancelRequest] = {}
    for request in newest.prefetch_related("lines__line"):
        request.order = known[request.order_id]
        found[request.order_id] = request
    return found
