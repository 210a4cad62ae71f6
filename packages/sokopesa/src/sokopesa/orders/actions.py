"""What happens to purchases and their orders once money speaks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from sokopesa.orders.models import Event, Order, Purchase


@transaction.atomic
def mark_paid(paid: Mapping[int, datetime], *, words: Mapping[int, str]) -> set[int]:
    """The purchases (id → moment by M-PESA's clock) are paid in full; their orders await shipment.

    ``words`` is the timeline's sentence for each. Purchases that were paid before are left alone; the ids that are
    newly paid are returned. The caller books the money in the same transaction.
    """
    fresh = list(
        Purchase.objects.select_for_update().filter(id__in=paid, state=Purchase.State.AWAITING_PAYMENT).order_by("id")
    )
    for purchase in fresh:
        purchase.state = Purchase.State.PAID
        purchase.paid_at = paid[purchase.id]
    Purchase.objects.bulk_update(fresh, ["state", "paid_at"])
    ids = {purchase.id for purchase in fresh}
    Order.objects.filter(purchase_id__in=ids, state=Order.State.AWAITING_PAYMENT).update(
        state=Order.State.AWAITING_SHIPMENT
    )
    note([(purchase_id, paid[purchase_id], "paid", words[purchase_id]) for purchase_id in sorted(ids)])
    return ids


def note(events: list[tuple[int, datetime, str, str]]) -> None:
    """Add lines (purchase id, when, kind, sentence) to timelines."""
    Event.objects.bulk_create(
        [Event(purchase_id=purchase_id, at=at, kind=kind, text=text) for purchase_id, at, kind, text in events]
    )
