"""Telling those who are not there to read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sokopesa.chat.models import Read, Side, Thread
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.notices.words import MESSAGE_WAITING
from sokopesa.people.sellers import members_of

UNREAD_FOR = timedelta(minutes=1)
"""So long a message waits before a notice tells of it."""

HERE = timedelta(minutes=2)
"""Whoever had the thread open within this time is taken to be there, and reads by themselves."""

AT_ONCE = 500


@transaction.atomic
def tell_away(*, now: datetime) -> int:
    """One notice for each thread in which something has waited unread for `UNREAD_FOR`, to the side that is not there;
    no second one until they have read. It says who wrote and about what, never what was written.

    How many threads were told of; at most `AT_ONCE`, the longest waiting first.
    """
    away = Q(here_at=None) | Q(here_at__lte=now - HERE)
    due = (
        Read.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(away, waiting_since__lte=now - UNREAD_FOR, told_at=None)
        .select_related("thread__buyer", "thread__seller", "thread__product", "thread__order")
        .order_by("waiting_since")[:AT_ONCE]
    )
    reads = list(due)
    members = members_of(read.thread.seller_id for read in reads if read.side == Side.SELLER)
    tellings = []
    for read in reads:
        people = [read.thread.buyer] if read.side == Side.BUYER else members.get(read.thread.seller_id, [])
        tellings.append(
            Telling(
                recipients=[person.pk for person in people],
                event=MESSAGE_WAITING,
                key=f"{read.thread_id}:{read.waiting_since:%Y%m%dT%H%M%S%f}",
                params={
                    "who": read.thread.seller.name if read.side == Side.BUYER else read.thread.buyer.name,
                    "thing": subject(read.thread),
                },
            )
        )
    tell_all(tellings, now=now)
    Read.objects.filter(pk__in=[read.pk for read in reads]).update(told_at=now)
    return len(reads)


def subject(thread: Thread) -> str:
    """What the thread is about, in a few words."""
    if thread.order:
        return f"Order {thread.order.number}"
    assert thread.product is not None
    return thread.product.title
