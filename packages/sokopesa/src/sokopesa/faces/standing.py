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

YOU: Mapping[str, str] = {
    Clock.Kind.SHIP: "Ship",
    Clock.Kind.ANSWER_CANCEL: "Answer the request to cancel",
    Clock.Kind.ANSWER_SHIP_TIME: "Answer the seller's request for more time",
    Clock.Kind.PROTECTION: "Confirm receipt, or open a dispute",
    Clock.Kind.ANSWER_PROTECTION: "Answer the request for longer protection",
    Clock.Kind.ANSWER_DISPUTE: "Answer the dispute",
    Clock.Kind.ANSWER_OFFER: "Agree with the other side",
    Clock.Kind.SEND_BACK: "Send the goods back",
    Clock.Kind.TAKE_BACK: "Confirm that the goods came back",
}
"""What to do, said to whoever is to do it."""
_HAS_COME = "Say that all is well, or open a dispute"
"""The same of the protection, once the goods have come."""


_OTHERWISE: Mapping[str, str] = {
    Clock.Kind.SHIP: "what is not shipped is cancelled and its money goes back to you",
    Clock.Kind.DELIVER: "you may open a dispute because they were not received",
    Clock.Kind.ANSWER_DISPUTE: "your claim is granted",
}
"""What happens if it is not done, said to the buyer where that is about them."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock in words. ``is_mine``: the person who looks is to act; ``is_buyers``: that person is the buyer.
    ``has_come``: the goods are there."""

    kind: str
    meaning: Meaning
    due_at: datetime
    is_mine: bool
    is_buyers: bool
    has_come: bool

    @property
    def to_do(self) -> str:
        """What has to be done; told to whoever is to do it as they would be told."""
        if self.is_mine and self.has_come and self.kind == Clock.Kind.PROTECTION:
            return _HAS_COME
        return (YOU.get(self.kind) if self.is_mine else None) or self.meaning.to_do

    @property
    def otherwise(self) -> str:
        """What happens if it is not done."""
        return (_OTHERWISE.get(self.kind) if self.is_buyers else None) or self.meaning.otherwise

    @property
    def stands_alone(self) -> bool:
        """Whether it is shown by itself, and not with the request that has to be answered."""
        return self.kind not in (Clock.Kind.ANSWER_CANCEL, Clock.Kind.ANSWER_SHIP_TIME, Clock.Kind.ANSWER_PROTECTION)

    @property
    def turn(self) -> str:
        """Whose turn it is, where it is not that of the person who looks."""
        return f"{str(self.meaning.owner.label).capitalize()}'s turn"


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


def next_deadlines(orders: Sequence[Order]) -> dict[int, Deadline]:
    """Each order's next deadline as its buyer sees it, for lists; one query."""
    running = clocks.of(orders)
    return {order.pk: _deadline(running[order.pk][0], order, Actor.BUYER) for order in orders if order.pk in running}


def standings(orders: Sequence[Order], *, actor: Actor, now: datetime) -> list[Standing]:
    """For each order, in their order. The number of queries does not grow with them."""
    running, requests = clocks.of(orders), latest_requests(orders)
    return [_standing(order, running.get(order.pk, []), requests, actor=actor, now=now) for order in orders]


def _standing(
    order: Order, running: Sequence[Clock], requests: Mapping[int, CancelRequest], *, actor: Actor, now: datetime
) -> Standing:
    request = requests.get(order.pk)
    waits = request is not None and request.state == CancelRequest.State.PENDING
    return Standing(
        order=order,
        deadlines=[_deadline(clock, order, actor) for clock in running],
        may=frozenset(allowed(order, actor)),
        request=request,
        outlook=outlook(now=now, answer_by=request.answer_by, deadlines=running) if request and waits else None,
    )


def _deadline(clock: Clock, order: Order, actor: Actor) -> Deadline:
    is_mine = clock.owner in (actor.value, Clock.Owner.EITHER)
    return Deadline(
        kind=clock.kind,
        meaning=MEANINGS[clock.kind],
        due_at=clock.due_at,
        is_mine=is_mine,
        is_buyers=actor is Actor.BUYER,
        has_come=order.delivered_at is not None,
    )
