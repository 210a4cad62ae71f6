"""Orders that nobody pays do not hold their goods for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from sokopesa.orders.actions import lapse
from sokopesa.orders.models import Purchase
from sokopesa.payments.models import Prompt
from sokopesa.payments.signals import changed

PAY_WITHIN = timedelta(hours=24)
"""As long as price and delivery promise, which are frozen into the order, can be kept."""

AT_ONCE = 200


@transaction.atomic
def lapse_due(*, now: datetime) -> int:
    """Let purchases lapse that were placed more than `PAY_WITHIN` ago; how many did.

    One with a live prompt waits: it may be paid, or may have been paid without our knowing. No prompt can be asked for
    meanwhile, because that takes the same lock.
    """
    live = Prompt.objects.filter(purchase=OuterRef("pk"), state__in=Prompt.LIVE)
    overdue = Purchase.objects.filter(awaiting__placed_at__lte=now - PAY_WITHIN)
    ids = list(
        overdue.filter(~Exists(live))
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("awaiting__placed_at")
        .values_list("id", flat=True)[:AT_ONCE]
    )
    # Read again now that the rows are ours: a prompt may have been asked for while we waited for them.
    asked = set(Prompt.objects.filter(purchase_id__in=ids, state__in=Prompt.LIVE).values_list("purchase_id", flat=True))
    lapsed = lapse([purchase_id for purchase_id in ids if purchase_id not in asked], now=now)
    changed(Purchase.objects.filter(id__in=lapsed).values_list("number", flat=True))
    return len(lapsed)
