"""Cancelling an order that is not paid, whatever has become of its request."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.orders.cancelling import cancel_unpaid
from sokopesa.orders.models import Purchase
from sokopesa.payments.models import Prompt
from sokopesa.payments.signals import changed


@transaction.atomic
def withdraw(purchase: Purchase, *, now: datetime) -> bool:
    """Cancel the purchase. A request that has not left us yet never does; one that is on a phone cannot be called back
    and stays live until M-PESA says how it ended. False if it was cancelled before.

    Raises:
        sokopesa.orders.errors.PaidMeanwhile: the money is here.
        sokopesa.orders.errors.OverAlready: it was not paid in time.
    """
    # Prompts are locked before purchases, as when payments are credited, so that the two never wait for each other.
    list(Prompt.objects.select_for_update().filter(purchase=purchase, state__in=Prompt.LIVE).order_by("id"))
    cancelled = cancel_unpaid(purchase, now=now)
    Prompt.objects.filter(purchase=purchase, state=Prompt.State.REQUESTED, sent_at=None).update(
        state=Prompt.State.REFUSED, code=Prompt.Ending.WITHDRAWN, ended_at=now, next_ask_at=None
    )
    changed([purchase.number])
    return cancelled
