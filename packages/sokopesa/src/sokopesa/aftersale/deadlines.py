"""Carrying deadlines out, each as of its own moment however late the worker is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import OperationalError, transaction
from django.db.models import QuerySet

from sokopesa.aftersale import cancelling
from sokopesa.aftersale.disputes import silence
from sokopesa.notices.actions import alert_operator
from sokopesa.orders import clocks
from sokopesa.orders.changing import note_order
from sokopesa.orders.models import Clock, Order
from sokopesa.shipping.completing import complete_by_silence
from sokopesa.shipping.extending import refuse_by_silence

log = structlog.get_logger(__name__)

AT_ONCE = 500

Carry = Callable[[Order, Clock], None]


def _promise_ended(order: Order, clock: Clock) -> None:
    clocks.stop(order, Clock.Kind.DELIVER)
    text = "The promised time is over. If the goods have not arrived, the buyer may now open a dispute."
    note_order(order, at=clock.due_at, kind="promise-over", text=text)


def _not_shipped(order: Order, clock: Clock) -> None:
    cancelling.cancel_unshipped(order, now=clock.due_at)


def _cancel_not_answered(order: Order, clock: Clock) -> None:
    cancelling.approve_by_silence(order, now=clock.due_at)


CARRIED_OUT_BY: dict[str, Carry] = {
    Clock.Kind.SHIP: _not_shipped,
    Clock.Kind.ANSWER_CANCEL: _cancel_not_answered,
    Clock.Kind.DELIVER: _promise_ended,
    Clock.Kind.PROTECTION: complete_by_silence,
    Clock.Kind.ANSWER_SHIP_TIME: refuse_by_silence,
    Clock.Kind.ANSWER_PROTECTION: refuse_by_silence,
    **silence.CARRIED_OUT_BY,
}
"""What happens when a deadline passes. Each gets the locked order, and stops or moves the clock."""


def apply_due(*, now: datetime) -> int:
    """Carry out deadlines that have passed, in order, until none is left; how many were. One that fails is logged,
    an operator is told, and the others go on. Any number of workers may do it beside each other."""
    carried, failed = 0, set[int]()
    while True:
        due = _due(now).exclude(pk__in=failed)
        batch = list(due.values_list("pk", "order_id")[:AT_ONCE])
        before = carried
        for clock_id, order_id in batch:
            try:
                carried += _carry_out(clock_id, order_id, now)
            except OperationalError:
                raise
            except Exception:
                failed.add(clock_id)
                log.exception("deadline_failed", clock=clock_id, order=order_id)
                alert_operator(
                    text=f"A deadline of order id {order_id} could not be carried out; see the worker's log.",
                    key=f"deadline-failed:{clock_id}",
                )
        if carried == before:
            return carried


def apply_for(order_id: int, *, now: datetime) -> int:
    """Carry out what is due of one order, so that its page is right although no worker was there; how many were."""
    carried = 0
    for _ in range(AT_ONCE):
        clock_id = _due(now).filter(order_id=order_id).values_list("pk", flat=True).first()
        if clock_id is None or not _carry_out(clock_id, order_id, now):
            break
        carried += 1
    return carried


def _due(now: datetime) -> QuerySet[Clock]:
    return Clock.objects.filter(due_at__lte=now, kind__in=CARRIED_OUT_BY).order_by("due_at", "id")


@transaction.atomic
def _carry_out(clock_id: int, order_id: int, now: datetime) -> int:
    """One deadline. 0 when somebody else holds the order, or when the deadline is not the order's first to pass any
    more: it was met or moved, or an earlier one has begun since."""
    locked = Order.objects.select_for_update(of=("self",), skip_locked=True)
    order = locked.select_related("purchase__buyer", "seller").filter(pk=order_id).first()
    if order is None:
        return 0
    clock = _due(now).filter(order=order).first()
    if clock is None or clock.pk != clock_id:
        return 0
    CARRIED_OUT_BY[clock.kind](order, clock)
    return 1
