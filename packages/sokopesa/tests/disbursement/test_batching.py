"""The weekly disbursement: prepared by one person, approved by another, paid once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import batching, filing, schedule
from sokopesa.disbursement.errors import (
    BatchDecided,
    NothingToPay,
    NotYourDecision,
    OwnMoney,
    OwnWork,
    PreparedAlready,
    WrongTotal,
)
from sokopesa.disbursement.models import Batch, FileLine, RefundFile
from sokopesa.ledger.accounts import b2c
from sokopesa.ledger.accounts import refunds as refund_account
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.payouts import floats
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.errors import FloatTooLow
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Market = Any


@pytest.fixture
def tuesday(treasury: Treasury) -> datetime:
    """The next morning; three refunds stand in Monday's file, which was acknowledged. The float is filled."""
    for cents in (125_000, 30_050, 1_000):
        treasury.refund(cents)
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()
    return datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def states() -> list[str]:
    return list(Refund.objects.order_by("pk").values_list("state", flat=True))


def test_two_people_pay_every_unpaid_line_of_acknowledged_files(treasury: Treasury, tuesday: datetime) -> None:
    maker, approver = treasury.member(), treasury.member()
    batch = batching.prepare(maker=maker, now=tuesday)
    assert (batch.number, batch.state, batch.week, batch.shortcode) == (1, "prepared", date(2026, 11, 24), "614251")
    assert (batch.lines, batch.total_cents) == (3, 156_100)
    assert states() == ["batched"] * 3
    assert not Transfer.objects.exists()

    later = tuesday + timedelta(hours=1)
    approved = batching.approve(batch_id=batch.pk, approver=approver, typed_total="KES 1,561", now=later)
    assert (approved.state, approved.approver, approved.approved_at) == ("approved", approver, later)
    assert set(Transfer.objects.values_list("state", "via", "released_at")) == {("released", "b2c", later)}
    assert {(each.account, each.payee, each.amount_cents) for each in Transfer.objects.all()} == {
        (refund_account(line.refund_id), line.msisdn, line.amount_cents) for line in FileLine.objects.all()
    }
    again = batching.approve(batch_id=batch.pk, approver=approver, typed_total="1561", now=later + timedelta(hours=1))
    assert (again.approved_at, Transfer.objects.count()) == (later, 3)


def test_it_is_done_when_no_line_is_open(treasury: Treasury, tuesday: datetime) -> None:
    batch = batching.prepare(maker=treasury.member(), via=Batch.Via.PORTAL, now=tuesday)
    batching.approve(batch_id=batch.pk, approver=treasury.member(), typed_total="1561", now=tuesday)
    transfers = hand_over(Transfer.objects.values_list("pk", flat=True), now=tuesday)
    assert states() == ["sent"] * 3
    paid_at = tuesday + timedelta(minutes=3)
    first, second, third = transfers
    told = [
        Conclusion(each.pk, "portal", receipt=f"UKB000000{n}", at=paid_at) for n, each in enumerate((first, second))
    ]
    conclude(told, now=paid_at)
    assert batching.finish_due(now=paid_at) == 0
    conclude([Conclusion(third.pk, "portal", code="8", remark="Wallet full")], now=paid_at)
    assert batching.finish_due(now=paid_at) == 1
    batch.refresh_from_db()
    assert (batch.state, batch.done_at) == ("done", paid_at)
    assert sorted(states()) == ["paid", "paid", "returned"]
    assert {line.state for line in FileLine.objects.all()} == {"paid", "returned"}
    returned = FileLine.objects.get(state="returned")
    assert (returned.remark, returned.ended_at) == ("Wallet full", paid_at)
    assert balance_cents(b2c("614251")) == 1_000_000_000 - sum(each.amount_cents for each in (first, second))
    assert discrepancies() == []


def test_the_maker_cannot_approve_and_the_database_says_so_too(treasury: Treasury, tuesday: datetime) -> None:
    maker = treasury.member()
    batch = batching.prepare(maker=maker, now=tuesday)
    with pytest.raises(OwnWork):
        batching.approve(batch_id=batch.pk, approver=maker, typed_total="1561", now=tuesday)
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(state="approved", approver=maker, approved_at=tuesday)
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(state="approved", approver=treasury.member(), approved_at=tuesday)


def test_only_finance_prepares_and_approves(treasury: Treasury, market: Market, tuesday: datetime) -> None:
    with pytest.raises(NotYourDecision):
        batching.prepare(maker=market.buyer(), now=tuesday)
    batch = batching.prepare(maker=treasury.member(), now=tuesday)
    with pytest.raises(NotYourDecision):
        batching.approve(batch_id=batch.pk, approver=market.buyer(), typed_total="1561", now=tuesday)


@pytest.mark.parametrize("typed", ["", "1560", "1561.50", "156100", "15,61", "-1561", "1561 1561", "١٥٦١"])
def test_the_total_has_to_be_typed_rightly(treasury: Treasury, tuesday: datetime, typed: str) -> None:
    batch = batching.prepare(maker=treasury.member(), now=tuesday)
    with pytest.raises(WrongTotal):
        batching.approve(batch_id=batch.pk, approver=treasury.member(), typed_total=typed, now=tuesday)
    assert not Transfer.objects.exists()


def test_a_float_that_is_too_low_by_our_books_or_by_mpesas_word_stops_it(treasury: Treasury, tuesday: datetime) -> None:
    batch, approver = batching.prepare(maker=treasury.member(), now=tuesday), treasury.member()
    treasury.fill(-999_900_000)
    with pytest.raises(FloatTooLow, match=r"has KES 1,000 to spend, and KES 1,561 are needed\. Move KES 561"):
        batching.approve(batch_id=batch.pk, approver=approver, typed_total="1561", now=tuesday)
    treasury.fill()
    treasury.tell_float(156_000, at=tuesday)
    with pytest.raises(FloatTooLow, match=r"Move KES 1 there"):
        batching.approve(batch_id=batch.pk, approver=approver, typed_total="1561", now=tuesday)
    treasury.tell_float(156_100, at=tuesday)
    batching.approve(batch_id=batch.pk, approver=approver, typed_total="1561", now=tuesday)
    assert floats.of("614251").free_cents == 0, "what is released is promised"


def test_a_line_is_left_out_before_approval_and_waits(treasury: Treasury, tuesday: datetime) -> None:
    maker, approver = treasury.member(), treasury.member()
    batch = batching.prepare(maker=maker, now=tuesday)
    line = batch.entries.select_related("file_line__refund").order_by("pk")[1]
    batch = batching.leave_out(batch_id=batch.pk, line_id=line.pk, by=maker, reason="Buyer called.", now=tuesday)
    assert (batch.lines, batch.total_cents) == (2, 126_000)
    refund = line.file_line.refund
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for, refund.remark) == ("filed", "operator", "Buyer called.")
    batching.approve(batch_id=batch.pk, approver=approver, typed_total="1260", now=tuesday)
    assert Transfer.objects.count() == 2
    with pytest.raises(NothingToPay):
        batching.prepare(maker=maker, now=tuesday)
    with pytest.raises(BatchDecided):
        batching.leave_out(
            batch_id=batch.pk, line_id=batch.entries.earliest("pk").pk, by=maker, reason="Late.", now=tuesday
        )


def test_a_cancelled_one_pays_nobody_and_the_next_takes_its_lines(treasury: Treasury, tuesday: datetime) -> None:
    maker = treasury.member()
    first = batching.prepare(maker=maker, now=tuesday)
    with pytest.raises(PreparedAlready):
        batching.prepare(maker=treasury.member(), now=tuesday)
    batching.cancel(batch_id=first.pk, by=maker, reason="One file is missing.", now=tuesday)
    assert states() == ["filed"] * 3
    with pytest.raises(BatchDecided):
        batching.approve(batch_id=first.pk, approver=treasury.member(), typed_total="1561", now=tuesday)
    second = batching.prepare(maker=maker, now=tuesday)
    assert (second.number, second.lines) == (2, 3)


def test_files_that_nobody_acknowledged_are_not_paid_unless_the_market_says_so(treasury: Treasury) -> None:
    treasury.refund()
    (file,) = filing.close_due(now=treasury.cut_off)
    maker = treasury.member()
    RefundFile.objects.filter(pk=file.pk).update(state="delivered", delivered_at=treasury.cut_off)
    with pytest.raises(NothingToPay):
        batching.prepare(maker=maker, now=treasury.cut_off)
    CONFIGURATION.refund_batch_takes = "delivered"
    try:
        assert batching.prepare(maker=maker, now=treasury.cut_off).lines == 1
    finally:
        CONFIGURATION.refund_batch_takes = "acknowledged"


def test_nobody_approves_money_to_themselves(treasury: Treasury, tuesday: datetime) -> None:
    approver = treasury.member()
    treasury.refund(at=tuesday, msisdn=approver.phone)
    treasury.acknowledge(filing.close_due(now=tuesday + timedelta(hours=12)))
    batch = batching.prepare(maker=treasury.member(), now=tuesday + timedelta(hours=13))
    with pytest.raises(OwnMoney):
        batching.approve(batch_id=batch.pk, approver=approver, typed_total="2811", now=tuesday + timedelta(hours=13))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE disbursement_batch SET number = 9",
        "UPDATE disbursement_batch SET total_cents = total_cents - 100",
        "UPDATE disbursement_batch SET state = 'prepared', approver_id = NULL, approved_at = NULL",
        "UPDATE disbursement_batch SET state = 'done', done_at = now()",
        "UPDATE disbursement_batch SET approver_id = (SELECT max(id) FROM people_user)",
        "DELETE FROM disbursement_batch",
        "DELETE FROM disbursement_batchline",
        "UPDATE disbursement_batchline SET transfer_id = NULL",
        "UPDATE disbursement_batchline SET is_left_out = true, transfer_id = NULL, left_out_for = 'no'",
    ],
)
def test_the_database_keeps_what_was_approved(treasury: Treasury, tuesday: datetime, statement: str) -> None:
    batch = batching.prepare(maker=treasury.member(), now=tuesday)
    batching.approve(batch_id=batch.pk, approver=treasury.member(), typed_total="1561", now=tuesday)
    treasury.member()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("on", "next_day"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),
        (date(2026, 11, 24), date(2026, 11, 24)),
        (date(2026, 11, 25), date(2026, 12, 1)),
        (date(2026, 10, 17), date(2026, 10, 21)),  # Tuesday 20 October is Mashujaa Day
        (date(2026, 10, 21), date(2026, 10, 21)),
        (date(2026, 10, 22), date(2026, 10, 27)),
    ],
)
def test_the_disbursement_day_moves_off_public_holidays(on: date, next_day: date) -> None:
    assert schedule.batch_day(on) == next_day
