"""What happens to purchases and their orders once money speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from sokopesa.catalog import stock
from sokopesa.kernel.database import fetch
from sokopesa.orders.models import Event, Order, OrderLine, Purchase


@transaction.atomic
def mark_paid(paid: Mapping[int, datetime], *, words: Mapping[int, str]) -> set[int]:
    """The purchases (id → moment by M-PESA's clock) are paid in full; their orders await shipment.

    ``words`` is the timeline's sentence for each. Purchases that were paid before are left alone; the ids that are
    newly paid are returned. The caller books the money in the same transaction.
    """
    ids = sorted(paid)
    rows = fetch(
        "SELECT orders_mark_paid(%b::bigint[], %b::timestamptz[], %b::text[])",
        [ids, [paid[purchase_id] for purchase_id in ids], [words[purchase_id] for purchase_id in ids]],
    )
    return {purchase_id for (purchase_id,) in rows}


@transaction.atomic
def lapse(purchase_ids: Sequence[int], *, now: datetime) -> set[int]:
    """These purchases were not paid in time. The ids that lapsed are returned.

    The caller has made sure that no prompt of theirs is live. Money that comes all the same finds no home here.
    """
    words = "The order was not paid in time, so its goods went back to the shelf."
    return end_unpaid(purchase_ids, state=Purchase.State.LAPSED, words=words, now=now)


@transaction.atomic
def end_unpaid(purchase_ids: Sequence[int], *, state: Purchase.State, words: str, now: datetime) -> set[int]:
    """Purchases that await payment are over, and their goods go back to the shelves. The ids that ended are returned.

    ``state`` is *lapsed* or *cancelled*, ``words`` the timeline's sentence.
    """
    unpaid = Purchase.objects.select_for_update().filter(id__in=purchase_ids, state=Purchase.State.AWAITING_PAYMENT)
    ids = set(unpaid.order_by("id").values_list("id", flat=True))
    Purchase.objects.filter(id__in=ids).update(state=state)
    Order.objects.filter(purchase_id__in=ids).update(state=Order.State(state.value))
    lines = OrderLine.objects.filter(order__purchase_id__in=ids)
    stock.release_all(dict(lines.order_by("offer_id").values_list("offer_id").annotate(pieces=Sum("quantity"))))
    note([(purchase_id, now, state.value, words) for purchase_id in sorted(ids)])
    return ids


def note(events: list[tuple[int, datetime, str, str]]) -> None:
    """Add lines (purchase id, when, kind, sentence) to timelines."""
    Event.objects.bulk_create(
        [Event(purchase_id=purchase_id, at=at, kind=kind, text=text) for purchase_id, at, kind, text in events]
    )
