"""Leaving at once: only by a rule of two people, within its limits, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import filing, instant, rules
from sokopesa.disbursement.errors import NotYourDecision, OwnWork, RuleDecided, RuleRefused, RuleStands
from sokopesa.disbursement.models import InstantPayment, InstantRule
from sokopesa.ledger import accounts
from sokopesa.notices.models import Notice
from sokopesa.payouts.models import Transfer
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Market = Any

CAUSE = Refund.Cause.UNKNOWN_ACCOUNT


def rule(treasury: Treasury, **other: Any) -> InstantRule:
    """In force since this morning: up to KES 2,000 each and KES 5,000 a day, by B2C."""
    facts: dict[str, Any] = {
        "cause": CAUSE,
        "up_to_cents": 200_000,
        "daily_limit_cents": 500_000,
        "via": InstantRule.Via.B2C,
        "reason": "Small sums cost more to file than to pay.",
        "valid_from": treasury.morning,
        "maker": treasury.member(),
        "now": treasury.morning,
    }
    made = rules.propose(**facts | other)
    return rules.approve(rule_id=made.pk, decider=treasury.member(), now=treasury.morning)


def test_without_a_rule_nothing_leaves_at_once(treasury: Treasury) -> None:
    treasury.fill()
    treasury.refund()
    assert instant.pay_due(now=treasury.morning) == 0
    rules.propose(
        cause=CAUSE,
        up_to_cents=200_000,
        daily_limit_cents=500_000,
        via=InstantRule.Via.B2C,
        reason="Proposed only.",
        valid_from=treasury.morning,
        maker=treasury.member(),
        now=treasury.morning,
    )
    assert instant.pay_due(now=treasury.morning) == 0
    assert not Transfer.objects.exists()


def test_what_a_rule_covers_leaves_at_once_and_stands_in_no_file(treasury: Treasury) -> None:
    treasury.fill()
    made = rule(treasury)
    small, large, other = treasury.refund(30_050), treasury.refund(200_100), treasury.owed()
    assert instant.pay_due(now=treasury.morning) == 1
    assert instant.pay_due(now=treasury.morning) == 0
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.via, transfer.payee, transfer.amount_cents) == (
        "released",
        "b2c",
        small.msisdn,
        30_100,
    )
    assert InstantPayment.objects.get().rule == made
    (file,) = filing.close_due(now=treasury.cut_off)
    assert [line.refund for line in file.entries.all()] == [large]
    small.refresh_from_db()
    other.refresh_from_db()
    assert (small.state, other.state) == ("sent", "owed")


def test_the_days_limit_holds_and_the_next_day_has_one_of_its_own(treasury: Treasury) -> None:
    treasury.fill()
    rule(treasury)
    for _ in range(4):
        treasury.refund(200_000)
    assert instant.pay_due(now=treasury.morning) == 2
    treasury.refund(100_000)
    assert instant.pay_due(now=treasury.morning) == 1, "what still fits goes"
    assert instant.pay_due(now=treasury.morning + timedelta(hours=10)) == 0
    assert instant.pay_due(now=treasury.morning + timedelta(hours=15)) == 2, "in Nairobi it is the next day"


def test_the_database_holds_the_limit_too(treasury: Treasury) -> None:
    treasury.fill()
    made = rule(treasury)
    treasury.refund(200_000)
    instant.pay_due(now=treasury.morning)
    paid = InstantPayment.objects.get()
    another = rule(treasury, cause=Refund.Cause.LATE_PAYMENT)
    for wrong in (
        {"rule": another, "amount_cents": paid.amount_cents},
        {"rule": made, "amount_cents": 500_000},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            InstantPayment.objects.create(transfer=paid.transfer, day=paid.day, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstantRule.objects.filter(pk=made.pk).update(daily_limit_cents=10_000_000)


def test_the_float_has_to_hold_it(treasury: Treasury) -> None:
    treasury.fill(130_000)
    rule(treasury)
    treasury.refund(125_000)
    treasury.refund(10_000)
    treasury.refund(5_000)
    assert instant.pay_due(now=treasury.morning) == 2
    assert sorted(Transfer.objects.values_list("amount_cents", flat=True)) == [5_000, 125_000]


def test_whole_payments_go_back_by_reversal_where_the_rule_says_so(treasury: Treasury) -> None:
    rule(treasury, via=InstantRule.Via.REVERSAL)
    whole = treasury.refund(150_000)
    partly = treasury.refund(100_000, received_cents=150_000)
    assert instant.pay_due(now=treasury.morning) == 1, "a part goes by B2C, for which the float is empty"
    transfer = Transfer.objects.get()
    assert (transfer.via, transfer.original_receipt, transfer.shortcode) == ("reversal", whole.receipt, "174379")
    treasury.fill()
    assert instant.pay_due(now=treasury.morning) == 1
    assert Transfer.objects.get(refund=partly).via == "b2c"


def test_less_than_mpesa_pays_out_goes_back_by_reversal_if_it_is_the_whole_payment(treasury: Treasury) -> None:
    treasury.fill()
    rule(treasury)
    whole = treasury.refund(500)
    treasury.refund(500, received_cents=100_000)
    assert instant.pay_due(now=treasury.morning) == 1
    assert (Transfer.objects.get().refund, Transfer.objects.get().via) == (whole, "reversal")


def test_a_held_refund_stays(treasury: Treasury) -> None:
    treasury.fill()
    rule(treasury)
    held = treasury.refund()
    moving.hold({held.pk: (Refund.Wait.OPERATOR, "The buyer called.")})
    treasury.refund(msisdn="")
    assert instant.pay_due(now=treasury.morning) == 0


def test_rules_are_made_by_two_people_and_ended_by_one(treasury: Treasury, market: Market) -> None:
    maker, decider = treasury.member(), treasury.member()
    facts: dict[str, Any] = {
        "cause": CAUSE,
        "up_to_cents": 100_000,
        "daily_limit_cents": 500_000,
        "via": InstantRule.Via.B2C,
        "reason": "Small sums.",
        "valid_from": treasury.morning + timedelta(days=1),
        "now": treasury.morning,
    }
    with pytest.raises(NotYourDecision):
        rules.propose(maker=market.buyer(), **facts)
    for wrong in ({"up_to_cents": 0}, {"daily_limit_cents": 1}, {"valid_from": treasury.morning - timedelta(days=1)}):
        with pytest.raises(RuleRefused):
            rules.propose(maker=maker, **facts | wrong)
    made = rules.propose(maker=maker, **facts)
    with pytest.raises(RuleStands):
        rules.propose(maker=decider, **facts)
    with pytest.raises(OwnWork):
        rules.approve(rule_id=made.pk, decider=maker, now=treasury.morning)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstantRule.objects.filter(pk=made.pk).update(state="approved", decider=maker, decided_at=treasury.morning)
    rules.approve(rule_id=made.pk, decider=decider, now=treasury.morning)
    treasury.fill()
    treasury.refund(50_000)
    assert instant.pay_due(now=treasury.morning) == 0, "it holds from tomorrow on"
    rules.end(rule_id=made.pk, by=maker, now=treasury.morning)
    assert instant.pay_due(now=treasury.morning + timedelta(days=2)) == 0
    with pytest.raises(RuleDecided):
        rules.approve(rule_id=made.pk, decider=treasury.member(), now=treasury.morning)


def test_the_books_say_who_owes_whom_while_it_is_on_its_way(treasury: Treasury) -> None:
    treasury.fill()
    rule(treasury)
    refund = treasury.refund()
    instant.pay_due(now=treasury.morning)
    assert Transfer.objects.get().account == accounts.refunds(refund.pk)


def test_large_ones_that_wait_hold_up_no_small_ones(treasury: Treasury, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of them are before the small ones."""
    monkeypatch.setattr(instant, "AT_ONCE", 2)
    treasury.fill()
    rule(treasury, daily_limit_cents=300_000)
    first = treasury.refund(200_000)
    assert instant.pay_due(now=treasury.morning) == 1
    large, small = [treasury.refund(150_000) for _ in range(3)], treasury.refund(50_000)
    assert instant.pay_due(now=treasury.morning) == 1
    small.refresh_from_db()
    assert (small.state, {each.state for each in large}) == ("sent", {"reconciled"})
    assert set(Transfer.objects.values_list("refund", flat=True)) == {first.pk, small.pk}


def test_nor_do_they_where_the_float_is_short_and_the_operator_is_told(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instant, "AT_ONCE", 2)
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    treasury.fill(60_000)
    rule(treasury)
    for _ in range(3):
        treasury.refund(150_000)
    small = treasury.refund(50_000)
    assert instant.pay_due(now=treasury.morning) == 1
    small.refresh_from_db()
    assert small.state == "sent"
    assert "too little for refunds that should leave at once" in Notice.objects.get(kind="operator").text
