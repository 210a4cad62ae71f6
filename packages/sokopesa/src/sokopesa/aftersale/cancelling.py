"""Cancelling an order that is paid: the buyer asks, the seller answers, and silence approves. What was not shipped in
time is cancelled by itself.

Every verb locks the order first, so of two that come together the first wins, and the second finds what it made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from sokopesa.aftersale import words as timeline
from sokopesa.aftersale.errors import (
    NothingChosen,
    NotYours,
    PiecesNotThere,
    ReasonMissing,
    WordsMissing,
    WordsTooLong,
)
from sokopesa.aftersale.giving_back import end_if_all_is_back, give_back, left_cents
from sokopesa.aftersale.models import WORDS, CancelLine, CancelRequest
from sokopesa.aftersale.reasons import NEEDS_WORDS, Reason
from sokopesa.catalog import stock
from sokopesa.notices.events import Event
from sokopesa.notices.words import (
    CANCEL_APPROVED,
    CANCEL_ASKED,
    CANCEL_EXPIRED,
    CANCEL_EXPIRED_ON_SELLER,
    CANCEL_OVERDUE,
    CANCEL_OVERTAKEN,
    CANCEL_REFUSED,
    CANCEL_WITHDRAWN,
    ORDER_NOT_SHIPPED,
    SALE_NOT_SHIPPED,
)
from sokopesa.orders import clocks
from sokopesa.orders.changing import locked, note_order, save
from sokopesa.orders.errors import NotNow
from sokopesa.orders.life import Action, require
from sokopesa.orders.models import Clock, Order, OrderLine
from sokopesa.orders.opening import ship_by
from sokopesa.orders.pieces import follow, lines_of
from sokopesa.orders.telling import tell_buyer, tell_seller
from sokopesa.people.models import User
from sokopesa.people.sellers import acts_for
from sokopesa.refunds.models import Refund

State = CancelRequest.State

OVERDUE = timedelta(days=30)
"""So late after the promised day the buyer cancels without asking anybody (Consumer Protection Act, section 21)."""


def is_overdue(order: Order, *, now: datetime) -> bool:
    """Whether delivery is so late that cancelling needs nobody's consent."""
    return now >= clocks.end_of(order.promised_until) + OVERDUE


@transaction.atomic
def ask(
    order: Order,
    *,
    reason: str,
    by: User,
    now: datetime,
    words: str = "",
    quantities: Mapping[int, int] | None = None,
) -> CancelRequest:
    """Ask to cancel so many pieces of each line (by id), or all that are still to be shipped.

    The same request made twice, in two tabs for instance, is one request. If delivery is over 30 days late the pieces
    are cancelled at once.

    Raises:
        NotYours: ``by`` is not the buyer.
        ReasonMissing, WordsMissing, WordsTooLong: the reason, or what is said about it, will not do.
        NothingChosen, PiecesNotThere: the pieces will not do.
        sokopesa.orders.errors.NotNow: shipped, over, or asked already; the words name the way on.
        sokopesa.orders.errors.TooLate: a deadline has passed.
    """
    order = locked(order.pk)
    if order.purchase.buyer_id != by.pk:
        raise NotYours
    words = _checked(reason, words.strip())
    lines = lines_of(order)
    pending = pending_of(order)
    if pending and _is_same(pending, reason, words, _all_open(lines) if quantities is None else quantities):
        return pending
    require(order, Action.ASK_CANCEL, now=now)
    pieces = _chosen(lines, quantities)
    request = CancelRequest.objects.create(
        order=order, asked_by=by, reason=reason, words=words, asked_at=now, answer_by=now + clocks.ANSWER_CANCEL
    )
    CancelLine.objects.bulk_create(
        [CancelLine(request=request, line_id=line_id, quantity=quantity) for line_id, quantity in pieces.items()]
    )
    order.cancel_asked = True
    save(order, "cancel_asked")
    note_order(order, at=now, kind="cancel-asked", by="buyer", text=timeline.asked(request, lines, pieces))
    if is_overdue(order, now=now):
        _grant(order, request, State.OVERDUE, by=None, now=now)
    else:
        clocks.start(order, Clock.Kind.ANSWER_CANCEL, due_at=request.answer_by, subject=request.pk)
        tell_seller(order, CANCEL_ASKED, f"{request.pk}", now, until=request.answer_by)
    return request


@transaction.atomic
def approve(request: CancelRequest, *, by: User, now: datetime) -> CancelRequest:
    """The seller agrees: the pieces are cancelled, their money is owed back. Approved before, nothing more happens.

    Raises:
        NotYours: ``by`` does not act for the seller.
        sokopesa.orders.errors.NotNow: the request waits no longer.
        sokopesa.orders.errors.TooLate: a deadline has passed.
    """
    order, request = _for_seller(request, by)
    if request.state == State.APPROVED:
        return request
    _require(order, request, Action.APPROVE_CANCEL, now)
    return _grant(order, request, State.APPROVED, by=by, now=now)


@transaction.atomic
def refuse(request: CancelRequest, *, words: str, by: User, now: datetime) -> CancelRequest:
    """The seller does not agree, and says why: the order goes on. The buyer may ask again.

    Raises: as `approve`, and
        WordsMissing, WordsTooLong: the buyer is owed an explanation.
    """
    order, request = _for_seller(request, by)
    words = words.strip()
    if not words:
        raise WordsMissing("Say why not. The buyer reads it.")
    if len(words) > WORDS:
        raise WordsTooLong(WORDS)
    if request.state == State.REFUSED:
        return request
    _require(order, request, Action.REFUSE_CANCEL, now)
    _end(order, request, State.REFUSED, at=now, by=by, words=words)
    note_order(order, at=now, kind="cancel-refused", by="seller", text="The seller did not agree to cancel.")
    tell_buyer(order, CANCEL_REFUSED, f"{request.pk}", now)
    return request


@transaction.atomic
def withdraw(request: CancelRequest, *, by: User, now: datetime) -> CancelRequest:
    """The buyer wants the goods after all, before the seller has answered.

    Raises:
        NotYours: ``by`` is not the buyer.
        sokopesa.orders.errors.NotNow: the request waits no longer.
        sokopesa.orders.errors.TooLate: a deadline has passed.
    """
    order, request = _both(request)
    if order.purchase.buyer_id != by.pk:
        raise NotYours
    if request.state == State.WITHDRAWN:
        return request
    _require(order, request, Action.WITHDRAW_CANCEL, now)
    _end(order, request, State.WITHDRAWN, at=now, by=by)
    note_order(order, at=now, kind="cancel-withdrawn", by="buyer", text="The buyer keeps the order after all.")
    tell_seller(order, CANCEL_WITHDRAWN, f"{request.pk}", now, until=_ship_by(order))
    return request


@transaction.atomic
def approve_by_silence(order: Order, *, now: datetime) -> CancelRequest:
    """The seller of the order, which the caller has locked, has not answered: that counts as agreed."""
    require(order, Action.APPROVE_BY_SILENCE, now=now)
    request = pending_of(order)
    assert request is not None
    return _grant(order, request, State.EXPIRED_APPROVED, by=None, now=now)


@transaction.atomic
def cancel_unshipped(order: Order, *, now: datetime) -> Refund | None:
    """What is not shipped of the order, which the caller has locked, is cancelled and refunded, for its time is over. A
    request to cancel that still waits ends with it."""
    require(order, Action.CANCEL_UNSHIPPED, now=now)
    if request := pending_of(order):
        _end(order, request, State.OVERTAKEN, at=now)
    pieces = _all_open(lines_of(order))
    text = "The seller did not ship in time, so what was not shipped is cancelled."
    note_order(order, at=now, kind="unshipped", by="market", text=text)
    tell_seller(order, SALE_NOT_SHIPPED, f"{order.pk}", now, until=now)
    refund = _cancel(order, pieces, cause=Refund.Cause.UNSHIPPED, key=f"unshipped:{order.pk}", now=now)
    _tell_back(order, ORDER_NOT_SHIPPED, f"{order.pk}", refund, now)
    return refund


def overtake(order: Order, at: datetime) -> None:
    """Pieces of the order were shipped or cancelled. A request that has nothing left to cancel ends by itself."""
    request = pending_of(order)
    if request is None:
        return
    open_pieces = {line.pk for line in lines_of(order) if line.open_quantity}
    if any(asked.line_id in open_pieces for asked in request.lines.all()):
        return
    _end(order, request, State.OVERTAKEN, at=at)
    text = "The goods were shipped before the seller answered, so they can no longer be cancelled."
    note_order(order, at=at, kind="cancel-overtaken", by="market", text=text)
    tell_buyer(order, CANCEL_OVERTAKEN, f"{request.pk}", at)


def pending_of(order: Order) -> CancelRequest | None:
    """The order's request that waits for an answer."""
    if not order.cancel_asked:
        return None
    request = CancelRequest.objects.filter(order=order, state=State.PENDING).first()
    if request is not None:
        request.order = order
    return request


def refundable_cents(order: Order, lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> int:
    """What comes back if these pieces are cancelled: their price, and the shipping too if nothing will be shipped."""
    goods = sum(line.unit_cents * pieces.get(line.pk, 0) for line in lines)
    nothing_is_sent = all(line.cancelled_quantity + pieces.get(line.pk, 0) == line.quantity for line in lines)
    # A dispute about what was shipped may have given back part of it already.
    return min(goods + (order.shipping_cents if nothing_is_sent else 0), left_cents(order))


def _grant(
    order: Order, request: CancelRequest, state: CancelRequest.State, *, by: User | None, now: datetime
) -> CancelRequest:
    pieces = {asked.line_id: asked.quantity for asked in request.lines.all()}
    _end(order, request, state, at=now, by=by)
    actor = "seller" if state == State.APPROVED else "market"
    note_order(order, at=now, kind="cancel-approved", by=actor, text=timeline.GRANTED[state])
    refund = _cancel(order, pieces, cause=Refund.Cause.CANCELLED_ORDER, key=f"cancel:{request.pk}", now=now)
    match state:
        case State.APPROVED:
            _tell_back(order, CANCEL_APPROVED, f"{request.pk}", refund, now)
        case State.EXPIRED_APPROVED:
            _tell_back(order, CANCEL_EXPIRED, f"{request.pk}", refund, now)
            tell_seller(order, CANCEL_EXPIRED_ON_SELLER, f"{request.pk}", now, until=request.answer_by)
        case _:
            tell_seller(order, CANCEL_OVERDUE, f"{request.pk}", now)
    return request


def _cancel(order: Order, pieces: Mapping[int, int], *, cause: Refund.Cause, key: str, now: datetime) -> Refund | None:
    """These pieces, as far as they are still open, go back to the shelf, and their money to the buyer."""
    lines = lines_of(order)
    going = {line.pk: min(pieces.get(line.pk, 0), line.open_quantity) for line in lines}
    cents = refundable_cents(order, lines, going)
    for line in lines:
        if going[line.pk]:
            line.cancelled_quantity += going[line.pk]
            line.save(update_fields=["cancelled_quantity"])
    stock.release_all({line.offer_id: going[line.pk] for line in lines if going[line.pk]})
    follow(order, at=now)
    refund = give_back(order, cents=cents, cause=cause, key=key, now=now) if cents else None
    end_if_all_is_back(order)  # a dispute may have given back what was shipped
    return refund


def _tell_back(order: Order, event: Event, key: str, refund: Refund | None, now: datetime) -> None:
    """The buyer, who has the SMS about the money already, if there is any."""
    tell_buyer(order, event, key, now, by_sms=refund is None, amount=refund.amount_cents if refund else 0)


def _ship_by(order: Order) -> datetime:
    clock = Clock.objects.filter(order=order, kind=Clock.Kind.SHIP).first()
    return clock.due_at if clock else ship_by(order)


def _end(
    order: Order,
    request: CancelRequest,
    state: CancelRequest.State,
    *,
    at: datetime,
    by: User | None = None,
    words: str = "",
) -> None:
    request.state, request.answered_at, request.answered_by, request.answer_words = state, at, by, words
    request.save(update_fields=["state", "answered_at", "answered_by", "answer_words"])
    order.cancel_asked = False
    save(order, "cancel_asked")
    clocks.stop(order, Clock.Kind.ANSWER_CANCEL)


def _both(request: CancelRequest) -> tuple[Order, CancelRequest]:
    """The order, locked, and the request as it stands since."""
    order = locked(request.order_id)
    request = CancelRequest.objects.get(pk=request.pk)
    request.order = order
    return order, request


def _for_seller(request: CancelRequest, by: User) -> tuple[Order, CancelRequest]:
    order, request = _both(request)
    if not acts_for(by, order.seller_id):
        raise NotYours
    return order, request


def _require(order: Order, request: CancelRequest, action: Action, now: datetime) -> None:
    if request.state != State.PENDING:
        raise NotNow(action.value, order)
    require(order, action, now=now)


def _checked(reason: str, words: str) -> str:
    if reason not in Reason.values:
        raise ReasonMissing
    if reason in NEEDS_WORDS and not words:
        raise WordsMissing
    if len(words) > WORDS:
        raise WordsTooLong(WORDS)
    return words


def _chosen(lines: Sequence[OrderLine], quantities: Mapping[int, int] | None) -> dict[int, int]:
    if quantities is None:
        return _all_open(lines)
    known = {line.pk: line for line in lines}
    for line_id, quantity in quantities.items():
        if line_id not in known or quantity < 0:
            raise PiecesNotThere
        line = known[line_id]
        if quantity > line.open_quantity:
            raise PiecesNotThere(line.snapshot["title"], line.open_quantity)
    chosen = {line_id: quantity for line_id, quantity in quantities.items() if quantity}
    if not chosen:
        raise NothingChosen
    return chosen


def _all_open(lines: Sequence[OrderLine]) -> dict[int, int]:
    return {line.pk: line.open_quantity for line in lines if line.open_quantity}


def _is_same(request: CancelRequest, reason: str, words: str, quantities: Mapping[int, int]) -> bool:
    asked = {each.line_id: each.quantity for each in request.lines.all()}
    wanted = {line_id: count for line_id, count in quantities.items() if count}
    return (request.reason, request.words, asked) == (reason, words, wanted)
