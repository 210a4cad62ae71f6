"""The end of an order that went well: its money leaves escrow for the seller, less the market's share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.notices.words import ORDER_COMPLETED, ORDER_COMPLETED_FOR_BUYER
from sokopesa.orders import clocks
from sokopesa.orders.changing import note_order, save
from sokopesa.orders.life import Action, Actor, require
from sokopesa.orders.models import Clock, Order
from sokopesa.orders.telling import tell_buyer, tell_seller
from sokopesa.shipping import words
from sokopesa.shipping.extending import settle_asked
from sokopesa.shipping.models import Extension


@dataclass(frozen=True, slots=True)
class Shares:
    """What of an order goes to its seller, and what the market keeps."""

    seller_cents: int
    commission_cents: int


def key_of(order_id: int) -> str:
    """The key of the entry by which an order is completed: there can be one."""
    return f"completed:{order_id}"


def shares_of(cents: int) -> Shares:
    """So much money divided by the market's rate of today; half a cent goes to the even one."""
    exact = Decimal(cents) * CONFIGURATION.commission_percent / 100
    commission = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    return Shares(seller_cents=cents - commission, commission_cents=commission)


@transaction.atomic
def complete(order: Order, *, at: datetime, by_buyer: bool = False) -> Shares:
    """Pay the seller what of the order's money was not given back, as of that moment. The caller has locked the order;
    nothing of its deadlines and requests is left afterwards.

    Raises:
        sokopesa.orders.errors.NotNow: it is not on its way or there, or there is a dispute.
        django.db.IntegrityError: the order's escrow does not hold that much.
    """
    require(order, Action.COMPLETE, now=at)
    left_cents = order.total_cents - order.refunded_cents
    shares = shares_of(left_cents)
    parts = ((accounts.seller(order.seller_id), shares.seller_cents), (accounts.COMMISSION, shares.commission_cents))
    book(
        [
            Draft(
                key=key_of(order.pk),
                kind="order-completed",
                happened_at=at,
                memo=f"Order {order.number}",
                legs=(
                    debit(accounts.escrow(order.pk), left_cents),
                    *(credit(account, cents) for account, cents in parts if cents),
                ),
            )
        ]
    )
    settle_asked(order, *Extension.Kind, at=at)
    clocks.stop(order, *Clock.Kind)
    order.state, order.completed_at = Order.State.COMPLETED, at
    save(order, "state", "completed_at")
    text = words.completed_timeline(shares.seller_cents, shares.commission_cents, by_buyer=by_buyer)
    note_order(order, at=at, kind="completed", text=text, by=Actor.BUYER if by_buyer else Actor.MARKET)
    tell_seller(order, ORDER_COMPLETED, f"{order.pk}", at, amount=shares.seller_cents)
    tell_buyer(order, ORDER_COMPLETED_FOR_BUYER, f"{order.pk}", at)
    return shares


def complete_by_silence(order: Order, clock: Clock) -> None:
    """The protection has ended and nobody complained. The order is locked."""
    if order.disputed:
        # The money stays where it is until the dispute says where it goes.
        clocks.stop(order, Clock.Kind.PROTECTION)
        return
    complete(order, at=clock.due_at)
