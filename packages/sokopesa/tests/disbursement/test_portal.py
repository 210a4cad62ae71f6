"""Paying by the portal's bulk file: what is in it, and what its results do."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import batching, filing, portal, returned
from sokopesa.disbursement.errors import NotByPortal, ResultsRefused
from sokopesa.disbursement.models import Batch
from sokopesa.payouts.models import Transfer
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Any
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def batch(treasury: Treasury) -> Batch:
    """Two refunds, approved to be paid by the portal."""
    for cents in (125_000, 30_000):
        treasury.refund(cents)
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()
    prepared = batching.prepare(maker=treasury.member(), via=Batch.Via.PORTAL, now=NOW)
    return batching.approve(batch_id=prepared.pk, approver=treasury.member(), typed_total="1550", now=NOW)


def results(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, portal.RESULT_COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def row(refund: Refund, **other: str) -> dict[str, str]:
    facts = {
        "MobileNumber": refund.msisdn,
        "Amount": f"{refund.amount_cents // 100:,}.00",
        "PurposeOfPayment": f"Refund {refund.number} 1",
        "Status": "Completed",
        "TransactionID": f"UKZ{refund.pk % 10_000_000:07d}",
        "CompletedAt": "24-11-2026 11:30:00",
        "Reason": "",
    }
    return facts | other


def test_the_bulk_file_has_the_columns_that_were_set_and_its_lines_count_as_sent(
    treasury: Treasury, batch: Batch
) -> None:
    by = treasury.member()
    made = portal.export(batch_id=batch.pk, by=by, now=NOW)
    first, second = Refund.objects.order_by("pk")
    assert list(csv.reader(io.StringIO(made.body.decode()))) == [
        ["MobileNumber", "DocumentType", "DocumentNumber", "Amount", "PurposeOfPayment", "Name"],
        [first.msisdn, "", "", "1250", f"Refund {first.number} 1", ""],
        [second.msisdn, "", "", "300", f"Refund {second.number} 1", ""],
    ]
    assert (made.name, made.was_made_before) == ("disbursement-000001.csv", False)
    assert set(Transfer.objects.values_list("state", flat=True)) == {"sent"}
    again = portal.export(batch_id=batch.pk, by=by, now=NOW)
    assert (again.body, again.was_made_before) == (made.body, True)
    CONFIGURATION.portal_columns, kept = "Amount,MobileNumber", CONFIGURATION.portal_columns
    try:
        assert portal.export(batch_id=batch.pk, by=by, now=NOW).body.startswith(b"Amount,MobileNumber\r\n1250,254")
    finally:
        CONFIGURATION.portal_columns = kept


def test_results_end_the_lines_they_name_and_no_others(treasury: Treasury, batch: Batch) -> None:
    by = treasury.member()
    portal.export(batch_id=batch.pk, by=by, now=NOW)
    first, second = Refund.objects.order_by("pk")
    body = results([row(first)])
    assert len(portal.read_results(batch_id=batch.pk, body=body, by=by, now=NOW).moved) == 1
    assert not portal.read_results(batch_id=batch.pk, body=body, by=by, now=NOW).moved
    first.refresh_from_db()
    assert (first.state, first.paid_at) == ("paid", datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
    assert batching.finish_due(now=NOW) == 0
    failed = results([row(second, Status="Failed", TransactionID="", CompletedAt="", Reason="Not registered")])
    portal.read_results(batch_id=batch.pk, body=failed, by=by, now=NOW)
    second.refresh_from_db()
    assert (second.state, second.waits_for) == ("returned", "operator")
    assert second.file_lines.get().remark == "Not registered"
    assert batching.finish_due(now=NOW) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"PurposeOfPayment": "Refund RAAAAAAAAAA 1"},
        {"MobileNumber": "254700000000"},
        {"Amount": "1251"},
        {"Amount": "many"},
        {"Status": "Perhaps"},
        {"TransactionID": ""},
        {"CompletedAt": "tomorrow"},
        {"CompletedAt": "24-11-2036 11:30:00"},
    ],
)
def test_results_that_make_no_sense_change_nothing(treasury: Treasury, batch: Batch, wrong: dict[str, str]) -> None:
    by = treasury.member()
    portal.export(batch_id=batch.pk, by=by, now=NOW)
    first, second = Refund.objects.order_by("pk")
    with pytest.raises(ResultsRefused) as refused:
        portal.read_results(batch_id=batch.pk, body=results([row(second), row(first, **wrong)]), by=by, now=NOW)
    assert refused.value.faults[0].startswith("Line 3:")
    assert set(Transfer.objects.values_list("state", flat=True)) == {"sent"}


def test_results_of_an_earlier_try_say_nothing_of_the_next_one(treasury: Treasury) -> None:
    """Else a file of results that was read once more, beside another disbursement, would have them paid twice."""
    by, refund = treasury.member(), treasury.refund()
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()
    purposes = []
    for moment in (NOW, NOW + timedelta(days=2)):
        prepared = batching.prepare(maker=by, via=Batch.Via.PORTAL, now=moment)
        batching.approve(batch_id=prepared.pk, approver=treasury.member(), typed_total="1250", now=moment)
        made = portal.export(batch_id=prepared.pk, by=by, now=moment)
        ((*_, purpose, _),) = list(csv.reader(io.StringIO(made.body.decode())))[1:]
        purposes.append(purpose)
        told = row(refund, PurposeOfPayment=purposes[0], Status="Failed", TransactionID="", CompletedAt="", Reason="No")
        if len(purposes) == 1:
            portal.read_results(batch_id=prepared.pk, body=results([told]), by=by, now=moment)
            returned.retry(refund_id=refund.pk, by=by, now=moment)
            treasury.acknowledge(filing.close_due(now=moment + timedelta(days=1)))
        else:
            with pytest.raises(ResultsRefused, match="no line of this disbursement"):
                portal.read_results(batch_id=prepared.pk, body=results([told]), by=by, now=moment)
    assert len(set(purposes)) == 2
    assert Transfer.objects.get(attempt=2).state == "sent"


@pytest.mark.parametrize("wrong", [b"\0", b"a" * 140_000, b'"'])
def test_a_file_that_is_no_table_is_refused_in_words(treasury: Treasury, batch: Batch, wrong: bytes) -> None:
    body = results([row(Refund.objects.order_by("pk")[0])]) + wrong
    with pytest.raises(ResultsRefused):
        portal.read_results(batch_id=batch.pk, body=body, by=treasury.member(), now=NOW)


def test_line_ends_of_every_kind_are_read(treasury: Treasury, batch: Batch) -> None:
    by = treasury.member()
    portal.export(batch_id=batch.pk, by=by, now=NOW)
    body = results([row(Refund.objects.order_by("pk")[0])]).replace(b"\r\n", b"\r")
    assert len(portal.read_results(batch_id=batch.pk, body=body, by=by, now=NOW).moved) == 1


def test_a_disbursement_by_api_has_no_bulk_file(treasury: Treasury) -> None:
    treasury.refund()
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    prepared = batching.prepare(maker=treasury.member(), now=NOW)
    with pytest.raises(NotByPortal):
        portal.export(batch_id=prepared.pk, by=treasury.member(), now=NOW)
