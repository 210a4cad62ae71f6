"""Who may do what with an order in which state: one table, which pages read to show buttons and verbs to refuse.

``docs/order-life.md`` is made from it (`sokopesa.orders.life_page`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices

from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.models import Clock, Order

S = Order.State


class Actor(TextChoices):
    """Who acts. The market acts by the clock, the courier by its tracking events."""

    BUYER = "buyer", "Buyer"
    SELLER = "seller", "Seller"
    CARRIER = "carrier", "Courier"
    MARKET = "market", "The market"


class Overlay(TextChoices):
    """What is pending beside the state; each is a field of `Order`."""

    CANCEL_ASKED = "cancel_asked", "the buyer asked to cancel"
    DISPUTED = "disputed", "there is a dispute"
    SHIP_TIME_ASKED = "ship_time_asked", "the seller asked for more time"
    PROTECTION_ASKED = "protection_asked", "the buyer asked for longer protection"


class Action(TextChoices):
    """What can be done with an order; the label is the button's."""

    PAY = "pay", "Pay"
    CANCEL = "cancel", "Cancel Order"
    REVIVE = "revive", "Have the order after all"
    ASK_CANCEL = "ask_cancel", "Cancel Order"
    WITHDRAW_CANCEL = "withdraw_cancel", "Keep the order"
    APPROVE_CANCEL = "approve_cancel", "Approve cancelling"
    REFUSE_CANCEL = "refuse_cancel", "Refuse cancelling"
    APPROVE_BY_SILENCE = "approve_by_silence", "Cancel, for the seller did not answer"
    SHIP = "ship", "Ship"
    ASK_SHIP_TIME = "ask_ship_time", "Ask for more time"
    ANSWER_SHIP_TIME = "answer_ship_time", "Answer the request for time"
    CANCEL_UNSHIPPED = "cancel_unshipped", "Cancel what was not shipped in time"
    DELIVER = "deliver", "Deliver"
    CONFIRM = "confirm", "Confirm Receipt"
    ACCEPT = "accept", "All is well: pay the seller"
    ASK_PROTECTION = "ask_protection", "Ask for longer protection"
    ANSWER_PROTECTION = "answer_protection", "Answer the request for protection"
    LENGTHEN_PROTECTION = "lengthen_protection", "Lengthen the protection"
    DISPUTE = "dispute", "Open Dispute"
    COMPLETE = "complete", "Complete, and pay the seller"


@dataclass(frozen=True, slots=True)
class Rule:
    """An action is open to the actor in these states, if all overlays of ``needs`` are there and none of
    ``without``."""

    action: Action
    actor: Actor
    states: tuple[str, ...]
    needs: frozenset[Overlay] = frozenset()
    without: frozenset[Overlay] = frozenset()

    def holds(self, order: Order) -> bool:
        """Whether the order as it was read allows the action, all deadlines aside."""
        pending = overlays(order)
        return order.state in self.states and self.needs <= pending and not self.without & pending


def _rule(
    action: Action, actor: Actor, *states: str, needs: Iterable[Overlay] = (), without: Iterable[Overlay] = ()
) -> Rule:
    return Rule(action, actor, states, frozenset(needs), frozenset(without))


_TO_SHIP = (S.AWAITING_SHIPMENT, S.PARTLY_SHIPPED)
_ON_ITS_WAY_OR_THERE = (S.SHIPPED, S.DELIVERED)

RULES: tuple[Rule, ...] = (
    _rule(Action.PAY, Actor.BUYER, S.AWAITING_PAYMENT),
    _rule(Action.CANCEL, Actor.BUYER, S.AWAITING_PAYMENT),
    _rule(Action.REVIVE, Actor.BUYER, S.LAPSED, S.CANCELLED),
    _rule(Action.ASK_CANCEL, Actor.BUYER, *_TO_SHIP, without=[Overlay.CANCEL_ASKED]),
    _rule(Action.WITHDRAW_CANCEL, Actor.BUYER, *_TO_SHIP, needs=[Overlay.CANCEL_ASKED]),
    _rule(Action.APPROVE_CANCEL, Actor.SELLER, *_TO_SHIP, needs=[Overlay.CANCEL_ASKED]),
    _rule(Action.REFUSE_CANCEL, Actor.SELLER, *_TO_SHIP, needs=[Overlay.CANCEL_ASKED]),
    _rule(Action.APPROVE_BY_SILENCE, Actor.MARKET, *_TO_SHIP, needs=[Overlay.CANCEL_ASKED]),
    _rule(Action.SHIP, Actor.SELLER, *_TO_SHIP),
    _rule(Action.ASK_SHIP_TIME, Actor.SELLER, *_TO_SHIP, without=[Overlay.SHIP_TIME_ASKED]),
    _rule(Action.ANSWER_SHIP_TIME, Actor.BUYER, *_TO_SHIP, needs=[Overlay.SHIP_TIME_ASKED]),
    _rule(Action.CANCEL_UNSHIPPED, Actor.MARKET, *_TO_SHIP),
    _rule(Action.DELIVER, Actor.CARRIER, S.SHIPPED),
    _rule(Action.CONFIRM, Actor.BUYER, S.SHIPPED, without=[Overlay.DISPUTED]),
    _rule(Action.ACCEPT, Actor.BUYER, *_ON_ITS_WAY_OR_THERE, without=[Overlay.DISPUTED]),
    _rule(
        Action.ASK_PROTECTION,
        Actor.BUYER,
        *_ON_ITS_WAY_OR_THERE,
        without=[Overlay.PROTECTION_ASKED, Overlay.DISPUTED],
    ),
    _rule(Action.ANSWER_PROTECTION, Actor.SELLER, *_ON_ITS_WAY_OR_THERE, needs=[Overlay.PROTECTION_ASKED]),
    _rule(Action.LENGTHEN_PROTECTION, Actor.SELLER, *_ON_ITS_WAY_OR_THERE, without=[Overlay.DISPUTED]),
    _rule(Action.DISPUTE, Actor.BUYER, S.PARTLY_SHIPPED, *_ON_ITS_WAY_OR_THERE),
    _rule(Action.COMPLETE, Actor.MARKET, *_ON_ITS_WAY_OR_THERE, without=[Overlay.DISPUTED]),
)
"""Each action once. A dispute has a life of its own, and a table of its own."""

HOLD_UP_NOBODY = (Clock.Kind.DELIVER, Clock.Kind.RULE)
"""Deadlines of the courier and of the market's own people: nobody loses a right when they pass."""

BY_ACTION = {rule.action: rule for rule in RULES}


def overlays(order: Order) -> frozenset[Overlay]:
    """What is pending beside the order's state."""
    return frozenset(overlay for overlay in Overlay if getattr(order, overlay.value))


def allowed(order: Order, actor: Actor) -> tuple[Action, ...]:
    """What this actor may do with the order now, in the order of the table."""
    return tuple(rule.action for rule in RULES if rule.actor == actor and rule.holds(order))


def require(order: Order, action: Action, *, now: datetime) -> None:
    """Refuse unless the order, locked by the caller, allows the action.

    A deadline of the order that has passed comes first, even where nobody has carried it out yet: what happens then is
    what was announced, not what somebody does a moment later. The market's own actions carry deadlines out.

    Raises:
        TooLate: a deadline has passed.
        NotNow: the state or what is pending does not allow it; the words say what is the way on.
    """
    rule = BY_ACTION[action]
    if not rule.holds(order):
        raise NotNow(action.value, order)
    if rule.actor in (Actor.MARKET, Actor.CARRIER):
        return
    due = Clock.objects.filter(order=order, due_at__lte=now).exclude(kind__in=HOLD_UP_NOBODY)
    passed = due.order_by("due_at").first()
    if passed is not None:
        raise TooLate(passed)
