"""What becomes of an order after payment: moves that the database holds, deadlines, and who may do what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.notices.models import Notice
from sokopesa.orders import clocks
from sokopesa.orders.actions import mark_paid
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.life import Action, Actor, Overlay, allowed, require
from sokopesa.orders.models import Clock, NewlyPaid, Order
from sokopesa.orders.opening import open_paid
from sokopesa.people.models import Seller
from sokopesa.people.sellers import add_member

pytestmark = pytest.mark.django_db
Market = Any

MOMENTS = {"shipped_at", "delivered_at", "completed_at"}


def put(order: Order, state: str, now: datetime) -> None:
    """Into a state, with what belongs to it."""
    moments = dict.fromkeys(MOMENTS, now if state in ("shipped", "delivered", "completed") else None)
    refunded = order.total_cents if state == "refunded" else 0
    Order.objects.filter(pk=order.pk).update(state=state, refunded_cents=refunded, **moments)


@pytest.mark.parametrize("before", Order.State)
@pytest.mark.parametrize("after", Order.State)
def test_the_database_holds_the_table_of_moves(market: Market, before: Order.State, after: Order.State) -> None:
    order = market.purchase().orders.get()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # guards look away
        put(order, before, market.now)
        cursor.execute("SET LOCAL session_replication_role = origin")
    if before == after or after in Order.MOVES[before]:
        put(order, after, market.now)
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            put(order, after, market.now)


def test_what_was_given_back_never_exceeds_what_was_paid_nor_shrinks(market: Market) -> None:
    order = market.paid_order(total_cents=100_000)
    mine = Order.objects.filter(pk=order.pk)
    with pytest.raises(IntegrityError, match="order_refunded_within_total"), transaction.atomic():
        mine.update(refunded_cents=100_100)
    mine.update(refunded_cents=60_000)
    with pytest.raises(IntegrityError, match="grows only"), transaction.atomic():
        mine.update(refunded_cents=50_000)


def test_no_deadline_is_of_another_shop_or_of_no_order(market: Market) -> None:
    order = market.paid_order(total_cents=100_000)
    another = Seller.objects.create(name="Another shop", joined_on=market.now.date())
    for order_id, seller_id in ((order.pk, another.pk), (order.pk + 1_000, order.seller_id)):
        of_nobody = Clock(
            order_id=order_id, seller_id=seller_id, kind=Clock.Kind.RULE, owner=Clock.Owner.MARKET, due_at=market.now
        )
        with pytest.raises(IntegrityError, match="belongs to an order and its shop"), transaction.atomic():
            of_nobody.save()


def test_payment_starts_the_sellers_deadline_and_tells_the_seller_once(market: Market) -> None:
    purchase = market.purchase()
    order = purchase.orders.get()
    add_member(seller=order.seller, phone="254711000001")
    market.pay(purchase, at=datetime(2026, 11, 27, 14, 0, tzinfo=UTC))  # Friday; three business days end on Wednesday
    clock = Clock.objects.get(order=order)
    assert (clock.kind, clock.owner, clock.seller) == ("ship", "seller", order.seller)
    assert clock.due_at == datetime(2026, 12, 2, 21, 0, tzinfo=UTC)
    told = Notice.objects.get(kind="order-to-ship")
    assert told.to == "254711000001"
    assert told.text == (
        f"New order {order.number}. It is paid. Ship it by Wed 2 Dec 24:00; after that it is cancelled and refunded."
    )
    assert open_paid() == 0


def test_what_is_paid_waits_for_its_deadline_in_a_queue_that_the_database_keeps(market: Market) -> None:
    purchase = market.purchase()
    assert not NewlyPaid.objects.exists()
    mark_paid({purchase.pk: market.now}, words={purchase.pk: "Paid."})
    assert list(NewlyPaid.objects.values_list("purchase_id", flat=True)) == [purchase.pk]
    assert open_paid() == 1
    assert not NewlyPaid.objects.exists()


def test_starting_deadlines_costs_the_same_queries_for_many(market: Market, django_assert_max_num_queries: Any) -> None:
    purchases = [market.purchase() for _ in range(6)]
    mark_paid({each.pk: market.now for each in purchases}, words={each.pk: "Paid." for each in purchases})
    with django_assert_max_num_queries(8):
        assert open_paid() == 6
    assert Clock.objects.count() == 6


def test_what_buyer_and_seller_may_do_follows_from_the_table(market: Market) -> None:
    order = market.paid_order()
    assert allowed(order, Actor.BUYER) == (Action.ASK_CANCEL,)
    assert allowed(order, Actor.SELLER) == (Action.SHIP, Action.ASK_SHIP_TIME)
    order.cancel_asked = True
    assert allowed(order, Actor.BUYER) == (Action.WITHDRAW_CANCEL,)
    assert Action.APPROVE_CANCEL in allowed(order, Actor.SELLER)


@pytest.mark.parametrize("state", [*Order.PAID])
def test_every_living_order_leaves_a_move_to_somebody(market: Market, state: str) -> None:
    order = market.paid_order()
    order.state = state
    for pending in ([], *[[overlay] for overlay in Overlay]):
        for overlay in Overlay:
            setattr(order, overlay.value, overlay in pending)
        assert allowed(order, Actor.BUYER) or allowed(order, Actor.SELLER)


def test_a_refusal_names_the_right_way(market: Market) -> None:
    order = market.paid_order()
    put(order, "shipped", market.now)
    order.refresh_from_db()
    with pytest.raises(NotNow, match="Open Dispute, then Return Goods"):
        require(order, Action.ASK_CANCEL, now=market.now)


def test_a_deadline_that_has_passed_comes_first(market: Market) -> None:
    order = market.paid_order()
    due = Clock.objects.get(order=order).due_at
    require(order, Action.SHIP, now=due - timedelta(seconds=1))
    with pytest.raises(TooLate, match="The time for this ended on Fri 27 Nov at 00:00"):
        require(order, Action.SHIP, now=due)
    require(order, Action.CANCEL_UNSHIPPED, now=due)


def test_a_deadline_that_is_moved_begins_its_reminders_anew(market: Market) -> None:
    order = market.paid_order()
    Clock.objects.filter(order=order).update(reminded=2)
    moved = clocks.start(order, Clock.Kind.SHIP, due_at=market.now + timedelta(days=9))
    assert (moved.reminded, Clock.objects.filter(order=order).count()) == (0, 1)
    clocks.start(order, Clock.Kind.ANSWER_DISPUTE, due_at=market.now, subject=7)
    clocks.start(order, Clock.Kind.ANSWER_DISPUTE, due_at=market.now, subject=8)
    clocks.stop(order, Clock.Kind.ANSWER_DISPUTE, subject=7)
    assert [(each.kind, each.subject) for each in clocks.of([order])[order.pk]] == [("answer_dispute", 8), ("ship", 0)]
