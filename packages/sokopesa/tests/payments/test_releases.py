"""Money without a home: one person proposes, another decides, and the database holds both to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sokopesa.kernel.reasons import ReasonMissing
from sokopesa.ledger.accounts import UNMATCHED, escrow, mpesa
from sokopesa.ledger.accounts import refunds as refund_account
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.payments import errors
from sokopesa.payments.models import Receipt, Release
from sokopesa.payments.releases import approve, propose, refuse
from sokopesa.payments.unmatched import unmatched, unmatched_total
from sokopesa.people.staff import remove_staff
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Market = Callbacks = Desk = Any


@pytest.fixture
def placing(market: Market, desk: Desk) -> Release:
    """A proposal to pay a waiting order with a payment that named no order."""
    purchase = market.purchase()
    return propose(
        receipt=desk.payment("RENT JUNE").code,
        purchase=purchase.number,
        reason="Two letters swapped; the caller read out the SMS.",
        maker=desk.member(),
        now=desk.now,
    )


def test_an_approved_placing_pays_the_order(placing: Release, desk: Desk) -> None:
    receipt, purchase = placing.receipt, placing.purchase
    assert purchase is not None
    assert balance_cents(UNMATCHED) == -125_000
    assert receipt.account == "RENT JUNE"
    later = desk.now + timedelta(minutes=9)
    approved = approve(release_id=placing.pk, decider=(second := desk.member()), now=later)

    order = purchase.orders.get()
    purchase.refresh_from_db()
    receipt.refresh_from_db()
    order.refresh_from_db()
    assert (purchase.state, purchase.paid_at, order.state) == ("paid", receipt.paid_at, "awaiting_shipment")
    assert (receipt.purchase, receipt.unplaced) == (purchase, "")
    assert (approved.state, approved.decider, approved.decided_at) == ("approved", second, later)
    assert approved.unplaced == "The account number “RENT JUNE” is no order's reference"
    assert balance_cents(UNMATCHED) == 0
    assert balance_cents(escrow(order.pk)) == -125_000
    assert balance_cents(mpesa("174379")) == 125_000
    assert discrepancies() == []
    assert "matched it to this order by hand" in purchase.events.get(kind="paid").text
    notice = Notice.objects.get(to=purchase.buyer.phone)
    assert notice.text == (
        f"Thank you. We have matched your KES 1,250, M-PESA receipt {receipt.code}, to order {purchase.number}. "
        "It is paid."
    )
    assert not unmatched().exists()


def test_nothing_moves_while_only_one_person_has_looked(placing: Release) -> None:
    assert balance_cents(UNMATCHED) == -125_000
    assert Purchase.objects.get().state == "awaiting_payment"
    assert unmatched_total().count == 1


def test_an_approved_refund_is_owed_to_the_payer(desk: Desk) -> None:
    receipt = desk.payment("RENT JUNE", msisdn="254722000777")
    proposed = propose(
        receipt=receipt.code, purchase=None, reason="Rent, not for us.", maker=desk.member(), now=desk.now
    )
    approve(release_id=proposed.pk, decider=desk.member(), now=desk.now)
    refund = Refund.objects.get()
    assert (refund.receipt, refund.amount_cents, refund.msisdn) == (receipt.code, 125_000, "254722000777")
    assert balance_cents(UNMATCHED) == 0
    assert balance_cents(refund_account(refund.pk)) == -125_000
    assert "We owe you KES 1,250" in Notice.objects.get(to="254722000777").text
    assert not unmatched().exists()
    with pytest.raises(errors.NotUnmatched):
        propose(receipt=receipt.code, purchase=None, reason="Once more.", maker=desk.member(), now=desk.now)


def test_the_maker_cannot_decide(placing: Release, desk: Desk) -> None:
    with pytest.raises(errors.OwnProposal, match="a second person must decide"):
        approve(release_id=placing.pk, decider=placing.maker, now=desk.now)
    with pytest.raises(errors.OwnProposal):
        refuse(release_id=placing.pk, decider=placing.maker, remark="I was wrong.", now=desk.now)
    assert balance_cents(UNMATCHED) == -125_000


def test_support_sees_and_does_not_decide(placing: Release, desk: Desk) -> None:
    support = desk.member("support")
    with pytest.raises(errors.NotYourDecision, match="Only finance"):
        approve(release_id=placing.pk, decider=support, now=desk.now)
    with pytest.raises(errors.NotYourDecision):
        propose(receipt=placing.receipt_id, purchase=None, reason="Send it back", maker=support, now=desk.now)


def test_who_has_left_decides_no_more(placing: Release, desk: Desk) -> None:
    gone = desk.member()
    remove_staff(phone=gone.phone)
    gone.refresh_from_db()
    with pytest.raises(errors.NotYourDecision):
        approve(release_id=placing.pk, decider=gone, now=desk.now)


def test_nobody_decides_about_an_order_of_their_own(market: Market, desk: Desk) -> None:
    buyer = desk.member()
    purchase, receipt = market.purchase(buyer=buyer), desk.payment("TYPO")
    with pytest.raises(errors.OwnMoney):
        propose(receipt=receipt.code, purchase=purchase.number, reason="It is mine.", maker=buyer, now=desk.now)
    proposed = propose(
        receipt=receipt.code, purchase=purchase.number, reason="It is theirs.", maker=desk.member(), now=desk.now
    )
    with pytest.raises(errors.OwnMoney):
        approve(release_id=proposed.pk, decider=buyer, now=desk.now)
    mine = desk.payment("TYPO", msisdn=buyer.phone)
    with pytest.raises(errors.OwnMoney):
        propose(receipt=mine.code, purchase=None, reason="Back to me.", maker=buyer, now=desk.now)


def test_a_refusal_says_why_and_the_money_may_be_proposed_anew(placing: Release, desk: Desk) -> None:
    with pytest.raises(ReasonMissing, match="Say why"):
        refuse(release_id=placing.pk, decider=desk.member(), remark="  ", now=desk.now)
    refused = refuse(release_id=placing.pk, decider=desk.member(), remark="The SMS names another shop.", now=desk.now)
    assert (refused.state, refused.remark) == ("refused", "The SMS names another shop.")
    assert balance_cents(UNMATCHED) == -125_000
    again = propose(receipt=placing.receipt_id, purchase=None, reason="Back.", maker=placing.maker, now=desk.now)
    assert approve(release_id=again.pk, decider=desk.member(), now=desk.now).state == "approved"


def test_the_same_press_twice_is_one_proposal_and_one_approval(placing: Release, desk: Desk) -> None:
    assert placing.purchase is not None
    again = propose(
        receipt=placing.receipt_id,
        purchase=placing.purchase.number,
        reason=placing.reason,
        maker=placing.maker,
        now=desk.now,
    )
    assert again == placing
    with pytest.raises(errors.ProposedAlready):
        propose(receipt=placing.receipt_id, purchase=None, reason="Another idea", maker=desk.member(), now=desk.now)
    second = desk.member()
    first = approve(release_id=placing.pk, decider=second, now=desk.now)
    assert approve(release_id=placing.pk, decider=second, now=desk.now + timedelta(hours=1)) == first
    with pytest.raises(errors.ReleaseDecided, match="Finance Desk has approved this already"):
        approve(release_id=placing.pk, decider=desk.member(), now=desk.now)
    with pytest.raises(errors.ReleaseDecided):
        refuse(release_id=placing.pk, decider=second, remark="Wait.", now=desk.now)
    assert balance_cents(UNMATCHED) == 0
    assert Notice.objects.filter(kind="payment").count() == 1


def test_what_the_money_cannot_pay(market: Market, desk: Desk, callbacks: Callbacks) -> None:
    receipt, maker = desk.payment("TYPO"), desk.member()

    def refusal(number: str) -> str:
        with pytest.raises(errors.CannotPlace) as refused:
            propose(receipt=receipt.code, purchase=number, reason="It fits.", maker=maker, now=desk.now)
        return str(refused.value)

    assert refusal("8000000000000000") == "There is no order with this number."
    dearer = market.purchase(total_cents=130_000)
    assert refusal(dearer.number) == "This order costs KES 1,300, and the payment is KES 1,250."
    asked = market.purchase()
    callbacks.sent(asked, market.now)
    assert "still open on a phone" in refusal(asked.number)
    lapsed = market.purchase()
    Purchase.objects.filter(pk=lapsed.pk).update(state="lapsed")
    assert refusal(lapsed.number) == "This order awaits no payment any more."


def test_what_has_changed_since_the_proposal_is_looked_at_again(placing: Release, desk: Desk) -> None:
    assert placing.purchase is not None
    Purchase.objects.filter(pk=placing.purchase.pk).update(state="lapsed")
    with pytest.raises(errors.CannotPlace):
        approve(release_id=placing.pk, decider=desk.member(), now=desk.now)
    assert balance_cents(UNMATCHED) == -125_000
    assert Release.objects.get().state == "proposed"


def test_two_receipts_for_one_order_pay_it_once(market: Market, desk: Desk) -> None:
    purchase, maker, second = market.purchase(), desk.member(), desk.member()
    proposals = [
        propose(receipt=desk.payment("TYPO").code, purchase=purchase.number, reason="Fits.", maker=maker, now=desk.now)
        for _ in range(2)
    ]
    approve(release_id=proposals[0].pk, decider=second, now=desk.now)
    with pytest.raises(errors.CannotPlace, match="paid already"):
        approve(release_id=proposals[1].pk, decider=second, now=desk.now)
    assert balance_cents(UNMATCHED) == -125_000
    assert balance_cents(escrow(purchase.orders.get().pk)) == -125_000


def _refused(change: Callable[[], object], words: str) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        change()


def test_the_database_itself_refuses(placing: Release, market: Market, desk: Desk) -> None:
    """Whatever code of ours forgets: each of these is tried past the actions."""
    row = Release.objects.filter(pk=placing.pk)
    facts = {"maker": placing.maker, "reason": "x", "unplaced": "x", "proposed_at": desk.now, "kind": "refund"}
    decided = {"state": "approved", "decided_at": desk.now}

    _refused(lambda: row.update(decider=placing.maker, **decided), "release_by_four_eyes|elsewhere")
    _refused(
        lambda: row.update(state="refused", remark="no", decider=placing.maker, decided_at=desk.now),
        "release_by_four_eyes",
    )
    _refused(lambda: row.update(decider=desk.member(), **decided), "its receipt is elsewhere")
    _refused(lambda: row.update(reason="Something else"), "what release .* proposes is not changed")
    _refused(lambda: row.update(purchase=market.purchase()), "what release .* proposes is not changed")
    _refused(lambda: Release.objects.create(receipt=placing.receipt, **facts), "release_one_of_a_receipt")
    _refused(lambda: Release.objects.create(receipt=desk.payment("A"), **{**facts, "state": "approved"}), "begins as")
    _refused(lambda: Release.objects.create(receipt=desk.payment("A"), **{**facts, "reason": ""}), "for_a_reason")
    _refused(lambda: Release.objects.create(receipt=desk.payment("A"), **{**facts, "kind": "place"}), "goes_somewhere")
    _refused(lambda: _delete(placing), "a release is never deleted")

    approve(release_id=placing.pk, decider=desk.member(), now=desk.now)
    _refused(lambda: row.update(state="refused", remark="Oh no"), "is decided already")
    _refused(lambda: row.update(decided_at=desk.now + timedelta(days=1)), "is decided already")
    placing.receipt.refresh_from_db()
    assert Receipt.objects.get(code=placing.receipt_id).purchase == placing.purchase
    _refused(lambda: Release.objects.create(receipt=placing.receipt, **facts), "has a home already")


def _delete(release: Release) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_release WHERE id = %s", [release.pk])
