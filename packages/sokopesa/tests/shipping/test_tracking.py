"""Couriers' events in any order, twice, too early, about nobody's parcel, and never half taken in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.disputes.claims import Claim, opens_at
from sokopesa.aftersale.disputes.opening import open_dispute
from sokopesa.cli import main
from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.models import Notice
from sokopesa.orders.clocks import end_of
from sokopesa.orders.models import Order
from sokopesa.shipping.adapters.file import import_events
from sokopesa.shipping.errors import EventsRefused
from sokopesa.shipping.extending import lengthen_protection
from sokopesa.shipping.models import TrackingEvent
from sokopesa.shipping.queries import gone_astray, may_claim_now, nobodys
from sokopesa.shipping.receiving import confirm
from sokopesa.shipping.tracking import Scan, take_in

pytestmark = pytest.mark.django_db
Trade = Any

THURSDAY_ENDS = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_the_last_parcels_delivery_delivers_the_order_at_that_moment(trade: Trade) -> None:
    one, two = trade.ship(1), trade.ship(2)
    trade.scan(one, "delivered", trade.now + DAY)
    assert trade.state() == "shipped"
    trade.scan(two, "delivered", trade.now + DAY + HOUR, learned=trade.now + 2 * DAY)
    assert trade.state() == "delivered"
    assert trade.order.delivered_at == trade.now + DAY + HOUR
    assert trade.due() == {"protection": trade.now + 16 * DAY + HOUR}
    event = trade.order.events.last()
    assert (event.by, event.at) == ("carrier", trade.now + DAY + HOUR)
    assert Notice.objects.filter(to=trade.buyer.phone, text__contains="has arrived, says the courier").count() == 1


def test_the_same_events_in_any_order_and_twice_end_the_same(make_trade: Callable[[], Trade]) -> None:
    endings = []
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1), (3, 3, 2, 2, 1, 0, 0)):
        trade = make_trade()
        parcel = trade.ship()
        told = [("accepted", HOUR), ("in_transit", 5 * HOUR), ("out_for_delivery", DAY), ("delivered", DAY + HOUR)]
        for at in order:
            kind, after = told[at]
            trade.scan(parcel, kind, trade.now + after, learned=trade.now + 2 * DAY)
        shown = [event.kind for event in parcel.events.all()]
        endings.append((trade.state(), trade.order.delivered_at, trade.due(), shown))
    assert endings[1:] == endings[:1] * 3
    assert endings[0][3] == ["accepted", "in_transit", "out_for_delivery", "delivered"]


def test_delivered_twice_is_delivered_once(trade: Trade) -> None:
    parcel = trade.ship()
    trade.scan(parcel, "delivered", trade.now + DAY)
    trade.scan(parcel, "delivered", trade.now + 2 * DAY, place="Mombasa")
    assert trade.state() == "delivered"
    assert trade.order.delivered_at == trade.now + DAY
    assert [kind for kind, _ in trade.timeline()].count("delivered") == 1
    assert parcel.events.count() == 2


def test_a_late_scan_never_makes_the_protection_longer_and_leaves_some_days(trade: Trade) -> None:
    parcel = trade.ship()
    trade.scan(parcel, "delivered", trade.now + DAY, learned=trade.now + 16 * DAY)
    assert trade.due() == {"protection": THURSDAY_ENDS + 15 * DAY}
    trade.order, trade.seller = trade.paid()
    parcel = trade.ship()
    trade.scan(parcel, "delivered", trade.now + HOUR, learned=trade.now + 14 * DAY)
    assert trade.due() == {"protection": trade.now + 17 * DAY}


def test_a_false_scan_long_before_the_promised_day_leaves_time_to_say_that_nothing_came(trade: Trade) -> None:
    promised = trade.now + 40 * DAY
    Order.objects.filter(pk=trade.order.pk).update(promised_until=promised.date())
    ends = end_of(promised.date())
    parcel = trade.ship()
    trade.scan(parcel, "delivered", trade.now + DAY)
    assert trade.state() == "delivered"
    assert trade.due() == {"protection": ends + 3 * DAY}
    text = Notice.objects.get(to=trade.buyer.phone, text__contains="has arrived, says the courier").text
    assert "until Tue 5 Jan 24:00" in text
    apply_due(now=ends + 3 * DAY - HOUR)
    assert trade.state() == "delivered"
    line = trade.order.lines.get()
    claim = Claim("refund_only", "marked_delivered", None, "Nobody brought anything.")
    assert opens_at(trade.order) == ends
    assert open_dispute(line.pk, claim, key=uuid4(), by=trade.buyer, now=ends + 2 * DAY).amount_cents == 365_000


def test_the_buyers_own_word_ends_it_fifteen_days_later_whatever_was_promised(trade: Trade) -> None:
    Order.objects.filter(pk=trade.order.pk).update(promised_until=(trade.now + 40 * DAY).date())
    trade.ship()
    confirm(trade.order, by=trade.buyer, now=trade.now + DAY)
    assert trade.due() == {"protection": trade.now + 16 * DAY}


def test_what_the_seller_lengthened_a_scan_does_not_shorten(trade: Trade) -> None:
    parcel = trade.ship()
    lengthen_protection(trade.order, days=5, by=trade.seller, now=trade.now + HOUR)
    trade.scan(parcel, "delivered", trade.now + DAY)
    assert trade.due() == {"protection": THURSDAY_ENDS + 20 * DAY}


def test_a_scan_from_before_it_was_registered_counts_from_then(trade: Trade) -> None:
    """The seller hands the parcel over in the morning and registers it in the evening."""
    number = "3111111112"
    early = Scan("DHL Express", number, trade.now + 2 * HOUR, "delivered")
    assert take_in([early], now=trade.now + 2 * HOUR).unknown == (number,)
    assert [event.tracking_number for event in nobodys()] == [number]
    trade.ship(number=number, after=6 * HOUR)
    assert trade.state() == "delivered"
    assert trade.order.delivered_at == trade.now + 6 * HOUR
    assert nobodys() == []


def test_a_number_that_was_delivered_before_the_order_was_paid_delivers_nothing(trade: Trade) -> None:
    parcel = trade.ship()
    trade.scan(parcel, "delivered", trade.now - DAY, learned=trade.now + DAY)
    assert trade.state() == "shipped"
    assert "another parcel's number" in trade.order.events.last().text


@pytest.mark.parametrize("returned_first", [True, False])
def test_a_parcel_that_went_back_is_not_delivered_to_the_buyer(trade: Trade, returned_first: bool) -> None:
    parcel = trade.ship()
    told = [("returned", trade.now + DAY), ("delivered", trade.now + 2 * DAY)]
    scans = [Scan(parcel.carrier, parcel.tracking_number, at, kind) for kind, at in told]
    take_in(scans if returned_first else scans[::-1], now=trade.now + 2 * DAY)
    assert trade.state() == "shipped"
    assert gone_astray(trade.order)
    assert trade.order.events.last().text == "DHL Express delivered the parcel back to the seller."


@pytest.mark.parametrize("kind", ["lost", "returned"])
def test_a_parcel_gone_astray_is_told_and_the_promise_stands(trade: Trade, kind: str) -> None:
    parcel = trade.ship()
    trade.scan(parcel, kind, trade.now + DAY)
    assert trade.state() == "shipped"
    assert trade.due() == {"deliver": THURSDAY_ENDS, "protection": THURSDAY_ENDS + 15 * DAY}
    assert not may_claim_now(trade.order)
    text = Notice.objects.get(to=trade.buyer.phone, text__contains="the courier says").text
    assert "If it does not come by Thu 26 Nov 24:00, open a dispute" in text
    assert Notice.objects.filter(to=trade.seller.phone, text__contains="the courier says").exists()


def test_the_operator_may_choose_that_it_can_be_disputed_at_once(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "dispute_when_lost", True)
    trade.scan(trade.ship(), "lost", trade.now + DAY)
    assert may_claim_now(trade.order)
    assert list(trade.due()) == ["protection"]


def test_a_delivery_learned_after_the_protection_ended_changes_nothing(trade: Trade) -> None:
    parcel, ends = trade.ship(), THURSDAY_ENDS + 15 * DAY
    trade.scan(parcel, "delivered", trade.now + DAY, learned=ends + HOUR)
    assert trade.state() == "shipped"
    apply_due(now=ends + HOUR)
    assert (trade.state(), trade.order.completed_at) == ("completed", ends)


def test_another_couriers_parcel_of_the_same_number_is_another_parcel(trade: Trade) -> None:
    parcel = trade.ship()
    other = Scan("UPS", parcel.tracking_number, trade.now + DAY, "delivered")
    assert take_in([other], now=trade.now + DAY).unknown == (parcel.tracking_number,)
    nameless = Scan("", parcel.tracking_number, trade.now + DAY, "delivered")
    assert take_in([nameless], now=trade.now + DAY).unknown == ()
    assert trade.state() == "delivered"


CSV = """tracking_number,at,kind,place,carrier
{number},2026-11-24T10:00:00+03:00,In transit,Nakuru,DHL
3 999 999 990,2026-11-24T11:00:00+03:00,customs,Mombasa,DHL

{number},2026-11-24T18:00:00+03:00,delivered,"Nairobi, CBD",DHL
"""


def test_a_csv_file_is_taken_in_once(trade: Trade) -> None:
    number = trade.ship().tracking_number
    lines = CSV.format(number=number).splitlines(keepends=True)
    done = import_events(lines, now=trade.now + 2 * DAY)
    assert (done.new, done.known, done.unknown) == (3, 0, ("3999999990",))
    assert trade.state() == "delivered"
    assert trade.order.delivered_at == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    again = import_events(lines, now=trade.now + 3 * DAY)
    assert (again.new, again.known) == (0, 3)


def test_bad_lines_are_named_and_nothing_is_taken_in(trade: Trade) -> None:
    number = trade.ship().tracking_number
    text = (
        "tracking_number,at,kind\n"
        f"{number},2026-11-24T10:00:00+03:00,delivered\n"
        f"{number},2026-11-24 10:00,delivered\n"
        f"{number},2026-12-24T10:00:00+03:00,vanished\n"
        "?,2026-11-24T10:00:00+03:00\n"
    )
    with pytest.raises(EventsRefused) as refused:
        import_events(text.splitlines(keepends=True), now=trade.now + 2 * DAY)
    faults = refused.value.faults
    assert [fault.split(":")[0] for fault in faults] == ["Line 3", "Line 4", "Line 4", "Line 5"]
    assert "should be written as 2026-12-03T14:05:00+03:00" in faults[0]
    assert "has not come yet" in faults[1]
    assert "none of accepted" in faults[2]
    assert "2 columns instead of 3" in faults[3]
    assert not TrackingEvent.objects.exists()
    assert trade.state() == "shipped"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "should name the columns"),
        ("number,when\n", "should name the columns"),
        ("tracking_number,at,kind,kind\n", "should name the columns"),
        ("tracking_number,at,kind\n", "no events follow"),
        ('{"tracking_number": "A1234"', "Line 1: not JSON"),
        ('{"tracking_number": 5}\n[1]\n', "Line 1: should be an object"),
        ("{}", "Line 1: the tracking number"),
    ],
)
def test_files_of_another_form_are_refused(text: str, words: str) -> None:
    with pytest.raises(EventsRefused, match=words):
        import_events(text.splitlines(keepends=True), now=datetime(2026, 11, 24, tzinfo=UTC))


def test_the_command_takes_in_json_lines_and_says_what_it_kept_aside(trade: Trade, tmp_path: Path) -> None:
    number = trade.ship().tracking_number
    rows = [
        {"tracking_number": number, "at": "2026-11-24T10:00:00+03:00", "kind": "delivered", "place": "Nairobi"},
        {"tracking_number": "ZZ55555", "at": "2026-11-24T10:00:00+03:00", "kind": "lost"},
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\ufeff" + "\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    ran = CliRunner().invoke(main, ["tracking", "import", str(file)])
    assert (ran.exit_code, ran.output.splitlines()) == (
        0,
        ["New: 2. Known already: 0.", "Kept aside, for nobody has registered these parcels: ZZ55555."],
    )
    assert trade.state() == "delivered"
    assert "ZZ55555" in CliRunner().invoke(main, ["tracking", "aside"]).output
    file.write_text("tracking_number,at,kind\nA1234,x,y\n", encoding="utf-8")
    ran = CliRunner().invoke(main, ["tracking", "import", str(file)])
    assert ran.exit_code == 1
    assert "Line 2: the kind “y” is none of" in ran.output
    assert "Nothing was taken in." in ran.output
