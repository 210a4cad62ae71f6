"""The buyer's word that the goods are there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.notices.words import ORDER_CONFIRMED
from sokopesa.orders.changing import locked, note_order, save
from sokopesa.orders.life import Action, Actor, require
from sokopesa.orders.models import Order
from sokopesa.orders.telling import tell_seller
from sokopesa.people.models import User
from sokopesa.shipping import words
from sokopesa.shipping.arriving import deliver
from sokopesa.shipping.completing import Shares, complete
from sokopesa.shipping.errors import NotYours


@transaction.atomic
def confirm(order: Order, *, by: User, now: datetime) -> Order:
    """Confirm Receipt: all of it has arrived, and is yet to be looked at. The protection ends some days from now.

    Raises:
        NotYours: ``by`` is not the buyer.
        sokopesa.orders.errors.NotNow: it is not on its way, or there is a dispute.
        sokopesa.orders.errors.TooLate: the protection has ended.
    """
    order = _own(order, by)
    require(order, Action.CONFIRM, now=now)
    ends = deliver(order, at=now)
    note_order(order, at=now, kind="confirmed", text=words.confirmed_timeline(ends), by=Actor.BUYER)
    if ends is not None:
        tell_seller(order, ORDER_CONFIRMED, f"{order.pk}", now, until=ends)
    return order


@transaction.atomic
def accept(order: Order, *, by: User, now: datetime) -> Shares:
    """All is well, says the buyer: the seller is paid now, and no dispute can be opened any more.

    Raises:
        NotYours: ``by`` is not the buyer.
        sokopesa.orders.errors.NotNow: it is not on its way or there, or there is a dispute.
        sokopesa.orders.errors.TooLate: the protection has ended, so the seller is paid anyway.
    """
    order = _own(order, by)
    require(order, Action.ACCEPT, now=now)
    if order.delivered_at is None:
        order.delivered_at = now
        save(order, "delivered_at")
    return complete(order, at=now, by_buyer=True)


def _own(order: Order, by: User) -> Order:
    order = locked(order.pk)
    if order.purchase.buyer_id != by.pk:
        raise NotYours
    return order
