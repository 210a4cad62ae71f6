"""Telling the two sides of a dispute what happened in it. The words are in `sokopesa.notices.words`."""

from __future__ import annotations

from typing import Any

from sokopesa.aftersale.disputes.models import DisputeEvent, Kind
from sokopesa.notices.events import Event
from sokopesa.notices.parameters import Ending
from sokopesa.orders import telling


def ending(kind: str, amount_cents: int) -> Ending:
    """A plan as notices say it."""
    return Ending(amount_cents if kind != Kind.NOTHING else 0, goods_back=kind == Kind.RETURN)


def tell_buyer(fact: DisputeEvent, event: Event, *, by_sms: bool = True, **said: Any) -> None:
    """The buyer, once for each line of the dispute's timeline and event. ``by_sms`` is false where the phone hears of
    the money that is owed by it, or of the return."""
    number = fact.dispute.number
    telling.tell_buyer(fact.dispute.order, event, f"{fact.pk}", fact.at, by_sms=by_sms, dispute=number, **said)


def tell_seller(fact: DisputeEvent, event: Event, **said: Any) -> None:
    """The same to each of those who act for the shop."""
    telling.tell_seller(fact.dispute.order, event, f"{fact.pk}", fact.at, dispute=fact.dispute.number, **said)


def tell_both(fact: DisputeEvent, event: Event, **said: Any) -> None:
    """The same to both sides."""
    telling.tell_both(fact.dispute.order, event, f"{fact.pk}", fact.at, dispute=fact.dispute.number, **said)
