"""Workers and people who do the same at the same moment, each with a connection of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from sokopesa.disbursement import batching, filing, instant, returned, rules
from sokopesa.disbursement.errors import BatchDecided, NothingToPay, PreparedAlready, RedirectionDecided
from sokopesa.disbursement.models import Batch, FileLine, InstantPayment, InstantRule, RefundFile
from sokopesa.payouts import floats
from sokopesa.payouts.models import Transfer
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Treasury = Market = AllAtOnce = Any
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def acknowledged(treasury: Treasury, count: int = 5) -> None:
    """Refunds of KES 1,250 each, in a file that was acknowledged; the float is filled."""
    for _ in range(count):
        treasury.refund()
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    treasury.fill()


def test_many_workers_close_a_cut_off_once(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    for _ in range(5):
        treasury.refund()
    later = treasury.cut_off.replace(day=25)
    outcomes = all_at_once(*[lambda: filing.close_due(now=later) for _ in range(6)])
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert list(RefundFile.objects.order_by("number").values_list("number", "lines")) == [(1, 5), (2, 0), (3, 0)]
    assert FileLine.objects.count() == 5


def test_two_makers_prepare_one_disbursement(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    acknowledged(treasury)
    makers = [treasury.member() for _ in range(4)]
    outcomes = all_at_once(*[lambda who=who: batching.prepare(maker=who, now=NOW) for who in makers])
    assert sum(isinstance(outcome, Batch) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, PreparedAlready) for outcome in outcomes) == 3
    assert Batch.objects.get().lines == 5


def test_many_who_approve_release_each_line_once(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    acknowledged(treasury)
    batch = batching.prepare(maker=treasury.member(), now=NOW)
    people = [treasury.member() for _ in range(4)]
    outcomes = all_at_once(
        *[
            lambda who=who: batching.approve(batch_id=batch.pk, approver=who, typed_total="6250", now=NOW)
            for who in (*people, people[0])
        ]
    )
    assert 1 <= sum(isinstance(outcome, Batch) for outcome in outcomes) <= 2, "the same person may have asked twice"
    assert all(isinstance(outcome, Batch | BatchDecided) for outcome in outcomes)
    assert Transfer.objects.filter(state="released").count() == 5


def test_an_approval_and_a_cancellation_have_one_winner(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    acknowledged(treasury)
    maker, approver = treasury.member(), treasury.member()
    for round_ in range(6):
        batch = batching.prepare(maker=maker, now=NOW)
        outcomes = all_at_once(
            lambda batch=batch: batching.approve(batch_id=batch.pk, approver=approver, typed_total="6250", now=NOW),
            lambda batch=batch: batching.cancel(batch_id=batch.pk, by=maker, reason="Wait.", now=NOW),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Batch", "BatchDecided"]
        batch.refresh_from_db()
        if batch.state == "approved":
            assert Transfer.objects.count() == 5
            break
        assert not Transfer.objects.exists(), round_
        assert set(Refund.objects.values_list("state", flat=True)) == {"filed"}


def test_withdrawing_a_line_and_paying_it_have_one_winner(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    acknowledged(treasury, 1)
    line, maker = FileLine.objects.get(), treasury.member()
    all_at_once(
        lambda: batching.prepare(maker=maker, now=NOW),
        lambda: filing.withdraw(line_id=line.pk, by=maker, reason="Reversed.", now=NOW),
    )
    line.refresh_from_db()
    state = Refund.objects.get().state
    assert (line.state, state, Batch.objects.count()) in {("withdrawn", "reconciled", 0), ("open", "batched", 1)}


def test_a_file_and_a_rule_take_each_refund_once(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    treasury.fill()
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
    for _ in range(20):
        treasury.refund()
    pay = lambda: instant.pay_due(now=treasury.cut_off)  # noqa: E731
    outcomes = all_at_once(pay, pay, pay, lambda: filing.close_due(now=treasury.cut_off))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    at_once = set(Transfer.objects.values_list("refund_id", flat=True))
    filed = set(FileLine.objects.values_list("refund_id", flat=True))
    assert not at_once & filed
    assert len(at_once | filed) == 20
    assert InstantPayment.objects.count() == len(at_once) <= 8


def test_using_a_refund_and_filing_it_have_one_winner(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    refund = treasury.refund()
    all_at_once(
        lambda: filing.close_due(now=treasury.cut_off),
        lambda: Refund.objects.filter(pk=refund.pk, state="reconciled").update(state="used"),
        lambda: moving.hold({refund.pk: (Refund.Wait.OPERATOR, "Wait.")}),
    )
    refund.refresh_from_db()
    assert (refund.state, FileLine.objects.count()) in {("used", 0), ("filed", 1), ("reconciled", 0)}


def test_many_who_approve_another_number_change_it_once(
    all_at_once: AllAtOnce, treasury: Treasury, market: Market
) -> None:
    buyer = market.buyer()
    type(buyer).objects.filter(pk=buyer.pk).update(phone_verified_at=market.now)
    refund = treasury.refund(purchase=market.purchase(buyer=buyer), msisdn="254722000111")
    proposed = returned.propose(
        refund_id=refund.pk, payee=buyer.phone, reason="Closed line.", maker=treasury.member(), now=NOW
    )
    people = [treasury.member() for _ in range(4)]
    outcomes = all_at_once(
        *[lambda who=who: returned.approve(redirection_id=proposed.pk, decider=who, now=NOW) for who in people]
    )
    assert sum(isinstance(outcome, RedirectionDecided) for outcome in outcomes) == 3
    refund.refresh_from_db()
    assert refund.pays_to == buyer.phone


def test_a_second_disbursement_has_nothing_of_the_first(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    acknowledged(treasury)
    maker, approver = treasury.member(), treasury.member()
    batch = batching.prepare(maker=maker, now=NOW)
    outcomes = all_at_once(
        lambda: batching.approve(batch_id=batch.pk, approver=approver, typed_total="6250", now=NOW),
        lambda: batching.prepare(maker=maker, now=NOW),
    )
    assert isinstance(outcomes[0], Batch)
    assert isinstance(outcomes[1], PreparedAlready | NothingToPay)


def test_two_who_promise_the_same_float_do_not_both(
    all_at_once: AllAtOnce, treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule looks at the account after a disbursement was found to be covered, and before it is released."""
    acknowledged(treasury, 1)
    treasury.fill(150_000 - 1_000_000_000)
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
    treasury.refund()
    batch, approver = batching.prepare(maker=treasury.member(), now=NOW), treasury.member()
    found, looked = Event(), Event()
    release, pay = batching._release, moving.leave

    def slowly(*args: Any) -> None:
        found.set()
        looked.wait(1)
        release(*args)

    def leave(ids: Any) -> list[int]:
        looked.set()
        return pay(ids)

    monkeypatch.setattr(batching, "_release", slowly)
    monkeypatch.setattr(moving, "leave", leave)
    all_at_once(
        lambda: batching.approve(batch_id=batch.pk, approver=approver, typed_total="1250", now=NOW),
        lambda: found.wait(10) and instant.pay_due(now=NOW),
    )
    assert Transfer.objects.count() == 1
    assert floats.of("614251").free_cents == 25_000
