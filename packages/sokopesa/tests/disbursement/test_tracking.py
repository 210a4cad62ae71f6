"""The buyer reads in which file and disbursement the refund stands, and nothing of anybody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sokopesa.disbursement import batching, filing
from sokopesa.disbursement.models import Batch
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.refunds.models import Refund
from sokopesa.refunds.tracking import track

pytestmark = pytest.mark.django_db
Treasury = Any
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def steps(refund: Refund) -> list[str]:
    """The steps as they stand; those to come in brackets."""
    refund.refresh_from_db()
    way = track([refund], now=TUESDAY)[refund.pk].steps
    return [step.label if step.is_done else f"({step.label})" for step in way]


def test_a_refund_goes_through_file_and_disbursement_to_its_receipt(treasury: Treasury) -> None:
    refund, maker, approver = treasury.refund(), treasury.member(), treasury.member()
    treasury.refund(30_000)
    begun = ["Owed to you", "Payment confirmed"]
    assert steps(refund) == [*begun, "(Sent to M-PESA)", "(Paid back)"]
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    begun.append("In refund file 1 of 23 Nov")
    assert steps(refund) == [*begun, "(In the weekly disbursement)", "(Sent to M-PESA)", "(Paid back)"]
    treasury.fill()
    batch = batching.prepare(maker=maker, via=Batch.Via.PORTAL, now=TUESDAY)
    begun.append("In disbursement 1")
    assert steps(refund) == [*begun, "(Sent to M-PESA)", "(Paid back)"]
    assert track([refund], now=TUESDAY)[refund.pk].steps[3].detail.startswith("Prepared;")
    batching.approve(batch_id=batch.pk, approver=approver, typed_total="1550", now=TUESDAY)
    assert track([refund], now=TUESDAY)[refund.pk].steps[3].detail == "Approved 24 Nov by a second person."
    hand_over(Transfer.objects.values_list("pk", flat=True), now=TUESDAY)
    assert steps(refund) == [*begun, "Sent to M-PESA", "(Paid back)"]
    transfer = Transfer.objects.get(refund=refund)
    conclude([Conclusion(transfer.pk, "portal", receipt="UKB0000001", at=TUESDAY)], now=TUESDAY)
    assert steps(refund) == [*begun, "Sent to M-PESA", "Paid back"]
    assert "M-PESA receipt UKB0000001" in track([refund], now=TUESDAY)[refund.pk].in_words


def test_a_cancelled_disbursement_is_not_on_the_way(treasury: Treasury) -> None:
    refund, maker = treasury.refund(), treasury.member()
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()
    batch = batching.prepare(maker=maker, now=TUESDAY)
    batching.cancel(batch_id=batch.pk, by=maker, reason="The float is checked first.", now=TUESDAY)
    assert "(In the weekly disbursement)" in steps(refund)


def test_many_cost_the_queries_of_one(treasury: Treasury, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        treasury.refund()
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    filed = list(Refund.objects.all())
    for some in (filed, filed[:1]):
        with django_assert_num_queries(2):
            assert len(track(some, now=TUESDAY)) == len(some)
