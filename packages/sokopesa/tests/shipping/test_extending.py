"""More days: who may ask, who answers, how far it can go, and what silence means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.notices.models import Notice
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.shipping.errors import DaysRefused, LongestAlready, NotYours
from sokopesa.shipping.extending import (
    answer_protection,
    answer_ship_time,
    ask_protection,
    ask_ship_time,
    lengthen_protection,
    most_days,
)
from sokopesa.shipping.models import Extension
from sokopesa.shipping.receiving import accept, confirm

pytestmark = pytest.mark.django_db
Trade = Any

THURSDAY_ENDS = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def asked(trade: Trade, days: int = 5) -> Extension:
    return ask_ship_time(trade.order, days=days, by=trade.seller, now=trade.now + HOUR, why="  Out of\nboxes ")


def test_the_buyer_grants_the_seller_more_time_and_the_promise_moves_along(trade: Trade) -> None:
    extension = asked(trade)
    trade.order.refresh_from_db()
    assert trade.order.ship_time_asked
    assert extension.why == "Out of boxes"
    assert trade.due() == {"ship": THURSDAY_ENDS, "answer_ship_time": trade.now + 49 * HOUR}
    answer_ship_time(trade.order, grant=True, by=trade.buyer, now=trade.now + DAY)
    trade.order.refresh_from_db()
    assert not trade.order.ship_time_asked
    assert trade.due() == {"ship": THURSDAY_ENDS + 5 * DAY}
    assert f"{trade.order.promised_until}" == "2026-12-01"
    assert [by for by in trade.order.events.values_list("by", flat=True) if by] == ["seller", "buyer"]
    told = Notice.objects.get(to=trade.buyer.phone, kind="extension-asked-by-seller").text
    assert "asks for 5 days more to ship order" in told
    told = Notice.objects.get(to=trade.seller.phone, kind="shipping-extended").text
    assert f"ship order {trade.order.number} by Tue 1 Dec 24:00" in told


def test_refused_or_unanswered_nothing_moves(trade: Trade) -> None:
    asked(trade)
    answer_ship_time(trade.order, grant=False, by=trade.buyer, now=trade.now + DAY)
    assert trade.due() == {"ship": THURSDAY_ENDS}
    again = asked(trade, days=2)
    assert apply_due(now=trade.now + 3 * DAY) == 1
    again.refresh_from_db()
    assert (again.state, again.answered_at, again.answered_by) == ("unanswered", trade.now + 49 * HOUR, None)
    assert trade.due() == {"ship": THURSDAY_ENDS}
    assert trade.timeline()[-1] == ("ship_time-unanswered", trade.now + 49 * HOUR)
    with pytest.raises(NotNow, match="no request for more time"):
        answer_ship_time(trade.order, grant=True, by=trade.buyer, now=trade.now + 3 * DAY)


def test_one_request_waits_at_a_time_and_the_answer_is_due_before_the_deadline_itself(trade: Trade) -> None:
    ask_ship_time(trade.order, days=5, by=trade.seller, now=THURSDAY_ENDS - HOUR)
    assert trade.due()["answer_ship_time"] == THURSDAY_ENDS
    with pytest.raises(NotNow, match="asked for more time already"):
        ask_ship_time(trade.order, days=5, by=trade.seller, now=THURSDAY_ENDS - HOUR)
    with pytest.raises(TooLate):
        answer_ship_time(trade.order, grant=True, by=trade.buyer, now=THURSDAY_ENDS)


@pytest.mark.parametrize("days", [0, -1, 31, 10_000])
def test_days_are_from_1_to_30(trade: Trade, days: int) -> None:
    with pytest.raises(DaysRefused, match="1 to 30 days"):
        asked(trade, days)


def test_shipping_makes_the_request_needless(trade: Trade) -> None:
    extension = asked(trade)
    trade.ship(1, after=2 * HOUR)
    extension.refresh_from_db()
    assert extension.state == "asked"
    trade.ship(after=3 * HOUR)
    extension.refresh_from_db()
    assert (extension.state, extension.answered_at) == ("settled", trade.now + 3 * HOUR)
    assert "answer_ship_time" not in trade.due()


def test_the_seller_grants_the_buyer_longer_protection(trade: Trade) -> None:
    trade.ship()
    confirm(trade.order, by=trade.buyer, now=trade.now + DAY)
    ask_protection(trade.order, days=10, by=trade.buyer, now=trade.now + DAY)
    with pytest.raises(NotNow):
        ask_protection(trade.order, days=10, by=trade.buyer, now=trade.now + DAY)
    answer_protection(trade.order, grant=True, by=trade.seller, now=trade.now + 2 * DAY)
    assert trade.due() == {"protection": trade.now + 26 * DAY}


def test_the_sellers_silence_refuses_and_what_the_deadline_meant_stays(trade: Trade) -> None:
    trade.ship()
    confirm(trade.order, by=trade.buyer, now=trade.now)
    ask_protection(trade.order, days=10, by=trade.buyer, now=trade.now + 14 * DAY)
    assert apply_due(now=trade.now + 20 * DAY) == 1  # both are due at the same moment; the end comes first
    assert (trade.state(), trade.order.completed_at) == ("completed", trade.now + 15 * DAY)
    assert Extension.objects.get().state == "settled"


def test_protection_never_lasts_longer_than_90_days_after_shipping(trade: Trade) -> None:
    trade.ship()
    cap = trade.now + 90 * DAY
    for days in (30, 30, 11):
        lengthen_protection(trade.order, days=days, by=trade.seller, now=trade.now + DAY)
    ends = THURSDAY_ENDS + (15 + 71) * DAY
    assert trade.due()["protection"] == ends
    trade.order.refresh_from_db()
    assert (cap - ends).days == most_days(trade.order) == 0
    for verb, by in ((lengthen_protection, trade.seller), (ask_protection, trade.buyer)):
        with pytest.raises(LongestAlready, match="90 days after shipping"):
            verb(trade.order, days=1, by=by, now=trade.now + DAY)


def test_a_request_granted_after_the_seller_lengthened_stops_at_the_90_days(trade: Trade) -> None:
    trade.ship()
    ask_protection(trade.order, days=30, by=trade.buyer, now=trade.now + HOUR)
    for days in (30, 30):
        lengthen_protection(trade.order, days=days, by=trade.seller, now=trade.now + HOUR)
    answer_protection(trade.order, grant=True, by=trade.seller, now=trade.now + HOUR)
    assert trade.due()["protection"] == trade.now + 90 * DAY


def test_only_what_is_on_its_way_or_there_has_a_protection_to_lengthen(trade: Trade) -> None:
    for verb, by in ((ask_protection, trade.buyer), (lengthen_protection, trade.seller)):
        with pytest.raises(NotNow):
            verb(trade.order, days=5, by=by, now=trade.now)


def test_each_side_speaks_for_itself_only(trade: Trade) -> None:
    for verb in (ask_ship_time, lengthen_protection):
        with pytest.raises(NotYours):
            verb(trade.order, days=5, by=trade.buyer, now=trade.now)
    with pytest.raises(NotYours):
        ask_protection(trade.order, days=5, by=trade.seller, now=trade.now)
    for answer, by in ((answer_ship_time, trade.seller), (answer_protection, trade.buyer)):
        with pytest.raises(NotYours):
            answer(trade.order, grant=True, by=by, now=trade.now)
    for say in (confirm, accept):
        with pytest.raises(NotYours):
            say(trade.order, by=trade.seller, now=trade.now)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shipping_extension SET days = 30",
        "UPDATE shipping_extension SET state = 'refused'",
        "DELETE FROM shipping_extension",
    ],
)
def test_the_database_keeps_what_was_agreed(trade: Trade, change: str) -> None:
    asked(trade)
    answer_ship_time(trade.order, grant=True, by=trade.buyer, now=trade.now + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute(change)


def test_each_step_is_told_to_the_other_side_once(trade: Trade) -> None:
    asked(trade, days=30)
    answer_ship_time(trade.order, grant=True, by=trade.buyer, now=trade.now + DAY)
    trade.ship(after=2 * DAY)
    ask_protection(trade.order, days=30, by=trade.buyer, now=trade.now + 3 * DAY)
    answer_protection(trade.order, grant=False, by=trade.seller, now=trade.now + 3 * DAY)
    lengthen_protection(trade.order, days=12, by=trade.seller, now=trade.now + 3 * DAY)
    told = list(Notice.objects.filter(kind__contains="exten").order_by("id").values_list("kind", "to"))
    assert told == [
        ("extension-asked-by-seller", trade.buyer.phone),
        ("shipping-extended", trade.seller.phone),
        ("extension-asked-by-buyer", trade.seller.phone),
        ("extension-refused", trade.buyer.phone),
        ("protection-extended", trade.buyer.phone),
    ]
