"""What is held after it was prepared or approved is not paid, as long as nobody began to hand it to M-PESA."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from sokopesa.disbursement import batching, filing, instant, portal, queries, returned, rules, stopping
from sokopesa.disbursement.errors import LinesHeld, LineUnderWay, OwnMoney
from sokopesa.disbursement.models import Batch, BatchLine, FileLine, InstantRule
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Treasury = Market = AllAtOnce = Any
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WHY = "M-PESA took this payment back itself."


def acknowledged(treasury: Treasury, count: int = 2, **other: Any) -> list[Refund]:
    refunds = [treasury.refund(**other) for _ in range(count)]
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()
    return refunds


def hold(refund: Refund) -> list[int]:
    return moving.hold({refund.pk: (Refund.Wait.OPERATOR, WHY)})


def approve(treasury: Treasury, batch: Batch, shillings: int) -> Batch:
    return batching.approve(batch_id=batch.pk, approver=treasury.member(), typed_total=str(shillings), now=NOW)


@pytest.mark.django_db
def test_a_disbursement_does_not_pay_what_was_held_since_it_was_prepared(treasury: Treasury) -> None:
    held, other = acknowledged(treasury)
    batch = batching.prepare(maker=treasury.member(), now=NOW)
    hold(held)
    with pytest.raises(LinesHeld, match=held.number):
        approve(treasury, batch, 2_500)
    assert not Transfer.objects.exists()
    line = BatchLine.objects.get(file_line__refund=held)
    batching.leave_out(batch_id=batch.pk, line_id=line.pk, by=treasury.member(), reason=WHY, now=NOW)
    approve(treasury, batch, 1_250)
    assert Transfer.objects.get().refund == other


@pytest.mark.django_db
def test_nobody_approves_a_disbursement_with_a_refund_of_their_own_to_whatever_phone(
    treasury: Treasury, market: Market
) -> None:
    approver = treasury.member()
    acknowledged(treasury, 1, purchase=market.purchase(buyer=approver), msisdn="254722000111")
    batch = batching.prepare(maker=treasury.member(), now=NOW)
    with pytest.raises(OwnMoney):
        batching.approve(batch_id=batch.pk, approver=approver, typed_total="1250", now=NOW)


def in_force(treasury: Treasury) -> None:
    proposed = rules.propose(
        cause=Refund.Cause.UNKNOWN_ACCOUNT,
        up_to_cents=200_000,
        daily_limit_cents=1_000_000,
        via=InstantRule.Via.B2C,
        reason="Small sums.",
        valid_from=treasury.morning,
        maker=treasury.member(),
        now=treasury.morning,
    )
    rules.approve(rule_id=proposed.pk, decider=treasury.member(), now=treasury.morning)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["held", "batched"])
def test_a_rule_pays_nothing_that_somebody_else_took_meanwhile(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The other comes between the rule's reading of what it covers and its taking of it."""
    treasury.fill()
    in_force(treasury)
    refund = treasury.refund()
    fits = instant._fits

    def meanwhile(*args: Any) -> bool:
        if how == "held":
            hold(refund)
        else:
            moving.file([refund.pk])
            moving.batch([refund.pk])
        return fits(*args)

    monkeypatch.setattr(instant, "_fits", meanwhile)
    assert instant.pay_due(now=NOW) == 0
    assert not Transfer.objects.exists()


@pytest.mark.django_db
def test_what_is_held_while_it_is_put_into_a_disbursement_stays_out(treasury: Treasury) -> None:
    (refund,) = acknowledged(treasury, 1)
    hold(refund)
    assert moving.batch([refund.pk]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("via", [Batch.Via.API, Batch.Via.PORTAL])
def test_a_line_that_nobody_began_to_hand_over_can_be_stopped(treasury: Treasury, via: Batch.Via) -> None:
    stopped, other = acknowledged(treasury)
    approve(treasury, batch := batching.prepare(maker=treasury.member(), via=via, now=NOW), 2_500)
    assert stopping.stop([stopped.pk], reason=WHY, now=NOW) == [stopped.pk]
    assert stopping.stop([stopped.pk], reason=WHY, now=NOW) == []
    stopped.refresh_from_db()
    assert (stopped.state, stopped.waits_for, stopped.remark) == ("reconciled", "operator", WHY)
    assert FileLine.objects.get(refund=stopped).state == "withdrawn"
    assert dict(Transfer.objects.values_list("refund", "state")) == {stopped.pk: "withdrawn", other.pk: "released"}
    if via == Batch.Via.PORTAL:
        made = portal.export(batch_id=batch.pk, by=treasury.member(), now=NOW)
        assert (other.number.encode() in made.body, stopped.number.encode() in made.body) == (True, False)
    Transfer.objects.filter(refund=other, state="released").update(state="sent", sent_at=NOW)
    Transfer.objects.filter(refund=other).update(state="returned", code="7", ended_at=NOW)
    assert batching.finish_due(now=NOW) == 1
    progress = queries.progress([batch])[batch.pk]
    assert (progress.returned, progress.waiting, progress.percent) == (2, 0, 100)
    returned.retry(refund_id=stopped.pk, by=treasury.member(), now=NOW)
    (again,) = [file for file in filing.close_due(now=NOW.replace(day=25)) if file.lines]
    assert again.entries.get().refund == stopped


@pytest.mark.django_db
def test_what_we_began_to_hand_over_is_not_stopped(treasury: Treasury) -> None:
    (refund,) = acknowledged(treasury, 1)
    approve(treasury, batching.prepare(maker=treasury.member(), via=Batch.Via.PORTAL, now=NOW), 1_250)
    hand_over(Transfer.objects.values_list("pk", flat=True), now=NOW)
    assert stopping.stop([refund.pk], reason=WHY, now=NOW) == []
    refund.refresh_from_db()
    assert (refund.state, FileLine.objects.get().state) == ("sent", "open")


@pytest.mark.django_db
def test_what_a_rule_let_leave_is_stopped_before_it_is_handed_over(treasury: Treasury) -> None:
    treasury.fill()
    in_force(treasury)
    refund = treasury.refund()
    assert instant.pay_due(now=NOW) == 1
    assert stopping.stop([refund.pk], reason=WHY, now=NOW) == [refund.pk]
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for, Transfer.objects.get().state) == ("returned", "operator", "withdrawn")


def test_withdrawing_a_line_never_locks_against_a_disbursement(
    all_at_once: AllAtOnce, treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has what the other wants next: the line, and its refund."""
    acknowledged(treasury, 1)
    line, maker = FileLine.objects.get(), treasury.member()
    has_line, has_refund = Event(), Event()
    unfile, batch = moving.unfile, moving.batch

    def unfile_later(ids: Any) -> list[int]:
        has_line.set()
        assert has_refund.wait(10)
        return unfile(ids)

    def batch_first(ids: Any) -> list[int]:
        assert has_line.wait(10)
        taken = batch(ids)
        has_refund.set()
        return taken

    monkeypatch.setattr(moving, "unfile", unfile_later)
    monkeypatch.setattr(moving, "batch", batch_first)
    made, refused = all_at_once(
        lambda: batching.prepare(maker=maker, now=NOW),
        lambda: filing.withdraw(line_id=line.pk, by=maker, reason="Reversed.", now=NOW),
    )
    assert isinstance(made, Batch)
    assert isinstance(refused, LineUnderWay)
