"""Reading transfers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Sum

from sokopesa.payouts.models import Payer, Transfer


@dataclass(frozen=True, slots=True)
class Standing:
    """How many transfers are in a state, and how much they pay."""

    count: int
    cents: int


def standing(shortcode: str) -> dict[str, Standing]:
    """By state, what is to be paid from a shortcode of ours, or was."""
    rows = Transfer.objects.filter(shortcode=shortcode).values("state")
    return {
        row["state"]: Standing(row["count"], row["cents"])
        for row in rows.annotate(count=Count("pk"), cents=Sum("amount_cents"))
    }


def transfers_of(refund_ids: Iterable[int]) -> dict[int, list[Transfer]]:
    """By refund id, oldest first; one query however many refunds there are."""
    found: dict[int, list[Transfer]] = {}
    for transfer in Transfer.objects.filter(refund__in=list(refund_ids)).order_by("pk"):
        assert transfer.refund_id is not None
        found.setdefault(transfer.refund_id, []).append(transfer)
    return found


def stopped() -> list[Payer]:
    """Our shortcodes from which nothing is sent at present, until a person says so."""
    return list(Payer.objects.exclude(stopped_at=None).order_by("stopped_at"))


def short() -> list[Payer]:
    """Our shortcodes that M-PESA says hold too little."""
    return list(Payer.objects.exclude(short_at=None).order_by("short_at"))
