"""Telling by SMS those who are not there to read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sokopesa.chat.models import Read, Side, Thread
from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.actions import Message as Notice
from sokopesa.notices.actions import send_all
from sokopesa.people.sellers import members_of

UNREAD_FOR = timedelta(minutes=1)
"""So long a message waits before an SMS tells of it."""

HERE = timedelta(minutes=2)
"""Whoever had the thread open within this time is taken to be there, and reads by themselves."""

AT_ONCE = 500

TEXTS = {
    "en": "{site}: {who} wrote to you about {what}. Sign in and open Messages to read it. Pay only inside {site}.",
    "sw": "{site}: {who} amekutumia ujumbe kuhusu {what}. Ingia, fungua Messages uusome. Lipa ndani ya {site} pekee.",
}
LONGEST = 160
"""Characters of one SMS."""


@transaction.atomic
def tell_away(*, now: datetime) -> int:
    """One SMS for each thread in which something has waited unread for `UNREAD_FOR`, to the side that is not there; no
    second one until they have read. How many threads were told of; at most `AT_ONCE`, the longest waiting first."""
    away = Q(here_at=None) | Q(here_at__lte=now - HERE)
    due = (
        Read.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(away, waiting_since__lte=now - UNREAD_FOR, told_at=None)
        .select_related("thread__buyer", "thread__seller", "thread__product", "thread__order")
        .order_by("waiting_since")[:AT_ONCE]
    )
    reads = list(due)
    members = members_of(read.thread.seller_id for read in reads if read.side == Side.SELLER)
    notices = []
    for read in reads:
        people = [read.thread.buyer] if read.side == Side.BUYER else members.get(read.thread.seller_id, [])
        about = f"chat:{read.thread_id}:{read.side}:{read.waiting_since:%Y%m%dT%H%M%S%f}"
        notices += [
            Notice(to=person.phone, text=_text(read, person.language), kind="chat", key=f"{about}:{person.pk}")
            for person in people
        ]
    send_all(notices)
    Read.objects.filter(pk__in=[read.pk for read in reads]).update(told_at=now)
    return len(reads)


def _text(read: Read, language: str) -> str:
    """Who wrote and about what, cut so that it fits one SMS; never what was written."""
    thread, template = read.thread, TEXTS.get(language, TEXTS["en"])
    who = thread.seller.name if read.side == Side.BUYER else (thread.buyer.name or "A buyer")
    room = LONGEST - len(template.format(site=CONFIGURATION.site_name, who="", what=""))
    what = _cut(subject(thread, language), max(20, room - len(who)))
    return template.format(site=CONFIGURATION.site_name, who=_cut(who, room - len(what)), what=what)


def subject(thread: Thread, language: str = "en") -> str:
    """What the thread is about, in a few words."""
    if thread.order:
        return f"{'oda' if language == 'sw' else 'order'} {thread.order.number}"
    assert thread.product is not None
    return thread.product.title


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(1, length - 3)].rstrip() + "..."
