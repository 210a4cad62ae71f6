"""Reminders before a deadline, to whoever's turn it is: 48 hours, 24 hours and 2 hours before, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sokopesa.notices.actions import Message, send_all
from sokopesa.orders.clocks import written
from sokopesa.orders.models import Clock
from sokopesa.people.sellers import phones_of

BEFORE = (timedelta(hours=48), timedelta(hours=24), timedelta(hours=2))
"""`Clock.reminded` counts how many of these moments have passed."""

AT_ONCE = 500

_KIND, _OWNER = Clock.Kind, Clock.Owner

_NEWS = timedelta(hours=6)
"""Whoever heard of an order so shortly before needs no reminder of it."""

_SHORT = frozenset({_KIND.ANSWER_SHIP_TIME, _KIND.ANSWER_PROTECTION})
"""They run for 48 hours in all, so the first reminder would come with the news itself."""

WORDS: Mapping[str, str] = {
    _KIND.SHIP: "Please ship order {order} by {until}. What is not shipped by then is cancelled and refunded.",
    _KIND.ANSWER_CANCEL: "The buyer asks to cancel order {order}. Please answer by {until}; "
    "without an answer it is cancelled and refunded.",
    _KIND.ANSWER_SHIP_TIME: "The seller of order {order} asks for more time to ship. Please answer by {until}; "
    "without an answer it counts as refused.",
    _KIND.PROTECTION: "Has order {order} come, and is all well? If not, open a dispute by {until}. "
    "After that the seller is paid.",
    _KIND.ANSWER_PROTECTION: "The buyer of order {order} asks for longer protection. Please answer by {until}; "
    "without an answer it counts as refused.",
    _KIND.ANSWER_DISPUTE: "Please answer the dispute on order {order} by {until}; "
    "without an answer the buyer's claim is granted.",
    _KIND.ANSWER_OFFER: "Dispute on order {order}: please agree with the other side by {until}. "
    "After that a mediator decides.",
    _KIND.SEND_BACK: "Please send the goods of order {order} back by {until} and say how. "
    "After that nothing is refunded.",
    _KIND.TAKE_BACK: "Please confirm by {until} that the goods of order {order} came back. "
    "After that the refund is granted.",
    _KIND.APPEAL: "You can appeal against the ruling on order {order} until {until}. After that it is final.",
}
"""What each deadline's owner reads, at most 160 characters. Deadlines without words remind nobody."""

_NO_ADDRESS = (
    "Please say by {until} where the buyer of order {order} sends the goods. Without an address the money goes back "
    "without them."
)
"""Goods are to be sent back, but it is the seller's turn."""


def remind_due(*, now: datetime) -> int:
    """Send the reminders that are due; how many deadlines were looked after. Where a worker slept over several, only
    the last is sent. Any number of workers may do it beside each other."""
    looked = 0
    while batch := _remind_some(now):
        looked += batch
    return looked


@transaction.atomic
def _remind_some(now: datetime) -> int:
    due = Q()
    for stage, before in enumerate(BEFORE):
        due |= Q(due_at__lte=now + before, reminded__lte=stage)
    clocks = list(
        Clock.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("order__purchase__buyer")
        .filter(
            due, due_at__gt=now, due_at__lte=now + BEFORE[0], owner__in=(_OWNER.BUYER, _OWNER.SELLER, _OWNER.EITHER)
        )
        .order_by("due_at", "id")[:AT_ONCE]
    )
    phones = phones_of(clock.seller_id for clock in clocks)
    messages: list[Message] = []
    for clock in clocks:
        clock.reminded = sum(clock.due_at <= now + before for before in BEFORE)
        if not _is_fresh(clock):
            messages += _messages(clock, phones.get(clock.seller_id, []))
    Clock.objects.bulk_update(clocks, ["reminded"])
    send_all(messages)
    return len(clocks)


def _is_fresh(clock: Clock) -> bool:
    """Whether the moment of this reminder lies with the news of the deadline, or before."""
    if clock.kind in _SHORT:
        return clock.reminded == 1
    paid_at = clock.order.purchase.paid_at
    moment = clock.due_at - BEFORE[clock.reminded - 1]
    return clock.kind == _KIND.SHIP and paid_at is not None and moment < paid_at + _NEWS


def _messages(clock: Clock, members: Sequence[str]) -> list[Message]:
    if clock.kind not in WORDS:
        return []
    asks_address = (clock.kind, clock.owner) == (_KIND.SEND_BACK, _OWNER.SELLER)
    text = (_NO_ADDRESS if asks_address else WORDS[clock.kind]).format(
        order=clock.order.number, until=written(clock.due_at)
    )
    buyer = [] if clock.owner == _OWNER.SELLER else [clock.order.purchase.buyer.phone]
    seller = [] if clock.owner == _OWNER.BUYER else members
    key = f"remind:{clock.pk}:{clock.due_at:%y%m%d%H%M}:{clock.reminded}"
    return [Message(to=phone, text=text, kind="reminder", key=f"{key}:{phone}") for phone in (*buyer, *seller)]
