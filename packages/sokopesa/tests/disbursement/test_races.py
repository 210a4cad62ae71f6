"""Workers and people who do the same at the same moment, each with a connection of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from sokopesa.disbursement import batching, filing, goodwill, instant, returned, rules
from sokopesa.disbursement.errors import (
    BatchDecided,
    GoodwillDecided,
    GoodwillStands,
    NothingToPay,
    PreparedAlready,
    RedirectionDecided,
)
from sokopesa.disbursement.models import Batch, FileLine, Goodwill, InstantPayment, InstantRule, RefundFile
from sokopesa.ledger.accounts import GOODWILL
from sokopesa.ledger.queries import balance_cents
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


def test_many_who_approve_goodwill_give_one_refund(all_at_once: AllAtOnce, treasury: Treasury, market: Market) -> None:
    order = market.paid_order()
    proposal = goodwill.propose(
        purchase_id=order.purchase_id, amount_cents=20_000, reason="Late.", maker=treasury.member(), now=NOW
    )
    people = [treasury.member() for _ in range(4)]
    outcomes = all_at_once(
        *[lambda who=who: goodwill.approve(goodwill_id=proposal.pk, decider=who, now=NOW) for who in people]
    )
    assert sum(isinstance(outcome, Goodwill) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, GoodwillDecided) for outcome in outcomes) == 3
    assert Refund.objects.get(cause="goodwill").amount_cents == 20_000
    assert balance_cents(GOODWILL) == 20_000


def test_proposals_for_one_order_are_one(all_at_once: AllAtOnce, treasury: Treasury, market: Market) -> None:
    order = market.paid_order()
    makers = [treasury.member() for _ in range(4)]
    outcomes = all_at_once(
        *[
            lambda who=who: goodwill.propose(
                purchase_id=order.purchase_id, amount_cents=100_000, reason="Late.", maker=who, now=NOW
            )
            for who in makers
        ]
    )
    assert sum(isinstance(outcome, Goodwill) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, GoodwillStands) for outcome in outcomes) == 3


def test_a_refund_is_topped_up_or_reversed_but_not_both(all_at_once: AllAtOnce, treasury: Treasury) -> None:
    """Whoever comes first: it is paid whole, and nothing is left over."""
    maker = treasury.member()
    rule = rules.propose(
        cause=Refund.Cause.UNKNOWN_ACCOUNT,
        up_to_cents=100_000,
        daily_limit_cents=10_000_000,
        via=InstantRule.Via.B2C,
        reason="Small ones.",
        valid_from=NOW,
        maker=maker,
        now=NOW,
    )
    rules.approve(rule_id=rule.pk, decider=treasury.member(), now=NOW)
    treasury.fill()
    small = [treasury.refund(400) for _ in range(6)]
    proposals = [
        goodwill.propose_top_up(refund_id=refund.pk, reason="Small.", maker=maker, now=NOW) for refund in small
    ]
    decider = treasury.member()
    all_at_once(
        *[lambda pk=proposal.pk: goodwill.approve(goodwill_id=pk, decider=decider, now=NOW) for proposal in proposals],
        lambda: instant.pay_due(now=NOW),
        lambda: instant.pay_due(now=NOW),
    )
    instant.pay_due(now=NOW)
    for transfer in Transfer.objects.select_related("refund"):
        assert transfer.refund is not None
        topped_up = transfer.refund.topped_up_cents
        assert (transfer.via, transfer.amount_cents, topped_up) in [("reversal", 400, 0), ("b2c", 1_000, 600)]
    assert Transfer.objects.count() == 6


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
