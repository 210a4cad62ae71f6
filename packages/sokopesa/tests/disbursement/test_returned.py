"""What does not go on by itself: again, or to another number, which two people decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.disbursement import filing, instant, queries, returned
from sokopesa.disbursement.errors import (
    NotBuyersNumber,
    NotWaiting,
    OwnMoney,
    OwnWork,
    RedirectionDecided,
    RedirectionStands,
)
from sokopesa.disbursement.models import Redirection
from sokopesa.notices.models import Notice
from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Market = Any
PAYER = "254722000111"


@pytest.fixture
def buyer(market: Market) -> User:
    """Has confirmed the number that they sign in with."""
    buyer: User = market.buyer()
    buyer.phone_verified_at = market.now
    buyer.save(update_fields=["phone_verified_at"])
    return buyer


@pytest.fixture
def refund(treasury: Treasury, market: Market, buyer: User) -> Refund:
    """Paid from another phone than the buyer's own."""
    refund: Refund = treasury.refund(purchase=market.purchase(buyer=buyer), msisdn=PAYER)
    return refund


def test_a_redirection_takes_two_people_and_everybody_is_told(treasury: Treasury, refund: Refund, buyer: User) -> None:
    (file,) = filing.close_due(now=treasury.cut_off)
    maker, decider, later = treasury.member(), treasury.member(), treasury.cut_off + timedelta(hours=1)
    proposed = returned.propose(
        refund_id=refund.pk, payee=buyer.phone, reason="The payer's line is closed.", maker=maker, now=later
    )
    refund.refresh_from_db()
    assert (refund.state, refund.pays_to) == ("filed", PAYER)
    with pytest.raises(OwnWork):
        returned.approve(redirection_id=proposed.pk, decider=maker, now=later)
    approved = returned.approve(redirection_id=proposed.pk, decider=decider, now=later)
    assert returned.approve(redirection_id=proposed.pk, decider=decider, now=later) == approved
    refund.refresh_from_db()
    assert (refund.state, refund.pays_to, refund.msisdn) == ("reconciled", buyer.phone, PAYER)
    assert file.entries.get().state == "withdrawn"
    assert b"".join(filing.render(file)).count(PAYER.encode()) == 1, "the file says what it said"
    (second,) = filing.close_due(now=treasury.cut_off + timedelta(days=1))
    assert second.entries.get().msisdn == buyer.phone
    told = Notice.objects.filter(kind="refund-redirected")
    assert set(told.values_list("to", flat=True)) == {buyer.phone, PAYER}


def test_only_to_a_number_that_the_buyer_confirmed(treasury: Treasury, refund: Refund, buyer: User) -> None:
    maker = treasury.member()
    for payee in ("254722999888", treasury.member().phone):
        with pytest.raises(NotBuyersNumber):
            returned.propose(refund_id=refund.pk, payee=payee, reason="Asked.", maker=maker, now=treasury.morning)
    User.objects.filter(pk=buyer.pk).update(phone_verified_at=None)
    with pytest.raises(NotBuyersNumber):
        returned.propose(refund_id=refund.pk, payee=buyer.phone, reason="Asked.", maker=maker, now=treasury.morning)


def test_nobody_sends_money_to_themselves(treasury: Treasury, market: Market) -> None:
    member = treasury.member()
    User.objects.filter(pk=member.pk).update(phone_verified_at=market.now)
    own = treasury.refund(purchase=market.purchase(buyer=member), msisdn=PAYER)
    hidden = treasury.refund(msisdn="")
    for refund in (own, hidden):
        with pytest.raises(OwnMoney):
            returned.propose(
                refund_id=refund.pk, payee=member.phone, reason="Mine.", maker=member, now=treasury.morning
            )


def test_a_hidden_payer_is_paid_to_a_number_that_somebody_confirmed(treasury: Treasury, buyer: User) -> None:
    refund = treasury.refund(msisdn="")
    filing.close_due(now=treasury.cut_off)
    proposed = returned.propose(
        refund_id=refund.pk,
        payee=buyer.phone,
        reason="Read out the SMS.",
        maker=treasury.member(),
        now=treasury.cut_off,
    )
    returned.approve(redirection_id=proposed.pk, decider=treasury.member(), now=treasury.cut_off)
    refund.refresh_from_db()
    assert (refund.waits_for, refund.pays_to) == ("", buyer.phone)
    (file,) = filing.close_due(now=treasury.cut_off + timedelta(days=1))
    assert file.lines == 1


def test_refused_is_refused(treasury: Treasury, refund: Refund, buyer: User) -> None:
    maker, decider, now = treasury.member(), treasury.member(), treasury.morning
    proposed = returned.propose(refund_id=refund.pk, payee=buyer.phone, reason="Asked.", maker=maker, now=now)
    with pytest.raises(RedirectionStands):
        returned.propose(refund_id=refund.pk, payee=buyer.phone, reason="Asked.", maker=decider, now=now)
    returned.refuse(redirection_id=proposed.pk, decider=decider, remark="Call them back first.", now=now)
    with pytest.raises(RedirectionDecided):
        returned.approve(redirection_id=proposed.pk, decider=decider, now=now)
    refund.refresh_from_db()
    assert refund.pays_to == PAYER


def test_the_database_changes_no_payee_without_four_eyes(treasury: Treasury, refund: Refund, buyer: User) -> None:
    maker = treasury.member()
    proposed = returned.propose(
        refund_id=refund.pk, payee=buyer.phone, reason="Asked.", maker=maker, now=treasury.morning
    )
    for wrong in (
        lambda: Refund.objects.filter(pk=refund.pk).update(payee=buyer.phone),
        lambda: Redirection.objects.filter(pk=proposed.pk).update(
            state="approved", decider=maker, decided_at=treasury.morning
        ),
        lambda: Redirection.objects.filter(pk=proposed.pk).update(payee="254722000999"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_what_came_back_is_tried_again_when_somebody_says_so(treasury: Treasury, refund: Refund) -> None:
    treasury.give_back(refund, code="8", at=treasury.morning)
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for) == ("returned", "buyer")
    (waiting,) = queries.waiting(list(queries.held_up()), now=treasury.morning + timedelta(hours=3))
    assert (waiting.code, waiting.age) == ("8", timedelta(hours=3))
    assert returned.retry_due(now=treasury.morning + timedelta(days=9)) == 0
    again = returned.retry(refund_id=refund.pk, by=treasury.member(), now=treasury.morning + timedelta(hours=4))
    assert (again.state, again.waits_for) == ("reconciled", "")
    with pytest.raises(NotWaiting):
        returned.retry(refund_id=refund.pk, by=treasury.member(), now=treasury.morning + timedelta(hours=4))
    (file,) = filing.close_due(now=treasury.cut_off)
    assert file.entries.get().refund == refund


def test_a_full_day_and_an_empty_float_pass_by_themselves(treasury: Treasury) -> None:
    full, short = treasury.refund(), treasury.refund()
    treasury.give_back(full, code="4", at=treasury.morning)
    treasury.give_back(short, code="1", at=treasury.morning)
    assert returned.retry_due(now=treasury.morning + timedelta(hours=10)) == 0
    treasury.fill()
    assert returned.retry_due(now=treasury.morning + timedelta(hours=10)) == 1
    assert returned.retry_due(now=treasury.morning + timedelta(hours=15)) == 1
    assert set(Refund.objects.values_list("state", flat=True)) == {"reconciled"}


def test_a_held_one_goes_on_where_it_is(treasury: Treasury, refund: Refund) -> None:
    moving.hold({refund.pk: (Refund.Wait.OPERATOR, "Looked at.")})
    assert [each.refund for each in queries.waiting(list(queries.held_up()), now=treasury.morning)] == [refund]
    returned.retry(refund_id=refund.pk, by=treasury.member(), now=treasury.morning)
    assert not queries.held_up().exists()
    assert instant.pay_due(now=treasury.morning) == 0
