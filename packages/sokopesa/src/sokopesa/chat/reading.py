"""Having read, and being there to read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sokopesa.chat.models import Message, Read, Side, Thread

AGAIN_AFTER = timedelta(seconds=30)
"""Being there is noted at most this often."""


@transaction.atomic
def read(*, thread: Thread, side: Side, up_to: int, now: datetime) -> None:
    """This side has the thread before it, and has read it up to the message of that id, which is one of the thread.

    What was said after it stays unread, and waits since the first of it was sent.
    """
    mine = Read.objects.filter(thread=thread, side=side)
    known = mine.select_for_update(no_key=True).get()
    if not known.unread or (known.up_to_id or 0) >= up_to:
        mine.filter(Q(here_at=None) | Q(here_at__lt=now - AGAIN_AFTER)).update(here_at=now)
        return
    later = Message.objects.filter(thread=thread, pk__gt=up_to).exclude(side=side).order_by("pk")
    waiting = list(later.values_list("sent_at", flat=True))
    mine.update(
        up_to=up_to,
        unread=len(waiting),
        waiting_since=waiting[0] if waiting else None,
        told_at=known.told_at if waiting else None,
        here_at=now,
    )
