"""More days: to ship, if the buyer agrees; of protection, if the seller does."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sokopesa.orders import clocks
from sokopesa.orders.changing import locked, note_order, save
from sokopesa.orders.life import Action, Actor, require
from sokopesa.orders.models import Clock, Order
from sokopesa.people.models import User
from sokopesa.people.sellers import acts_for
from sokopesa.shipping import words
from sokopesa.shipping.errors import DaysRefused, LengthenedAlready, LongestAlready, NotYours
from sokopesa.shipping.models import MOST_DAYS, Extension
from sokopesa.shipping.telling import tell_buyer, tell_seller

PROTECTED_AT_MOST = timedelta(days=90)
"""After shipping, whatever is asked and granted."""

_ANSWER = {
    Extension.Kind.SHIP_TIME: Clock.Kind.ANSWER_SHIP_TIME,
    Extension.Kind.PROTECTION: Clock.Kind.ANSWER_PROTECTION,
}
_MOVES = {Extension.Kind.SHIP_TIME: Clock.Kind.SHIP, Extension.Kind.PROTECTION: Clock.Kind.PROTECTION}
_OVERLAY = {Extension.Kind.SHIP_TIME: "ship_time_asked", Extension.Kind.PROTECTION: "protection_asked"}


@transaction.atomic
def ask_ship_time(order: Order, *, days: int, by: User, now: datetime, why: str = "") -> Extension:
    """The seller asks the buyer for more days to ship; the promised day of arrival would move with them.

    Raises:
        NotYours: ``by`` does not speak for that side.
        sokopesa.orders.errors.NotNow: there is nothing left to ship, or it was asked already.
        sokopesa.orders.errors.TooLate: the time to ship is over.
        DaysRefused: not 1 to 30 days.
    """
    order = _sellers(order, by)
    require(order, Action.ASK_SHIP_TIME, now=now)
    if not 1 <= days <= MOST_DAYS:
        raise DaysRefused(MOST_DAYS)
    return _ask(order, Extension.Kind.SHIP_TIME, days=days, by=by, now=now, why=why)


@transaction.atomic
def ask_protection(order: Order, *, days: int, by: User, now: datetime, why: str = "") -> Extension:
    """The buyer asks the seller for more days of protection.

    Raises:
        NotYours: ``by`` does not speak for that side.
        sokopesa.orders.errors.NotNow: it is not on its way or there, there is a dispute, or it was asked already.
        sokopesa.orders.errors.TooLate: the protection has ended.
        DaysRefused, LongestAlready: so many more are not possible.
    """
    order = _buyers(order, by)
    require(order, Action.ASK_PROTECTION, now=now)
    _require_possible(order, days)
    return _ask(order, Extension.Kind.PROTECTION, days=days, by=by, now=now, why=why)


@transaction.atomic
def answer_ship_time(order: Order, *, grant: bool, by: User, now: datetime) -> Extension:
    """The buyer agrees to more time to ship, or does not.

    Raises:
        NotYours: ``by`` does not speak for that side.
        sokopesa.orders.errors.NotNow: nothing waits for an answer.
        sokopesa.orders.errors.TooLate: a deadline has passed.
    """
    order = _buyers(order, by)
    require(order, Action.ANSWER_SHIP_TIME, now=now)
    state = Extension.State.GRANTED if grant else Extension.State.REFUSED
    return _answer(order, Extension.Kind.SHIP_TIME, state, at=now, by=by)


@transaction.atomic
def answer_protection(order: Order, *, grant: bool, by: User, now: datetime) -> Extension:
    """The seller agrees to longer protection, or does not. Raises as `answer_ship_time` does."""
    order = _sellers(order, by)
    require(order, Action.ANSWER_PROTECTION, now=now)
    state = Extension.State.GRANTED if grant else Extension.State.REFUSED
    return _answer(order, Extension.Kind.PROTECTION, state, at=now, by=by)


@transaction.atomic
def lengthen_protection(order: Order, *, days: int, by: User, now: datetime, seen: datetime | None = None) -> Extension:
    """The seller makes the protection longer unasked; a request that waits is granted by it only if answered.
    ``seen`` is the end that the seller saw, so that a form sent twice lengthens once.

    Raises:
        NotYours: ``by`` does not speak for that side.
        sokopesa.orders.errors.NotNow: it is not on its way or there, or there is a dispute.
        sokopesa.orders.errors.TooLate: the protection has ended.
        LengthenedAlready: it does not end then.
        DaysRefused, LongestAlready: so many more are not possible.
    """
    order = _sellers(order, by)
    require(order, Action.LENGTHEN_PROTECTION, now=now)
    ends = Clock.objects.get(order=order, kind=Clock.Kind.PROTECTION).due_at
    if seen is not None and seen != ends:
        raise LengthenedAlready(clocks.written(ends))
    _require_possible(order, days)
    extension = Extension.objects.create(
        order=order,
        kind=Extension.Kind.PROTECTION,
        days=days,
        asked_by=by,
        asked_at=now,
        state=Extension.State.GRANTED,
        answered_by=by,
        answered_at=now,
    )
    ends = _move(order, extension)
    text = words.lengthened_timeline(extension, ends)
    note_order(order, at=now, kind="lengthened", text=text, by=Actor.SELLER)
    sms = words.lengthened_sms(order, extension, ends)
    tell_buyer(order, sms, kind="extension", key=f"lengthened:{extension.pk}")
    return extension


def refuse_by_silence(order: Order, clock: Clock) -> None:
    """Whoever was asked for more time did not answer. The order is locked."""
    kind = next(kind for kind, answer in _ANSWER.items() if answer == clock.kind)
    _answer(order, kind, Extension.State.UNANSWERED, at=clock.due_at, by=None)


def settle_asked(order: Order, *kinds: Extension.Kind, at: datetime) -> None:
    """Requests of these kinds that wait are no longer needed: what they were about has happened. The order is
    locked."""
    waiting = Extension.objects.filter(order=order, kind__in=kinds, state=Extension.State.ASKED)
    waiting.update(state=Extension.State.SETTLED, answered_at=at)
    clocks.stop(order, *(_ANSWER[kind] for kind in kinds))
    for kind in kinds:
        setattr(order, _OVERLAY[kind], False)
    save(order, *(_OVERLAY[kind] for kind in kinds))


def most_days(order: Order) -> int:
    """How many days longer the protection can be made at once; 0 if it lasts as long as it can."""
    clock = Clock.objects.filter(order=order, kind=Clock.Kind.PROTECTION).first()
    if clock is None or order.shipped_at is None:
        return 0
    return max(0, min(MOST_DAYS, (order.shipped_at + PROTECTED_AT_MOST - clock.due_at).days))


def _buyers(order: Order, by: User) -> Order:
    order = locked(order.pk)
    if order.purchase.buyer_id != by.pk:
        raise NotYours
    return order


def _sellers(order: Order, by: User) -> Order:
    order = locked(order.pk)
    if not acts_for(by, order.seller_id):
        raise NotYours
    return order


def _require_possible(order: Order, days: int) -> None:
    most = most_days(order)
    if most == 0:
        raise LongestAlready(PROTECTED_AT_MOST.days)
    if not 1 <= days <= most:
        raise DaysRefused(most)


def _ask(order: Order, kind: Extension.Kind, *, days: int, by: User, now: datetime, why: str) -> Extension:
    """The answer is due in 48 hours, and never after the deadline that would move."""
    ends = Clock.objects.get(order=order, kind=_MOVES[kind]).due_at
    answer_by = min(now + clocks.ANSWER_EXTENSION, ends)
    extension = Extension.objects.create(
        order=order, kind=kind, days=days, why=" ".join(why.split())[:200], asked_by=by, asked_at=now
    )
    setattr(order, _OVERLAY[kind], True)
    save(order, _OVERLAY[kind])
    clocks.start(order, _ANSWER[kind], due_at=answer_by)
    by_seller = kind == Extension.Kind.SHIP_TIME
    text = words.asked_timeline(extension, answer_by)
    note_order(order, at=now, kind=f"{kind}-asked", text=text, by=Actor.SELLER if by_seller else Actor.BUYER)
    tell = tell_buyer if by_seller else tell_seller
    tell(order, words.asked_sms(order, extension, answer_by), kind="extension", key=f"asked:{extension.pk}")
    return extension


def _answer(order: Order, kind: Extension.Kind, state: Extension.State, *, at: datetime, by: User | None) -> Extension:
    extension = Extension.objects.get(order=order, kind=kind, state=Extension.State.ASKED)
    deadline = Clock.objects.filter(order=order, kind=_MOVES[kind]).first()
    if deadline is None:  # a dispute holds it
        settle_asked(order, kind, at=at)
        extension.refresh_from_db()
        return extension
    extension.state, extension.answered_at, extension.answered_by = state, at, by
    extension.save(update_fields=["state", "answered_at", "answered_by"])
    setattr(order, _OVERLAY[kind], False)
    save(order, _OVERLAY[kind])
    clocks.stop(order, _ANSWER[kind])
    ends = _move(order, extension) if state == Extension.State.GRANTED else deadline.due_at
    answered_by_buyer = kind == Extension.Kind.SHIP_TIME
    actor = Actor.MARKET if by is None else Actor.BUYER if answered_by_buyer else Actor.SELLER
    note_order(order, at=at, kind=f"{kind}-{state}", text=words.answered_timeline(extension, ends), by=actor)
    tell = tell_seller if answered_by_buyer else tell_buyer
    tell(order, words.answered_sms(order, extension, ends), kind="extension", key=f"answered:{extension.pk}")
    return extension


def _move(order: Order, extension: Extension) -> datetime:
    """Move the deadline; with the one to ship, the promised day of arrival moves as well. When it now ends."""
    kind, more = _MOVES[Extension.Kind(extension.kind)], timedelta(days=extension.days)
    before = Clock.objects.get(order=order, kind=kind).due_at
    ends = before + more
    if extension.kind == Extension.Kind.SHIP_TIME:
        order.promised_until += more
        save(order, "promised_until")
    elif order.shipped_at is not None:
        ends = max(before, min(ends, order.shipped_at + PROTECTED_AT_MOST))
    return clocks.start(order, kind, due_at=ends).due_at
