"""Placing a checkout and asking the phone for its payment, in one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sokopesa.orders import checkout as steps
from sokopesa.orders.errors import KeyUsed
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts
from sokopesa.people.models import User


def place_and_ask(*, checkout_id: UUID, agreed_total_cents: int, buyer: User, key: str, now: datetime) -> Purchase:
    """Place the buyer's checkout and record the prompt for it, both or neither. A second call returns the same purchase
    and asks no more. ``key`` is the buyer's mark of this wish: it places one checkout.

    Raises:
        Checkout.DoesNotExist: there is none, or it is somebody else's.
        sokopesa.orders.errors.KeyUsed: the key has placed another checkout.

    and as `orders.checkout.place` and `prompts.ask`.
    """
    try:
        return _place_and_ask(checkout_id, agreed_total_cents, buyer, key, now)
    except IntegrityError:
        other = Purchase.objects.filter(checkout__buyer=buyer, checkout__place_key=key).first()
        if other is None:
            raise
        raise KeyUsed(other.number) from None


@transaction.atomic
def _place_and_ask(checkout_id: UUID, agreed_total_cents: int, buyer: User, key: str, now: datetime) -> Purchase:
    checkout = steps.held(checkout_id=checkout_id, buyer=buyer)
    if checkout.purchase is not None:
        return checkout.purchase
    purchase = steps.place_held(checkout=checkout, agreed_total_cents=agreed_total_cents, key=key, now=now)
    prompts.ask_held(purchase=purchase, msisdn=checkout.msisdn, now=now)
    return purchase
