"""What pages read: what comes next, how far things are, and any name of a refund from any other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from sokopesa.disbursement import batching, filing, queries, tracing
from sokopesa.disbursement.models import Batch
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Market = Any
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def paid(treasury: Treasury, market: Market) -> Refund:
    """A refund of an order that went all the way, beside another that did not come so far."""
    refund: Refund = treasury.refund(purchase=market.purchase())
    treasury.refund(30_000)
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()
    batch = batching.prepare(maker=treasury.member(), via=Batch.Via.PORTAL, now=NOW)
    batching.approve(batch_id=batch.pk, approver=treasury.member(), typed_total="1550", now=NOW)
    transfer = Transfer.objects.get(refund=refund)
    hand_over([transfer.pk], now=NOW)
    conclude([Conclusion(transfer.pk, "portal", receipt="UKZ1234567", at=NOW)], now=NOW)
    return refund


def test_every_name_finds_all_others(paid: Refund, django_assert_num_queries: Any) -> None:
    assert paid.purchase is not None
    order = paid.purchase.orders.get()
    names = [paid.number, paid.number.lower(), paid.receipt, "UKZ1234567", "file 1", "batch 1", "Disbursement #1"]
    for name in [*names, paid.purchase.number, order.number]:
        found = {way.refund: way for way in tracing.trace(name).ways}
        way = found[paid]
        assert [file.number for file in way.files] == [1]
        assert [batch.number for batch in way.batches] == [1]
        assert way.receipts == ("UKZ1234567",)
        assert (len(found) == 2) is (name in ("file 1", "batch 1", "Disbursement #1"))
    with django_assert_num_queries(4):
        tracing.trace("file 1")


@pytest.mark.parametrize("name", ["", "file 9", "batch 77", "UKZ7654321", "R2345678ABC", "x' OR 1=1"])
def test_what_nobody_knows_finds_nothing(paid: Refund, name: str) -> None:
    assert tracing.trace(name).ways == ()


def test_what_comes_next(treasury: Treasury) -> None:
    treasury.refund()
    before = queries.outlook(now=treasury.morning)
    assert (before.cut_off_at, before.to_file, before.to_file_cents) == (treasury.cut_off, 1, 125_000)
    assert (before.batch_day, before.to_pay) == (date(2026, 11, 24), 0)
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    after = queries.outlook(now=treasury.cut_off)
    assert (after.to_file, after.to_pay, after.to_pay_cents, after.float.free_cents) == (0, 1, 125_000, 0)


def test_how_far_a_disbursement_is(paid: Refund, django_assert_num_queries: Any) -> None:
    batches = list(queries.batches())
    with django_assert_num_queries(1):
        progress = queries.progress(batches)[batches[0].pk]
    assert (progress.lines, progress.cents, progress.waiting, progress.sent, progress.paid) == (2, 155_000, 1, 0, 1)
    assert (progress.paid_cents, progress.percent) == (125_000, 50)
    assert queries.line_states(list(queries.files())) == {file.pk: {"open": 1, "paid": 1} for file in queries.files()}
