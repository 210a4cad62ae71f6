"""Telling people what became of money that goes back to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sokopesa.notices.actions import Message, send_all
from sokopesa.notices.events import Event
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.refunds.models import Refund
from sokopesa.refunds.words import said_of

News = tuple[Refund, str, Mapping[str, object]]
"""A refund, the key by which it is told once, and what the event says beyond the refund itself."""


def with_buyers(ids: Iterable[int]) -> list[Refund]:
    """The refunds as whoever tells of them needs them; one query."""
    return list(Refund.objects.select_related("purchase__buyer", "order").filter(pk__in=list(ids)).order_by("pk"))


def tell_payees(event: Event, news: Sequence[News], *, now: datetime) -> None:
    """Tell the buyer, where there is one; else whoever paid, where M-PESA named the phone."""
    tellings, messages = [], []
    for refund, key, more in news:
        known = {**said_of(refund), "payee": refund.pays_to, **more}
        said = {name: value for name, value in known.items() if name in event.parameters}
        if refund.purchase:
            tellings.append(Telling((refund.purchase.buyer_id,), event, key, said))
        elif refund.pays_to:
            messages.append(Message(refund.pays_to, event.in_sms("en", said), event.name, f"{event.name}:{key}"))
    send_all(messages)
    tell_all(tellings, now=now)
