"""Cancelling what is paid: who may, what comes back, and what silence means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.aftersale import cancelling, deadlines
from sokopesa.aftersale.errors import (
    NothingChosen,
    NotYours,
    PiecesNotThere,
    ReasonMissing,
    WordsMissing,
    WordsTooLong,
)
from sokopesa.aftersale.models import CancelLine, CancelRequest
from sokopesa.aftersale.reasons import FAULT, Reason
from sokopesa.catalog.models import Offer
from sokopesa.ledger.accounts import escrow, refunds
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders import clocks
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Case = Any
HOURS = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _books_stay_true(db: None) -> Iterator[None]:
    yield
    assert discrepancies() == []
    for order in Order.objects.filter(state__in=[*Order.PAID, "cancelled"]):
        held, owed = (
            -balance_cents(escrow(order.pk)),
            -sum(balance_cents(refunds(one.pk)) for one in order.refunds.all()),
        )
        assert (held + owed, owed) == (order.total_cents, order.refunded_cents)


def kinds(order: Order) -> list[str]:
    return [clock.kind for clock in clocks.of([order]).get(order.pk, [])]


def test_asking_starts_the_sellers_72_hours_and_tells_the_seller(case: Case) -> None:
    request = case.ask()
    order = case.again()
    assert order.cancel_asked
    assert request.answer_by == case.now + 72 * HOURS
    clock = Clock.objects.get(order=order, kind="answer_cancel")
    assert (clock.owner, clock.due_at, clock.subject) == ("seller", request.answer_by, request.pk)
    told = Notice.objects.get(kind="cancel-asked")
    assert told.to == case.seller.phone
    assert told.text == (
        f"Order {order.number}: the buyer asks to cancel. Please answer by Thu 26 Nov 12:00; "
        "without an answer it is cancelled and refunded."
    )
    event = order.events.get(kind="cancel-asked")
    assert (event.by, event.text) == ("buyer", "The buyer asked to cancel the whole order. Reason: I changed my mind.")
    assert {asked.line_id: asked.quantity for asked in request.lines.all()} == {
        line.pk: line.quantity for line in case.lines
    }


def test_approved_the_order_is_over_and_all_the_money_with_the_shipping_goes_back(case: Case) -> None:
    stocks = {offer.pk: offer.stock for offer in Offer.objects.all()}
    request = case.ask()
    later = case.now + 5 * HOURS
    answered = cancelling.approve(request, by=case.seller, now=later)
    order = case.again()
    assert (answered.state, answered.answered_by, answered.answered_at) == ("approved", case.seller, later)
    assert (order.state, order.cancel_asked, order.refunded_cents) == ("cancelled", False, 135_000)
    refund = Refund.objects.get()
    assert (refund.cause, refund.amount_cents, refund.order) == ("cancelled_order", 135_000, order)
    assert (refund.promised_from, refund.promised_until) == (date(2026, 11, 26), date(2026, 12, 21))
    assert kinds(order) == []
    for line in case.lines:
        assert Offer.objects.get(pk=line.offer_id).stock == stocks[line.offer_id] + line.quantity
        assert line.open_quantity == 0
    assert [(event.kind, event.by) for event in order.events.all()] == [
        ("cancel-asked", "buyer"), ("cancel-approved", "seller"), ("refund-owed", "")
    ]  # fmt: skip
    assert "was cancelled" in Notice.objects.get(kind="refund").text


def test_some_pieces_are_cancelled_by_themselves_and_the_rest_is_still_shipped(case: Case) -> None:
    line = case.lines[0]
    request = case.ask(quantities={line.pk: 2, case.lines[1].pk: 0})
    cancelling.approve(request, by=case.seller, now=case.now)
    order = case.again()
    assert (order.state, order.refunded_cents) == ("awaiting_shipment", 80_000)
    assert [each.cancelled_quantity for each in case.lines] == [2, 0]
    assert kinds(order) == ["ship"]
    assert order.events.get(kind="cancel-asked").text.startswith("The buyer asked to cancel 2 of 4 pieces.")

    cancelling.approve(case.ask(reason="found_cheaper"), by=case.seller, now=case.now)
    order = case.again()
    assert (order.state, order.refunded_cents) == ("cancelled", 135_000)
    assert [refund.amount_cents for refund in Refund.objects.order_by("id")] == [80_000, 55_000]


def test_what_is_left_when_a_part_is_shipped_leaves_the_order_shipped(case: Case) -> None:
    case.send({case.lines[0].pk: 3})
    assert case.again().state == "partly_shipped"
    request = case.ask()
    assert [asked.line_id for asked in request.lines.all()] == [case.lines[1].pk]
    cancelling.approve(request, by=case.seller, now=case.now + HOURS)
    order = case.again()
    assert (order.state, order.refunded_cents, order.shipped_at) == ("shipped", 5_000, case.now + HOURS)
    assert kinds(order) == ["deliver", "protection"]
    promise_ends = clocks.end_of(order.promised_until)
    assert Clock.objects.get(kind="deliver").due_at == promise_ends
    assert Clock.objects.get(kind="protection").due_at == promise_ends + timedelta(days=15)


def test_refused_with_words_the_order_goes_on_and_the_buyer_may_ask_again(case: Case) -> None:
    request = case.ask()
    with pytest.raises(WordsMissing, match="Say why not"):
        cancelling.refuse(request, words="  ", by=case.seller, now=case.now)
    cancelling.refuse(request, words="It is packed already.", by=case.seller, now=case.now)
    order = case.again()
    assert (order.state, order.cancel_asked, order.refunded_cents) == ("awaiting_shipment", False, 0)
    assert kinds(order) == ["ship"]
    told = Notice.objects.get(to=case.buyer.phone, kind="cancel-refused").text
    assert told.startswith(f"The seller did not agree to cancel order {order.number}.")
    with pytest.raises(NotNow, match="no request to cancel that waits"):
        cancelling.approve(request, by=case.seller, now=case.now)
    assert case.ask() != request


def test_the_buyer_may_think_better_of_it(case: Case) -> None:
    request = case.ask()
    for _ in range(2):
        assert cancelling.withdraw(request, by=case.buyer, now=case.now).state == "withdrawn"
    order = case.again()
    assert (order.state, order.cancel_asked, kinds(order)) == ("awaiting_shipment", False, ["ship"])
    assert Notice.objects.get(text__contains="no longer asks").text == (
        f"Order {order.number}: the buyer no longer asks to cancel. Please ship it by Thu 26 Nov 24:00."
    )


def test_silence_approves_as_of_the_deadline_however_late_the_worker_is(case: Case) -> None:
    Clock.objects.filter(kind="ship").update(due_at=case.now + timedelta(days=9))
    request = case.ask()
    assert deadlines.apply_due(now=request.answer_by - timedelta(seconds=1)) == 0
    with pytest.raises(TooLate):
        cancelling.approve(request, by=case.seller, now=request.answer_by)
    with pytest.raises(TooLate):
        cancelling.withdraw(request, by=case.buyer, now=request.answer_by)
    deadlines.apply_due(now=request.answer_by + timedelta(days=6))
    order = case.again()
    request.refresh_from_db()
    assert (request.state, request.answered_at, request.answered_by) == ("expired_approved", request.answer_by, None)
    assert (order.state, order.refunded_cents) == ("cancelled", 135_000)
    refund = Refund.objects.get()
    assert refund.owed_at == request.answer_by
    assert refund.promised_from == date(2026, 12, 1)
    assert {event.at for event in order.events.exclude(kind="cancel-asked")} == {request.answer_by}
    assert Notice.objects.filter(to=case.seller.phone, text__contains="you did not answer").count() == 1
    assert set(Notice.objects.filter(to=case.buyer.phone).values_list("kind", flat=True)) <= {"payment", "refund"}


def test_what_is_not_shipped_in_time_is_cancelled_with_a_request_that_waits(case: Case) -> None:
    case.send({case.lines[0].pk: 1})
    due = Clock.objects.get(kind="ship").due_at
    request = case.ask(now=due - HOURS)
    deadlines.apply_due(now=due + timedelta(days=1))
    order = case.again()
    request.refresh_from_db()
    assert (request.state, request.answered_at) == ("overtaken", due)
    assert (order.state, order.refunded_cents, order.shipped_at) == ("shipped", 85_000, due)
    refund = Refund.objects.get()
    assert (refund.cause, refund.owed_at) == ("unshipped", due)
    assert order.events.get(kind="unshipped").at == due
    assert not order.events.filter(kind="cancel-overtaken").exists()


def test_nothing_shipped_in_time_is_cancelled_as_a_whole(case: Case) -> None:
    due = Clock.objects.get(kind="ship").due_at
    assert deadlines.apply_for(case.order.pk, now=due) == 1
    order = case.again()
    assert (order.state, order.refunded_cents, kinds(order)) == ("cancelled", 135_000, [])
    assert "was not shipped in time" in Notice.objects.get(kind="refund").text
    told = Notice.objects.get(kind="sale-not-shipped")
    assert (told.to, "Do not ship it now" in told.text) == (case.seller.phone, True)
    assert not Notice.objects.filter(kind="order-not-shipped").exists()  # the one about the money says it


def test_shipping_overtakes_a_request_for_what_was_shipped(case: Case) -> None:
    request = case.ask(quantities={case.lines[0].pk: 2})
    case.send({case.lines[0].pk: 1})
    request.refresh_from_db()
    assert request.state == "pending"
    case.send({case.lines[0].pk: 1})
    cancelling.approve(request, by=case.seller, now=case.now)  # of the two only one is left
    assert [line.cancelled_quantity for line in (case.again(), case.lines)[1]] == [1, 0]
    other = case.ask()
    case.send()
    other.refresh_from_db()
    order = case.again()
    assert (other.state, order.state, order.cancel_asked) == ("overtaken", "shipped", False)
    assert Notice.objects.filter(to=case.buyer.phone, text__contains="shipped before the seller answered").count() == 1
    with pytest.raises(NotNow, match="Open Dispute, then Return Goods"):
        case.ask()


def test_thirty_days_late_needs_nobodys_consent(case: Case) -> None:
    case.send({case.lines[0].pk: 1})
    order = case.again()
    late = clocks.end_of(order.promised_until) + timedelta(days=30)
    Clock.objects.update(due_at=late + timedelta(days=9))
    assert not cancelling.is_overdue(order, now=late - timedelta(seconds=1))
    request = case.ask(now=late, reason="delivery_too_long")
    request.refresh_from_db()
    order = case.again()
    assert (request.state, request.answered_by) == ("overdue", None)
    assert (order.state, order.refunded_cents) == ("shipped", 85_000)
    told = Notice.objects.get(kind__startswith="cancel")
    assert (told.to, "over 30 days late" in told.text) == (case.seller.phone, True)


@pytest.mark.parametrize(
    ("asked", "refusal", "words"),
    [
        ({"reason": ""}, ReasonMissing, "Choose the reason"),
        ({"reason": "because"}, ReasonMissing, "Choose the reason"),
        ({"reason": "other", "words": " \n"}, WordsMissing, "in a few words"),
        ({"words": "x" * 501}, WordsTooLong, "at most 500"),
        ({"quantities": {}}, NothingChosen, "at least one"),
        ({"quantities": {0: 1}}, PiecesNotThere, "not in this order"),
    ],
)
def test_what_will_not_do_is_refused_in_words(case: Case, asked: dict[str, Any], refusal: Any, words: str) -> None:
    with pytest.raises(refusal, match=words):
        case.ask(**asked)
    assert not CancelRequest.objects.exists()


def test_no_more_pieces_than_are_left(case: Case) -> None:
    line = case.lines[0]
    with pytest.raises(PiecesNotThere, match="Only 3 of “Steel kettle"):
        case.ask(quantities={line.pk: 4})
    with pytest.raises(PiecesNotThere):
        case.ask(quantities={line.pk: -1})
    case.send({line.pk: 3})
    with pytest.raises(PiecesNotThere, match="shipped or cancelled already"):
        case.ask(quantities={line.pk: 1})


def test_only_the_buyer_asks_and_only_the_seller_answers(case: Case) -> None:
    stranger = case.market.buyer()
    for person in (case.seller, stranger):
        with pytest.raises(NotYours):
            case.ask(by=person)
    request = case.ask()
    for person in (case.buyer, stranger):
        with pytest.raises(NotYours):
            cancelling.approve(request, by=person, now=case.now)
        with pytest.raises(NotYours):
            cancelling.refuse(request, words="no", by=person, now=case.now)
    with pytest.raises(NotYours):
        cancelling.withdraw(request, by=case.seller, now=case.now)
    assert CancelRequest.objects.get().state == "pending"


def test_another_request_waits_its_turn(case: Case) -> None:
    case.ask()
    with pytest.raises(NotNow, match="You have asked to cancel already"):
        case.ask(reason="found_cheaper")
    assert CancelRequest.objects.count() == 1


def test_every_reason_lies_on_one_side() -> None:
    assert set(FAULT) == set(Reason.values)
    assert FAULT["other"] == "buyer"
    assert [reason for reason in Reason.values if FAULT[reason] == "seller"] == [
        "seller_out_of_stock", "seller_price_change", "seller_cannot_ship", "seller_asked", "seller_no_reply",
    ]  # fmt: skip


def refused_by_the_database(change: Any, match: str) -> None:
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        change()


def test_the_database_keeps_what_was_asked_and_answered(case: Case) -> None:
    request = case.ask(quantities={case.lines[0].pk: 1})
    mine = CancelRequest.objects.filter(pk=request.pk)
    refused_by_the_database(lambda: mine.update(reason="found_cheaper"), "not changed")
    refused_by_the_database(lambda: mine.update(answer_by=case.now + 9 * HOURS), "not changed")
    refused_by_the_database(lambda: mine.update(state="approved"), "cancel_request_is_answered")
    refused_by_the_database(lambda: mine._raw_delete(mine.db), "never deleted")
    lines = CancelLine.objects.filter(request=request)
    refused_by_the_database(lambda: lines.update(quantity=2), "not changed")
    refused_by_the_database(lambda: lines._raw_delete(lines.db), "not changed")
    refused_by_the_database(
        lambda: CancelLine.objects.create(request=request, line=case.lines[1], quantity=2), "fewer pieces"
    )
    facts = {"order": case.order, "asked_by": case.buyer, "reason": "changed_mind", "asked_at": case.now}
    until = case.now + HOURS
    refused_by_the_database(lambda: CancelRequest.objects.create(**facts, answer_by=until), "one_pending")
    cancelling.withdraw(request, by=case.buyer, now=case.now)
    refused_by_the_database(lambda: mine.update(state="pending", answered_at=None), "answered already")
    refused_by_the_database(lambda: CancelRequest.objects.create(**facts, answer_by=case.now), "has_time")
    refused_by_the_database(
        lambda: CancelRequest.objects.create(
            **facts, answer_by=until, state="approved", answered_at=case.now, answered_by=case.seller
        ),
        "begins as pending",
    )


@pytest.mark.parametrize("state", CancelRequest.State)
def test_the_moves_of_a_request_are_the_models(case: Case, state: str) -> None:
    request = case.ask()
    if state == "pending":
        return
    assert state in CancelRequest.MOVES["pending"]
    by = case.seller if state in ("approved", "refused", "withdrawn") else None
    words = "Packed." if state == "refused" else ""
    mine = CancelRequest.objects.filter(pk=request.pk)
    mine.update(state=state, answered_at=case.now, answered_by=by, answer_words=words)
    assert CancelRequest.MOVES[state] == ()
    for other in CancelRequest.State:
        refused_by_the_database(lambda to=other: mine.update(state=to), "answered already")
