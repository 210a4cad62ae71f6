"""Confirming, accepting, silence: who is paid what and when, to the cent, and as of which moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.giving_back import give_back
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import COMMISSION, escrow, seller
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders.changing import locked
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.models import Refund
from sokopesa.shipping.completing import complete, shares_of
from sokopesa.shipping.extending import ask_protection
from sokopesa.shipping.models import Extension
from sokopesa.shipping.receiving import accept, confirm

pytestmark = pytest.mark.django_db
Trade = Any

THURSDAY_ENDS = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def balances(trade: Trade) -> tuple[int, int, int]:
    """Held for the order, earned by the seller, kept by the market."""
    order = trade.order
    return -balance_cents(escrow(order.pk)), -balance_cents(seller(order.seller_id)), -balance_cents(COMMISSION)


def test_confirming_starts_the_days_to_look_at_the_goods(trade: Trade) -> None:
    trade.ship()
    confirm(trade.order, by=trade.buyer, now=trade.now + 2 * DAY)
    assert trade.state() == "delivered"
    assert trade.order.delivered_at == trade.now + 2 * DAY
    assert trade.due() == {"protection": trade.now + 17 * DAY}
    assert balances(trade) == (365_000, 0, 0)
    with pytest.raises(NotNow, match="marked as delivered already"):
        confirm(trade.order, by=trade.buyer, now=trade.now + 2 * DAY)


def test_confirming_late_does_not_make_the_protection_longer(trade: Trade) -> None:
    trade.ship()
    confirm(trade.order, by=trade.buyer, now=THURSDAY_ENDS + 10 * DAY)
    assert trade.due() == {"protection": THURSDAY_ENDS + 15 * DAY}


def test_what_is_not_on_its_way_is_not_confirmed(trade: Trade) -> None:
    for verb in (confirm, accept):
        with pytest.raises(NotNow, match="has not shipped this order yet"):
            verb(trade.order, by=trade.buyer, now=trade.now)
    trade.ship(1)
    with pytest.raises(NotNow, match="is partly shipped"):
        confirm(trade.order, by=trade.buyer, now=trade.now)


@pytest.mark.parametrize("confirmed_before", [True, False])
def test_accepting_pays_the_seller_at_once(trade: Trade, confirmed_before: bool) -> None:
    trade.ship()
    at = trade.now + 3 * DAY
    if confirmed_before:
        confirm(trade.order, by=trade.buyer, now=trade.now + DAY)
    accept(trade.order, by=trade.buyer, now=at)
    assert trade.state() == "completed"
    assert (trade.order.completed_at, trade.due()) == (at, {})
    assert trade.order.delivered_at == (trade.now + DAY if confirmed_before else at)
    assert balances(trade) == (0, 346_750, 18_250)
    entry = Entry.objects.get(key=f"completed:{trade.order.pk}")
    assert entry.happened_at == at
    assert discrepancies() == []
    with pytest.raises(NotNow, match="the seller is paid"):
        accept(trade.order, by=trade.buyer, now=at)
    assert Notice.objects.filter(to=trade.seller.phone, text__contains="KES 3,467.50 is on your account").count() == 1


def test_silence_completes_as_of_the_deadline_however_late_the_worker_is(trade: Trade) -> None:
    trade.ship()
    ends = THURSDAY_ENDS + 15 * DAY
    assert apply_due(now=ends - timedelta(seconds=1)) == 1  # the promised time is over
    assert trade.state() == "shipped"
    assert apply_due(now=ends + 4 * DAY) == 1
    assert trade.state() == "completed"
    assert trade.order.completed_at == ends
    assert trade.timeline()[-2:] == [("promise-over", THURSDAY_ENDS), ("completed", ends)]
    assert Entry.objects.get(key=f"completed:{trade.order.pk}").happened_at == ends
    assert trade.order.events.last().by == "market"
    assert apply_due(now=ends + 5 * DAY) == 0
    assert balances(trade) == (0, 346_750, 18_250)


def test_a_stopped_worker_changes_nothing_about_what_a_deadline_means(trade: Trade) -> None:
    """The protection ended an hour ago and nobody carried it out: the buyer's word comes too late all the same."""
    trade.ship()
    late = THURSDAY_ENDS + 15 * DAY + timedelta(hours=1)
    for verb in (confirm, accept):
        with pytest.raises(TooLate):
            verb(trade.order, by=trade.buyer, now=late)
    apply_due(now=late)
    assert (trade.state(), trade.order.completed_at) == ("completed", THURSDAY_ENDS + 15 * DAY)


def test_a_dispute_holds_the_money(trade: Trade) -> None:
    trade.ship()
    trade.order.refresh_from_db()
    trade.order.disputed = True
    trade.order.save(update_fields=["disputed"])
    apply_due(now=THURSDAY_ENDS + 40 * DAY)
    assert trade.state() == "shipped"
    assert balances(trade) == (365_000, 0, 0)
    for verb in (confirm, accept):
        with pytest.raises(NotNow):
            verb(trade.order, by=trade.buyer, now=trade.now + DAY)


def test_what_was_given_back_is_not_paid_to_the_seller(trade: Trade) -> None:
    trade.ship()
    with transaction.atomic():
        order = locked(trade.order.pk)
        give_back(order, cents=100_001, cause=Refund.Cause.DISPUTE, key="dispute:1", now=trade.now + DAY)
        complete(order, at=trade.now + 2 * DAY)
    assert balances(trade) == (0, 251_749, 13_250)
    assert trade.order.total_cents == 100_001 + 251_749 + 13_250


def test_an_order_is_completed_once_and_only_from_where_the_table_leads(trade: Trade) -> None:
    with pytest.raises(NotNow):
        complete(locked(trade.order.pk), at=trade.now)
    trade.ship()
    accept(trade.order, by=trade.buyer, now=trade.now)
    with pytest.raises(NotNow):
        complete(locked(trade.order.pk), at=trade.now + DAY)
    with pytest.raises(IntegrityError, match="cannot become"), transaction.atomic():
        Order.objects.update(state="delivered")
    assert balances(trade) == (0, 346_750, 18_250)


@pytest.mark.parametrize(
    ("percent", "cents", "commission"),
    [
        ("5", 365_000, 18_250),
        ("5", 10, 0),
        ("5", 30, 2),
        ("5", 50, 2),
        ("2.5", 99_999, 2_500),
        ("0", 100, 0),
        ("100", 7, 7),
    ],
)
def test_half_a_cent_goes_to_the_even_one(
    monkeypatch: pytest.MonkeyPatch, percent: str, cents: int, commission: int
) -> None:
    monkeypatch.setattr(CONFIGURATION, "commission_percent", Decimal(percent))
    shares = shares_of(cents)
    assert (shares.commission_cents, shares.seller_cents + shares.commission_cents) == (commission, cents)


def test_without_commission_all_goes_to_the_seller(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "commission_percent", Decimal(0))
    trade.ship()
    accept(trade.order, by=trade.buyer, now=trade.now)
    assert balances(trade) == (0, 365_000, 0)


def test_nothing_that_waited_is_left_when_it_is_over(trade: Trade) -> None:
    trade.ship()
    asked = ask_protection(trade.order, days=10, by=trade.buyer, now=trade.now + DAY)
    accept(trade.order, by=trade.buyer, now=trade.now + DAY)
    asked.refresh_from_db()
    trade.order.refresh_from_db()
    assert asked.state == Extension.State.SETTLED
    assert not trade.order.protection_asked
    assert not Clock.objects.exists()
