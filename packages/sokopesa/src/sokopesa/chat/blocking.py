"""Wanting to hear no more of somebody."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.chat.models import Block, Side, Thread
from sokopesa.people.models import User


def blocks_between(buyer_id: int, seller_id: int) -> set[str]:
    """The sides that have blocked the other, in all threads between these two."""
    found = Block.objects.filter(buyer_id=buyer_id, seller_id=seller_id, lifted_at=None)
    return set(found.values_list("side", flat=True))


@transaction.atomic
def block(*, thread: Thread, side: Side, by: User, now: datetime) -> None:
    """From now on neither side writes to the other, in any thread, until this side lifts it. Again changes nothing."""
    Block.objects.bulk_create(
        [Block(buyer_id=thread.buyer_id, seller_id=thread.seller_id, side=side, by=by, at=now)], ignore_conflicts=True
    )


@transaction.atomic
def unblock(*, thread: Thread, side: Side, now: datetime) -> None:
    """This side writes and listens again."""
    Block.objects.filter(buyer_id=thread.buyer_id, seller_id=thread.seller_id, side=side, lifted_at=None).update(
        lifted_at=now
    )
