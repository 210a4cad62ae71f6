"""One seller's part of a purchase as its buyer's page shows it: how it stands, its parcels, and where its money is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sokopesa.faces.standing import Standing, standings
from sokopesa.orders import clocks
from sokopesa.orders.life import Action, Actor
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.models import Refund
from sokopesa.shipping.models import Extension, Shipment
from sokopesa.shipping.queries import Held, asked_of, money_of, parcels_of

_UNDERWAY = (Order.State.AWAITING_SHIPMENT, Order.State.PARTLY_SHIPPED, Order.State.SHIPPED)


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the money's way. ``cents`` lie there now (``is_here``), or passed through; None where none has come
    yet. ``is_past``: all that came has gone on."""

    name: str
    icon: str
    cents: int | None
    is_here: bool
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The way of an order's money, true to the ledger: wallet, M-PESA, market, then seller or back. ``kept_cents`` is
    the market's share, ``back_cents`` what is owed to the buyer, who gets all of it if ``all_goes_back``, and
    ``home_cents`` what went back to the wallet."""

    stops: Sequence[Stop]
    back_cents: int
    back: Refund | None
    home_cents: int
    kept_cents: int
    all_goes_back: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Everything about one order of the purchase. ``answer_by`` is when a request for more time has to be answered;
    ``is_late``: the promised time is over, and it is not there."""

    standing: Standing
    parcels: Sequence[Shipment]
    ship_time: Extension | None
    protection: Extension | None
    money: Whereabouts | None
    answer_by: datetime | None
    is_late: bool

    @property
    def order(self) -> Order:
        return self.standing.order

    @property
    def may_confirm(self) -> bool:
        return Action.CONFIRM in self.standing.may

    @property
    def may_accept(self) -> bool:
        return Action.ACCEPT in self.standing.may

    @property
    def may_ask_protection(self) -> bool:
        return Action.ASK_PROTECTION in self.standing.may

    @property
    def may_answer_ship_time(self) -> bool:
        return Action.ANSWER_SHIP_TIME in self.standing.may


def parts_of(orders: Sequence[Order], *, receipt: str, refunds: Sequence[Refund], now: datetime) -> list[Part]:
    """For each order, in their order; ``receipt`` paid the purchase, or is empty. The number of queries does not grow
    with them."""
    parcels, asked = parcels_of(orders), asked_of(orders)
    back: dict[int, list[Refund]] = {}
    for refund in refunds:
        if refund.order_id is not None:
            back.setdefault(refund.order_id, []).append(refund)
    held = money_of(orders, refund_ids={pk: [each.pk for each in its] for pk, its in back.items()}) if receipt else {}
    return [
        _part(standing, parcels, asked, _whereabouts(standing.order, receipt, held, back), now)
        for standing in standings(orders, actor=Actor.BUYER, now=now)
    ]


def _part(
    standing: Standing,
    parcels: Mapping[int, list[Shipment]],
    asked: Mapping[int, list[Extension]],
    money: Whereabouts | None,
    now: datetime,
) -> Part:
    waiting = {extension.kind: extension for extension in asked.get(standing.order.pk, [])}
    answers = (Clock.Kind.ANSWER_SHIP_TIME, Clock.Kind.ANSWER_PROTECTION)
    return Part(
        standing=standing,
        parcels=parcels.get(standing.order.pk, []),
        ship_time=waiting.get(Extension.Kind.SHIP_TIME),
        protection=waiting.get(Extension.Kind.PROTECTION),
        money=money,
        answer_by=next((each.due_at for each in standing.deadlines if each.kind in answers), None),
        is_late=standing.order.state in _UNDERWAY and clocks.end_of(standing.order.promised_until) <= now,
    )


def _whereabouts(
    order: Order, receipt: str, held: Mapping[int, Held], refunds: Mapping[int, list[Refund]]
) -> Whereabouts | None:
    if order.pk not in held:
        return None
    its, back = held[order.pk], refunds.get(order.pk, [])
    home_cents = sum(refund.amount_cents for refund in back if refund.state == Refund.State.PAID)
    all_goes_back = order.state in (Order.State.CANCELLED, Order.State.REFUNDED)
    if all_goes_back:
        cents = its.owed_back_cents or home_cents
        last = Stop("Back to you", "user", cents, is_here=cents > 0)
    else:
        last = Stop("Seller", "store", its.seller_cents or None, is_here=its.seller_cents > 0)
    stops = (
        Stop("You", "phone", order.total_cents, is_here=False, is_past=True),
        Stop("M-PESA", "receipt", order.total_cents, is_here=False, is_past=True),
        Stop("Held for you", "lock", its.held_cents, is_here=its.held_cents > 0, is_past=not its.held_cents),
        last,
    )
    return Whereabouts(
        stops, its.owed_back_cents, back[-1] if back else None, home_cents, its.commission_cents, all_goes_back
    )
