"""Orders that their buyer no longer wants."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.orders.actions import end_unpaid
from sokopesa.orders.errors import OverAlready, PaidMeanwhile
from sokopesa.orders.models import Purchase


@transaction.atomic
def cancel_unpaid(purchase: Purchase, *, now: datetime) -> bool:
    """Cancel before payment, at once; the goods go back to the shelf. False if it was cancelled before.

    A request may be on a phone meanwhile: money that it still brings is owed back.

    Raises:
        PaidMeanwhile: the money is here.
        OverAlready: it was not paid in time.
    """
    words = "You cancelled the order. Its goods went back to the shelf."
    if end_unpaid([purchase.pk], state=Purchase.State.CANCELLED, words=words, now=now):
        return True
    match Purchase.objects.get(pk=purchase.pk).state:
        case Purchase.State.PAID:
            raise PaidMeanwhile
        case Purchase.State.LAPSED:
            raise OverAlready
    return False
