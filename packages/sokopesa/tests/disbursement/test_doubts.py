"""What M-PESA may have given back already is paid again, or closed as reversed, by two people and never by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.disbursement import doubts, filing, goodwill, instant, returned
from sokopesa.disbursement.doubt_models import Answer, Doubt
from sokopesa.disbursement.errors import (
    AnswerDecided,
    AnswerStands,
    Doubted,
    NotWaiting,
    OwnMoney,
    OwnWork,
    ReversalRefused,
)
from sokopesa.ledger.accounts import mpesa, refunds
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.refunds import moving
from sokopesa.refunds.actions import use
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Market = Any
How = Answer.How
HELD = "M-PESA took this payment back itself. It must not be paid a second time."


@pytest.fixture
def refund(treasury: Treasury) -> Refund:
    """M-PESA took the payment back itself, as its statement says."""
    refund: Refund = treasury.refund()
    assert doubts.raise_doubts({refund.pk: HELD}, about="reversal:UKF9REVERS", now=treasury.morning) == [refund.pk]
    refund.refresh_from_db()
    return refund


def test_nobody_lets_it_go_on_alone(treasury: Treasury, refund: Refund) -> None:
    with pytest.raises(Doubted):
        returned.retry(refund_id=refund.pk, by=treasury.member(), now=treasury.morning)
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for, refund.remark) == ("reconciled", "operator", HELD)
    (file,) = filing.close_due(now=treasury.cut_off)
    assert (file.lines, instant.pay_due(now=treasury.morning)) == (0, 0)


def test_neither_does_who_says_that_it_was_reversed_before(treasury: Treasury) -> None:
    """M-PESA's own answer to our reversal."""
    refund = treasury.refund()
    treasury.give_back(refund, code="R000001", at=treasury.morning)
    assert Doubt.objects.get().refund == refund
    with pytest.raises(Doubted):
        returned.retry(refund_id=refund.pk, by=treasury.member(), now=treasury.morning)
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for) == ("returned", "operator")


def test_nor_does_a_top_up_or_what_is_tried_again_by_itself(treasury: Treasury) -> None:
    small, short = treasury.refund(400), treasury.refund()
    proposed = goodwill.propose_top_up(
        refund_id=small.pk, reason="Too little.", maker=treasury.member(), now=treasury.morning
    )
    treasury.give_back(short, code="1", at=treasury.morning)
    doubts.raise_doubts({small.pk: HELD, short.pk: HELD}, about="reversal:UKF9REVERS", now=treasury.morning)
    with pytest.raises(Doubted):
        goodwill.approve(goodwill_id=proposed.pk, decider=treasury.member(), now=treasury.morning)
    treasury.fill()
    assert returned.retry_due(now=treasury.morning + timedelta(days=1)) == 0
    assert not use(small, into={mpesa("174379"): 400}, now=treasury.morning)


def test_the_database_keeps_it_whoever_writes(treasury: Treasury, refund: Refund) -> None:
    doubt = Doubt.objects.filter(refund=refund)
    for wrong in (
        lambda: moving.free([refund.pk]),
        lambda: moving.file([refund.pk]),
        lambda: moving.sent([refund.pk]),
        lambda: Refund.objects.filter(pk=refund.pk).update(state="used"),
        lambda: doubt.update(ended_at=treasury.morning),
        lambda: doubt.update(words="Nothing."),
        doubt.delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_two_people_have_it_paid_and_the_same_fact_holds_it_no_more(treasury: Treasury, refund: Refund) -> None:
    maker, decider, now = treasury.member(), treasury.member(), treasury.morning + timedelta(hours=1)
    proposed = doubts.propose(refund_id=refund.pk, how=How.AGAIN, reason="Undone by M-PESA.", maker=maker, now=now)
    assert (
        doubts.propose(refund_id=refund.pk, how=How.AGAIN, reason="Undone by M-PESA.", maker=maker, now=now) == proposed
    )
    with pytest.raises(AnswerStands):
        doubts.propose(refund_id=refund.pk, how=How.AGAIN, reason="Another.", maker=maker, now=now)
    with pytest.raises(OwnWork):
        doubts.approve(answer_id=proposed.pk, decider=maker, now=now)
    approved = doubts.approve(answer_id=proposed.pk, decider=decider, now=now)
    assert doubts.approve(answer_id=proposed.pk, decider=decider, now=now) == approved
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for) == ("reconciled", "")
    assert doubts.raise_doubts({refund.pk: HELD}, about="reversal:UKF9REVERS", now=now) == []
    assert doubts.raise_doubts({refund.pk: HELD}, about="reversal:UKF9OTHERR", now=now) == [refund.pk]
    with pytest.raises(AnswerDecided):
        doubts.refuse(answer_id=proposed.pk, decider=treasury.member(), remark="Too late.", now=now)


@pytest.mark.parametrize("place", ["owed", "reconciled", "filed", "returned"])
def test_two_people_close_it_as_reversed_and_the_books_tie(treasury: Treasury, place: str) -> None:
    refund = treasury.owed() if place == "owed" else treasury.refund()
    if place == "filed":
        filing.close_due(now=treasury.cut_off)
    if place == "returned":
        treasury.give_back(refund, code="R000001", at=treasury.morning)
    doubts.raise_doubts({refund.pk: HELD}, about="reversal:UKF9REVERS", now=treasury.cut_off)
    now, at = treasury.cut_off + timedelta(hours=1), treasury.cut_off
    before = balance_cents(mpesa("174379"))
    proposed = doubts.propose(
        refund_id=refund.pk,
        how=How.REVERSED,
        receipt=" ukf9revers ",
        reversed_at=at,
        reason="It stands in the portal.",
        maker=treasury.member(),
        now=now,
    )
    refund.refresh_from_db()
    assert refund.state == place
    doubts.approve(answer_id=proposed.pk, decider=treasury.member(), now=now)
    refund.refresh_from_db()
    assert (refund.state, refund.paid_at, refund.waits_for) == ("paid", at, "")
    assert Entry.objects.get(key="reversed:UKF9REVERS").happened_at == at
    assert balance_cents(refunds(refund.pk)) == 0
    assert balance_cents(mpesa("174379")) == before - refund.amount_cents
    assert not discrepancies()
    assert not refund.file_lines.filter(state="open").exists()


def test_a_reversal_has_a_receipt_and_a_moment_that_has_come(treasury: Treasury, refund: Refund) -> None:
    by, now = treasury.member(), treasury.cut_off
    for receipt, at in (("", now), ("SHORT", now), ("UKF9REVERS", None), ("UKF9REVERS", now + timedelta(hours=1))):
        with pytest.raises(ReversalRefused):
            doubts.propose(
                refund_id=refund.pk,
                how=How.REVERSED,
                receipt=receipt,
                reversed_at=at,
                reason="So.",
                maker=by,
                now=now,
            )


def test_nobody_decides_about_their_own_money_or_about_what_is_not_in_doubt(treasury: Treasury) -> None:
    member = treasury.member()
    own, other = treasury.refund(msisdn=member.phone), treasury.refund()
    doubts.raise_doubts({own.pk: HELD}, about="reversal:UKF9REVERS", now=treasury.morning)
    with pytest.raises(OwnMoney):
        doubts.propose(refund_id=own.pk, how=How.AGAIN, reason="Mine.", maker=member, now=treasury.morning)
    proposed = doubts.propose(
        refund_id=own.pk, how=How.AGAIN, reason="Theirs.", maker=treasury.member(), now=treasury.morning
    )
    with pytest.raises(OwnMoney):
        doubts.approve(answer_id=proposed.pk, decider=member, now=treasury.morning)
    with pytest.raises(NotWaiting):
        doubts.propose(refund_id=other.pk, how=How.AGAIN, reason="Why not.", maker=member, now=treasury.morning)


def test_what_was_held_before_there_were_doubts_is_held_by_one(treasury: Treasury, refund: Refund) -> None:
    """The migration reads the words of the holds."""
    from importlib import import_module

    sql = import_module("sokopesa.disbursement.migrations.0004_doubts").GUARDS
    other = treasury.refund()
    moving.hold({other.pk: (Refund.Wait.OPERATOR, HELD), treasury.refund().pk: (Refund.Wait.OPERATOR, "Else.")})
    with connection.cursor() as cursor:
        cursor.execute(sql[sql.index("INSERT INTO disbursement_doubt") :].replace("%", "%%"), [])
    assert Doubt.objects.get(refund=other).words == HELD
    assert Doubt.objects.filter(about="held before").count() == 2, "this one and the fixture's"
