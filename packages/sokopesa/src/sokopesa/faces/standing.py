"""How an order stands, as its pages tell it: whose turn it is until when, and what the person who looks may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sokopesa.aftersale.deadlines import apply_for
from sokopesa.aftersale.models import CancelRequest
from sokopesa.aftersale.queries import Outlook, latest_requests, outlook
from sokopesa.orders import clocks
from sokopesa.orders.clocks import MEANINGS, Meaning
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Clock, Order


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock in words. ``is_mine``: the person who looks is to act."""

    meaning: Meaning
    due_at: datetime
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One order for one side. ``request`` is the newest to cancel; while it is pending ``outlook`` tells when the
    money would be back. ``after_sending``: the buyer can cancel no more, but is shown the way on."""

    order: Order
    deadlines: Sequence[Deadline]
    may: frozenset[Action]
    request: CancelRequest | None
    outlook: Outlook | None

    @property
    def may_ask_cancel(self) -> bool:
        return Action.ASK_CANCEL in self.may

    @property
    def may_withdraw(self) -> bool:
        return Action.WITHDRAW_CANCEL in self.may

    @property
    def may_answer(self) -> bool:
        return Action.APPROVE_CANCEL in self.may

    @property
    def after_sending(self) -> bool:
        return self.order.state in (Order.State.SHIPPED, Order.State.DELIVERED)


def carry_out_due(orders: Iterable[Order], *, now: datetime) -> bool:
    """Carry out what has fallen due of these orders, in case no worker was there; whether anything was."""
    late = [
        order_id for order_id, running in clocks.of(orders).items() if any(clock.due_at <= now for clock in running)
    ]
    return sum(apply_for(order_id, now=now) for order_id in late) > 0


def standings(orders: Sequence[Order], *, actor: Actor, now: datetime) -> list[Standing]:
    """For each order, in their order. The number of queries does not grow with them."""
    running, requests = clocks.of(orders), latest_requests(orders)
    return [_standing(order, running.get(order.pk, []), requests, actor=actor, now=now) for order in orders]


def _standing(
    order: Order, running: Sequence[Clock], requests: Mapping[int, CancelRequest], *, actor: Actor, now: datetime
) -> Standing:
    request = requests.get(order.pk)
    waits = request is not None and request.state == CancelRequest.State.PENDING
    mine = (actor.value, Clock.Owner.EITHER)
    return Standing(
        order=order,
        deadlines=[Deadline(MEANINGS[clock.kind], clock.due_at, clock.owner in mine) for clock in running],
        may=frozenset(allowed(order, actor)),
        request=request,
        outlook=outlook(now=now, answer_by=request.answer_by, deadlines=running) if request and waits else None,
    )
