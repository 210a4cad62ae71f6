"""The daily file: what is in it, when, and that it never changes."""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import filing
from sokopesa.disbursement.errors import LineUnderWay, NotYourDecision
from sokopesa.disbursement.models import FileLine, RefundFile
from sokopesa.payouts.splitting import split
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Any
Market = Any

DAY = timedelta(days=1)


def text(file: RefundFile) -> str:
    return b"".join(filing.render(file)).decode("ascii")


def test_a_file_says_what_is_to_be_paid_to_whom(treasury: Treasury) -> None:
    first, second = treasury.refund(125_000, msisdn="254712345678"), treasury.refund(30_050)
    (file,) = filing.close_due(now=treasury.cut_off)
    body = text(file)
    header, *lines, trailer = body.splitlines()
    assert header == "H,sokopesa-refunds,1,1,2026-11-23,2026-11-23T17:00:00+03:00,614251,2,1551"
    assert lines == [
        f"R,1,254712345678,1250,{first.number},1,{first.receipt},unknown_account",
        f"R,2,{second.msisdn},301,{second.number},1,{second.receipt},unknown_account",
    ]
    before = body.removesuffix(trailer + "\n").encode()
    assert trailer == f"T,1,2,1551,{zlib.crc32(before):08x}"
    assert file.sha256 == sha256(body.encode()).hexdigest()
    assert (file.size_bytes, file.name) == (len(body), "refunds-000001-20261123.csv")
    assert set(Refund.objects.values_list("state", flat=True)) == {"filed"}


def test_made_again_it_is_the_same_bytes_whatever_happened_since(treasury: Treasury) -> None:
    refunds = [treasury.refund(cents) for cents in (1_000, 99_999, 25_000_000)]
    (file,) = filing.close_due(now=treasury.cut_off)
    before = text(file)
    moving.batch([refunds[0].pk])
    filing.withdraw(line_id=_line(refunds[1]).pk, by=treasury.member(), reason="Wrong sum.", now=treasury.cut_off)
    CONFIGURATION.mpesa_b2c_shortcode, kept = "600000", CONFIGURATION.mpesa_b2c_shortcode
    try:
        assert text(RefundFile.objects.get()) == before
    finally:
        CONFIGURATION.mpesa_b2c_shortcode = kept


def test_what_is_reconciled_after_the_cut_off_waits_for_the_next_file(treasury: Treasury) -> None:
    early = treasury.refund(at=treasury.cut_off)
    late = treasury.refund(at=treasury.cut_off + timedelta(seconds=1))
    not_confirmed = treasury.owed()
    (file,) = filing.close_due(now=treasury.cut_off + timedelta(hours=3))
    assert file.cut_off_at == treasury.cut_off
    assert file.closed_at == treasury.cut_off + timedelta(hours=3)
    assert [line.refund for line in FileLine.objects.filter(file=file)] == [early]
    (second,) = filing.close_due(now=treasury.cut_off + DAY)
    assert [line.refund for line in FileLine.objects.filter(file=second)] == [late]
    not_confirmed.refresh_from_db()
    assert not_confirmed.state == "owed"


def test_a_worker_that_was_away_closes_each_day_as_of_its_own_cut_off(treasury: Treasury) -> None:
    """From Monday over a weekend to Tuesday noon; refunds of each day are in its own file, the empty days too."""
    on = {days: treasury.refund(at=treasury.morning + days * DAY) for days in (0, 2, 5)}
    files = filing.close_due(now=treasury.morning + 8 * DAY + timedelta(hours=3))
    assert [file.day.isoformat()[-2:] for file in files] == ["23", "24", "25", "26", "27", "30"]
    assert [file.number for file in files] == [1, 2, 3, 4, 5, 6]
    assert {file.day: file.lines for file in files if file.lines} == {
        date(2026, 11, 23): 1,
        date(2026, 11, 25): 1,
        date(2026, 11, 30): 1,
    }
    assert _line(on[5]).file == files[-1], "what is reconciled on a Saturday is in Monday's file"
    assert filing.close_due(now=treasury.morning + 8 * DAY + timedelta(hours=4)) == []


def test_a_day_without_refunds_has_a_file_that_says_so(treasury: Treasury) -> None:
    treasury.refund()
    _, empty = filing.close_due(now=treasury.cut_off + DAY)
    header, trailer = text(empty).splitlines()
    assert header == "H,sokopesa-refunds,1,2,2026-11-24,2026-11-24T17:00:00+03:00,614251,0,0"
    assert trailer.startswith("T,2,0,0,")


def test_public_holidays_have_no_file(treasury: Treasury) -> None:
    """25 and 26 December 2026 are a Friday and a Saturday."""
    eve = treasury.cut_off.replace(month=12, day=24)
    treasury.refund(at=eve)
    (first,) = filing.close_due(now=eve)
    on_the_day = treasury.refund(at=eve + DAY)
    assert filing.close_due(now=eve + 3 * DAY) == []
    assert filing.first_due(now=eve + 3 * DAY) == eve + 4 * DAY
    (after,) = filing.close_due(now=eve + 4 * DAY)
    assert (first.number, after.number, after.day) == (1, 2, date(2026, 12, 28))
    assert _line(on_the_day).file == after


def test_a_market_that_never_owed_anything_has_no_files(treasury: Treasury) -> None:
    assert filing.close_due(now=treasury.cut_off + 30 * DAY) == []
    assert filing.first_due(now=treasury.morning) == treasury.cut_off


def test_a_cut_off_that_is_moved_on_its_day_makes_no_second_file(treasury: Treasury) -> None:
    treasury.refund()
    filing.close_due(now=treasury.cut_off)
    kept = CONFIGURATION.refund_cut_off
    CONFIGURATION.refund_cut_off = kept.replace(hour=18)
    try:
        treasury.refund()
        assert filing.close_due(now=treasury.cut_off + timedelta(hours=5)) == []
        (next_one,) = filing.close_due(now=treasury.cut_off + DAY + timedelta(hours=1))
        assert next_one.lines == 1
    finally:
        CONFIGURATION.refund_cut_off = kept


def test_what_cannot_be_paid_as_it_is_waits_and_says_why(treasury: Treasury) -> None:
    hidden, small, least = treasury.refund(msisdn=""), treasury.refund(900), treasury.refund(901)
    (file,) = filing.close_due(now=treasury.cut_off)
    assert [line.refund for line in FileLine.objects.filter(file=file)] == [least]
    for refund, waits in ((hidden, "phone"), (small, "minimum")):
        refund.refresh_from_db()
        assert (refund.state, refund.waits_for) == ("reconciled", waits)
        assert refund.remark


def test_what_is_more_than_mpesa_moves_is_split_into_lines(treasury: Treasury) -> None:
    refund = treasury.refund(50_000_100)
    (file,) = filing.close_due(now=treasury.cut_off)
    lines = list(FileLine.objects.filter(file=file).order_by("position"))
    assert [line.amount_cents for line in lines] == split(50_000_100) == [25_000_000, 24_999_100, 1_000]
    assert [(line.position, line.part, line.parts, line.refund_id) for line in lines] == [
        (place, place, 3, refund.pk) for place in (1, 2, 3)
    ]
    assert file.total_cents == 50_000_100


def test_a_line_is_withdrawn_by_finance_before_it_is_in_a_disbursement(treasury: Treasury, market: Market) -> None:
    kept, taken, batched = (treasury.refund() for _ in range(3))
    filing.close_due(now=treasury.cut_off)
    with pytest.raises(NotYourDecision):
        filing.withdraw(line_id=_line(taken).pk, by=market.buyer(), reason="Not paid.", now=treasury.cut_off)
    by, later = treasury.member(), treasury.cut_off + timedelta(minutes=5)
    line = filing.withdraw(line_id=_line(taken).pk, by=by, reason="Reversed by M-PESA.", now=later)
    assert (line.state, line.ended_at, line.remark) == ("withdrawn", later, "Reversed by M-PESA.")
    taken.refresh_from_db()
    assert (taken.state, taken.waits_for, taken.remark) == ("reconciled", "operator", "Reversed by M-PESA.")
    moving.batch([batched.pk])
    with pytest.raises(LineUnderWay):
        filing.withdraw(line_id=_line(batched).pk, by=by, reason="Too late.", now=later)
    (second,) = filing.close_due(now=treasury.cut_off + DAY)
    assert second.lines == 0, "it waits for somebody to decide"
    assert _line(kept).state == "open"


_ANOTHER_LINE = """
INSERT INTO disbursement_fileline (file_id, position, refund_id, refund_number, part, parts, msisdn, amount_cents,
                                   receipt, cause, state, remark)
SELECT file_id, 2, refund_id, refund_number, 2, 2, msisdn, amount_cents, receipt, cause, state, remark
FROM disbursement_fileline
"""
_ANOTHER_FILE = """
INSERT INTO disbursement_refundfile (number, day, cut_off_at, closed_at, shortcode, lines, total_cents, control, sha256,
                                     size_bytes, state, remark, tries)
SELECT {number}, day + 1, cut_off_at, closed_at, shortcode, {lines}, {lines} * 100, control, sha256, size_bytes,
       'closed', '', 0
FROM disbursement_refundfile
"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE disbursement_refundfile SET total_cents = 100",
        "UPDATE disbursement_refundfile SET number = 7",
        "UPDATE disbursement_refundfile SET sha256 = repeat('0', 64)",
        """UPDATE disbursement_refundfile SET state = 'acknowledged', answered_at = now();
           UPDATE disbursement_refundfile SET state = 'closed', answered_at = NULL""",
        "DELETE FROM disbursement_refundfile",
        "UPDATE disbursement_fileline SET amount_cents = 100000",
        "UPDATE disbursement_fileline SET msisdn = '254700000000'",
        "DELETE FROM disbursement_fileline",
        """UPDATE disbursement_fileline SET state = 'paid', ended_at = now();
           UPDATE disbursement_fileline SET state = 'open', ended_at = NULL""",
        _ANOTHER_LINE,
        _ANOTHER_FILE.format(number=3, lines=0),
        _ANOTHER_FILE.format(number=2, lines=1),
    ],
)
def test_the_database_keeps_a_file_as_it_was(treasury: Treasury, statement: str) -> None:
    treasury.refund()
    filing.close_due(now=treasury.cut_off)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _line(refund: Refund) -> FileLine:
    return FileLine.objects.select_related("file").get(refund=refund)
