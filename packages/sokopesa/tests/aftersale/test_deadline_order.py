"""Deadlines that fell due while no worker ran, and the reminders before them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.aftersale import deadlines
from sokopesa.aftersale.reminding import remind_due
from sokopesa.notices.models import Notice
from sokopesa.orders import clocks
from sokopesa.orders.changing import locked
from sokopesa.orders.models import Clock, Order

pytestmark = pytest.mark.django_db
Case = Any
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("ship_after", "state"), [(2, "expired_approved"), (-2, "overtaken")])
def test_what_was_due_first_happens_first_however_late_the_worker_is(case: Case, ship_after: int, state: str) -> None:
    request = case.ask()
    Clock.objects.filter(kind="ship").update(due_at=request.answer_by + ship_after * HOUR)
    deadlines.apply_due(now=request.answer_by + timedelta(days=40))
    request.refresh_from_db()
    order = case.again()
    assert (request.state, order.state, order.refunded_cents) == (state, "cancelled", 135_000)
    assert order.refunds.get().cause == ("cancelled_order" if state == "expired_approved" else "unshipped")
    assert order.refunds.get().owed_at == request.answer_by + min(0, ship_after) * HOUR


def test_a_deadline_that_an_earlier_one_begins_is_carried_out_in_its_turn(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One deadline's end begins another that is due before those which were running already."""
    carried: list[tuple[str, str]] = []

    def carry(order: Order, clock: Clock) -> None:
        carried.append((clock.kind, f"{(clock.due_at - case.now) / HOUR:.0f}"))
        clocks.stop(order, Clock.Kind(clock.kind))
        if clock.kind == "send_back":
            clocks.start(order, Clock.Kind.TAKE_BACK, due_at=case.now + 2 * HOUR)

    for kind in ("send_back", "take_back", "rule"):
        monkeypatch.setitem(deadlines.CARRIED_OUT_BY, kind, carry)
    order = locked(case.order.pk)
    clocks.start(order, Clock.Kind.RULE, due_at=case.now + 3 * HOUR)
    clocks.start(order, Clock.Kind.SEND_BACK, due_at=case.now + HOUR)
    assert deadlines.apply_due(now=case.now + 9 * HOUR) == 3
    assert carried == [("send_back", "1"), ("take_back", "2"), ("rule", "3")]


def test_a_deadline_that_fails_holds_up_later_ones_of_its_order_alone(
    case: Case, market: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(order: Order, clock: Clock) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setitem(deadlines.CARRIED_OUT_BY, "send_back", fail)
    order, other = locked(case.order.pk), locked(market.paid_order().pk)
    for each in (order, other):
        clocks.start(each, Clock.Kind.DELIVER, due_at=case.now + 2 * HOUR)
    clocks.start(order, Clock.Kind.SEND_BACK, due_at=case.now + HOUR)
    deadlines.apply_due(now=case.now + 3 * HOUR)
    assert not order.events.filter(kind="promise-over").exists()
    assert other.events.filter(kind="promise-over").exists()


def reminders() -> list[tuple[str, str]]:
    return list(Notice.objects.filter(kind__startswith="remind-").order_by("id").values_list("to", "text"))


def test_reminders_come_48_24_and_2_hours_before_each_once(case: Case) -> None:
    due = case.now + timedelta(days=6)
    Clock.objects.filter(kind="ship").update(due_at=due)
    text = f"Until Sun 29 Nov 12:00: ship order {case.order.number}, or what is not shipped is cancelled and refunded."
    sent = []
    for hours in (49, 48, 47, 25, 24, 3, 2, 1, 0):
        remind_due(now=due - hours * HOUR)
        remind_due(now=due - hours * HOUR)
        sent.append(len(reminders()))
    assert sent == [0, 1, 1, 1, 2, 2, 3, 3, 3]
    assert set(reminders()) == {(case.seller.phone, text)}


def test_after_a_pause_only_the_last_reminder_is_sent(case: Case) -> None:
    due = case.now + timedelta(days=6)
    Clock.objects.filter(kind="ship").update(due_at=due)
    assert remind_due(now=due - HOUR) == 1
    assert len(reminders()) == 1
    assert remind_due(now=due - HOUR / 2) == 0


def test_what_has_only_begun_is_not_reminded_of(case: Case) -> None:
    Clock.objects.filter(kind="ship").update(due_at=case.now + 33 * HOUR)  # one business day to ship
    remind_due(now=case.now + HOUR)
    assert reminders() == []
    remind_due(now=case.now + 9 * HOUR)
    assert len(reminders()) == 1


def test_each_reminder_goes_to_whose_turn_it_is(case: Case) -> None:
    order = locked(case.order.pk)
    clocks.stop(order, Clock.Kind.SHIP)
    due = case.now + 20 * HOUR
    for kind in (Clock.Kind.PROTECTION, Clock.Kind.ANSWER_OFFER, Clock.Kind.RULE, Clock.Kind.DELIVER):
        clocks.start(order, kind, due_at=due)
    remind_due(now=case.now)
    told = reminders()
    assert sorted(to for to, _ in told) == sorted([case.buyer.phone, case.buyer.phone, case.seller.phone])
    assert sum(text.startswith("Until Tue 24 Nov 08:00: is something wrong") for _, text in told) == 1


def test_the_midnight_that_ends_a_day_is_called_that_days_end(case: Case) -> None:
    assert clocks.written(clocks.end_of(case.now.date())) == "the end of Mon 23 Nov"
    assert clocks.written(case.now) == "Mon 23 Nov at 12:00"


def test_reminding_costs_the_same_queries_for_many(market: Any, django_assert_max_num_queries: Any) -> None:
    from sokopesa.people.sellers import add_member

    for number in range(5):
        order = market.paid_order()
        add_member(seller=order.seller, phone=f"25471160000{number}")
    due = market.now + timedelta(days=4)
    Clock.objects.update(due_at=due)
    with django_assert_max_num_queries(13):
        assert remind_due(now=due - HOUR) == 5
    assert len(reminders()) == 5
