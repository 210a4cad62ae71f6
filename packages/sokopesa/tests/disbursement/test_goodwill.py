"""Out of our own pocket: a gift for an order that was paid, and what a refund lacks of what M-PESA pays out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import filing, goodwill, instant, queries, returned, rules
from sokopesa.disbursement.errors import (
    EnoughForMpesa,
    GoodwillDecided,
    GoodwillRefused,
    GoodwillStands,
    NotWaiting,
    NotYourDecision,
    OwnMoney,
    OwnWork,
)
from sokopesa.disbursement.models import Goodwill, InstantRule
from sokopesa.kernel.reasons import ReasonMissing
from sokopesa.ledger.accounts import GOODWILL, b2c, escrow, refunds
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Event, Order
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.people.staff import Role, add_staff
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund
from sokopesa.refunds.tracking import track
from sokopesa.refunds.words import explain

pytestmark = pytest.mark.django_db
Treasury = Market = Any


@pytest.fixture
def order(market: Market) -> Order:
    """Paid KES 1,250 for."""
    order: Order = market.paid_order()
    return order


def propose(treasury: Treasury, order: Order, cents: int = 20_000, **other: Any) -> Goodwill:
    facts = {"maker": treasury.member(), "reason": "The parcel came twice to the wrong door.", "now": treasury.morning}
    return goodwill.propose(purchase_id=order.purchase_id, amount_cents=cents, **facts | other)


def given(treasury: Treasury, order: Order, cents: int = 20_000) -> Refund:
    """By two people."""
    proposal = propose(treasury, order, cents)
    goodwill.approve(goodwill_id=proposal.pk, decider=treasury.member(), now=treasury.morning)
    return Refund.objects.get(key=f"goodwill:{proposal.pk}")


def pay(refund: Refund, treasury: Treasury, *, receipt: str = "UKP9ZZZZZZ") -> Transfer:
    """Whatever was released for it reaches the phone."""
    (transfer,) = Transfer.objects.filter(refund=refund, state="released")
    Transfer.objects.filter(pk=transfer.pk).update(state="sent", sent_at=treasury.cut_off)
    conclude([Conclusion(transfer.pk, "result", receipt=receipt, at=treasury.cut_off)], now=treasury.cut_off)
    refund.refresh_from_db()
    transfer.refresh_from_db()
    return transfer


def at_once(treasury: Treasury, cause: Refund.Cause, via: InstantRule.Via = InstantRule.Via.B2C) -> None:
    """A rule lets what there is of this cause leave; it has left."""
    rule = rules.propose(
        cause=cause,
        up_to_cents=100_000_000,
        daily_limit_cents=100_000_000,
        via=via,
        reason="Ours.",
        valid_from=treasury.morning,
        maker=treasury.member(),
        now=treasury.morning,
    )
    rules.approve(rule_id=rule.pk, decider=treasury.member(), now=treasury.morning)
    instant.pay_due(now=treasury.morning)


def test_a_gift_takes_two_people_and_is_owed_at_once(treasury: Treasury, order: Order) -> None:
    maker, decider = treasury.member(), treasury.member()
    proposal = propose(treasury, order, maker=maker)
    assert propose(treasury, order, maker=maker) == proposal, "sent twice, it is one"
    assert not Refund.objects.exists()
    with pytest.raises(OwnWork):
        goodwill.approve(goodwill_id=proposal.pk, decider=maker, now=treasury.morning)
    done = goodwill.approve(goodwill_id=proposal.pk, decider=decider, now=treasury.morning)
    assert goodwill.approve(goodwill_id=proposal.pk, decider=decider, now=treasury.cut_off) == done
    (refund,) = Refund.objects.all()
    assert (refund.cause, refund.amount_cents, refund.order_id) == ("goodwill", 20_000, None)
    assert (refund.state, refund.reconciled_from, refund.reconciled_at) == ("reconciled", "ours", treasury.morning)
    assert (refund.promised_from, refund.promised_until) == (date(2026, 11, 26), date(2026, 12, 21))
    legs = Entry.objects.get(key=f"refund:goodwill:{proposal.pk}").postings
    assert dict(legs.values_list("account__code", "amount_cents")) == {GOODWILL: 20_000, refunds(refund.pk): -20_000}
    order.refresh_from_db()
    assert (order.refunded_cents, balance_cents(escrow(order.pk))) == (0, -125_000), "the order's own money stays"
    (sms,) = Notice.objects.filter(key=f"refund:{refund.number}")
    assert "We owe you KES 200: our goodwill for order" in sms.text
    assert Event.objects.filter(purchase=order.purchase_id, kind="refund-owed").count() == 1


def test_it_goes_the_ordinary_way_and_says_so(treasury: Treasury, order: Order) -> None:
    refund = given(treasury, order)
    steps = [(step.label, step.is_done) for step in track([refund], now=treasury.morning)[refund.pk].steps]
    assert steps == [("Owed to you", True), ("Released", True), ("Sent to M-PESA", False), ("Paid to you", False)]
    assert explain(refund).outcome.startswith("KES 200 goes to 0708")
    (file,) = filing.close_due(now=treasury.cut_off)
    line = file.entries.get()
    assert (line.refund, line.amount_cents, line.cause) == (refund, 20_000, "goodwill")


def test_it_leaves_at_once_by_a_rule_of_its_cause_but_never_by_reversal(treasury: Treasury, order: Order) -> None:
    refund = given(treasury, order, 125_000)
    treasury.fill()
    at_once(treasury, Refund.Cause.GOODWILL, InstantRule.Via.REVERSAL)
    transfer = pay(refund, treasury)
    assert (transfer.via, refund.state) == ("b2c", "paid")
    assert balance_cents(refunds(refund.pk)) == 0
    assert balance_cents(GOODWILL) == 125_000
    assert discrepancies() == []
    way = track([refund], now=treasury.cut_off)[refund.pk]
    assert (way.steps[-1].label, "UKP9ZZZZZZ" in way.in_words) == ("Paid to you", True)


def test_the_payments_own_fate_is_not_the_gifts(treasury: Treasury, order: Order) -> None:
    """M-PESA's record neither lets goodwill go nor holds it, and it does not stand in the payment's way."""
    refund = given(treasury, order)
    assert moving.reconcile({refund.receipt: "statement"}, now=treasury.cut_off) == []
    refund.refresh_from_db()
    assert (refund.reconciled_from, refund.reconciled_at) == ("ours", treasury.morning)


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (900, "KES 10 or more"),
        (20_050, "Whole shillings"),
        (200_100, "KES 2,000 at most"),
        (125_100, "KES 1,250 came for this order"),
        (0, "KES 10 or more"),
        (-5_000, "KES 10 or more"),
    ],
)
def test_what_cannot_be_given(treasury: Treasury, order: Order, cents: int, words: str) -> None:
    with pytest.raises(GoodwillRefused, match=words):
        propose(treasury, order, cents)
    assert not Goodwill.objects.exists()


def test_never_more_in_all_than_was_paid(treasury: Treasury, order: Order) -> None:
    given(treasury, order, 100_000)
    with pytest.raises(GoodwillRefused, match="KES 250 at most"):
        propose(treasury, order, 25_100)
    given(treasury, order, 24_500)
    with pytest.raises(GoodwillRefused, match="Give nothing more"):
        propose(treasury, order, 1_000)


def test_the_limit_is_the_markets_own(treasury: Treasury, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = propose(treasury, order, 20_000)
    monkeypatch.setattr(CONFIGURATION, "goodwill_most_kes", 100)
    with pytest.raises(GoodwillRefused, match="KES 100 at most"):
        goodwill.approve(goodwill_id=proposal.pk, decider=treasury.member(), now=treasury.morning)
    assert not Refund.objects.exists()


def test_support_proposes_and_only_finance_decides(treasury: Treasury, market: Market, order: Order) -> None:
    support = add_staff(phone="254710999001", role=Role.SUPPORT)
    proposal = propose(treasury, order, maker=support)
    other = add_staff(phone="254710999002", role=Role.MEDIATOR)
    for verb in (
        lambda: goodwill.approve(goodwill_id=proposal.pk, decider=other, now=treasury.morning),
        lambda: goodwill.refuse(goodwill_id=proposal.pk, decider=other, remark="No need.", now=treasury.morning),
        lambda: propose(treasury, order, maker=market.buyer()),
    ):
        with pytest.raises(NotYourDecision):
            verb()
    with pytest.raises(GoodwillStands):
        propose(treasury, order, 5_000)


def test_nobody_gives_to_themselves(treasury: Treasury, market: Market) -> None:
    member = treasury.member()
    own = market.paid_order(buyer=member)
    with pytest.raises(OwnMoney):
        propose(treasury, own, maker=member)
    proposal = propose(treasury, own)
    with pytest.raises(OwnMoney):
        goodwill.approve(goodwill_id=proposal.pk, decider=member, now=treasury.morning)


def test_refused_is_refused_and_reasons_are_given(treasury: Treasury, order: Order) -> None:
    decider = treasury.member()
    with pytest.raises(ReasonMissing):
        propose(treasury, order, reason="  ")
    proposal = propose(treasury, order)
    goodwill.refuse(goodwill_id=proposal.pk, decider=decider, remark="The seller gives it.", now=treasury.morning)
    with pytest.raises(GoodwillDecided):
        goodwill.approve(goodwill_id=proposal.pk, decider=decider, now=treasury.morning)
    assert not Refund.objects.exists()
    assert propose(treasury, order).pk != proposal.pk


def test_nothing_is_given_for_what_was_not_paid(treasury: Treasury, market: Market) -> None:
    purchase = market.purchase()
    with pytest.raises(GoodwillRefused, match="Nothing was paid"):
        goodwill.propose(
            purchase_id=purchase.pk, amount_cents=5_000, reason="Sorry.", maker=treasury.member(), now=treasury.morning
        )


def test_the_database_gives_nothing_on_one_persons_word(treasury: Treasury, order: Order) -> None:
    proposal = propose(treasury, order)
    maker = proposal.maker
    debt = Debt(
        key=f"goodwill:{proposal.pk}",
        cause=Refund.Cause.GOODWILL,
        purchase_id=order.purchase_id,
        receipt=order.purchase.receipts.get().code,
        amount_cents=20_000,
        received_cents=125_000,
        msisdn=order.purchase.buyer.phone,
        from_account=GOODWILL,
        happened_at=treasury.morning,
    )
    surplus = treasury.refund(400)
    for wrong in (
        lambda: owe([debt], now=treasury.morning),
        lambda: Goodwill.objects.filter(pk=proposal.pk).update(
            state="approved", decider=maker, decided_at=treasury.morning
        ),
        lambda: Goodwill.objects.filter(pk=proposal.pk).update(amount_cents=50_000),
        lambda: Goodwill.objects.filter(pk=proposal.pk).delete(),
        lambda: Refund.objects.filter(pk=surplus.pk).update(topped_up_cents=600),
        lambda: Refund.objects.filter(pk=surplus.pk).update(reconciled_from="ours"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


@pytest.fixture
def small(treasury: Treasury, market: Market) -> Refund:
    """KES 4 of KES 1,250, which wait because M-PESA pays out KES 10 or more."""
    refund: Refund = treasury.refund(400, received_cents=125_000, purchase=market.purchase())
    filing.close_due(now=treasury.cut_off)
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for) == ("reconciled", "minimum")
    return refund


def top_up(treasury: Treasury, refund: Refund) -> Goodwill:
    proposal = goodwill.propose_top_up(
        refund_id=refund.pk, reason="It waits too long.", maker=treasury.member(), now=treasury.cut_off
    )
    goodwill.approve(goodwill_id=proposal.pk, decider=treasury.member(), now=treasury.cut_off)
    refund.refresh_from_db()
    return proposal


def test_a_small_refund_is_topped_up_filed_and_paid_whole(treasury: Treasury, small: Refund) -> None:
    (waiting,) = queries.waiting(list(queries.held_up()), now=treasury.cut_off)
    assert waiting.next_step.startswith("Top it up")
    proposal = top_up(treasury, small)
    assert (proposal.amount_cents, small.topped_up_cents, small.waits_for) == (600, 600, "")
    assert balance_cents(GOODWILL) == 0, "nothing of ours has left yet"
    (file,) = filing.close_due(now=treasury.cut_off + timedelta(days=1))
    line = file.entries.get()
    assert (line.refund, line.amount_cents) == (small, 1_000)
    assert not queries.held_up().exists()


def test_what_is_added_is_booked_when_mpesa_has_paid(treasury: Treasury, small: Refund) -> None:
    top_up(treasury, small)
    treasury.fill(2_000)
    at_once(treasury, Refund.Cause.FURTHER_PAYMENT)
    transfer = pay(small, treasury)
    assert (transfer.via, transfer.amount_cents, small.state) == ("b2c", 1_000, "paid")
    legs = Entry.objects.get(key=f"refund-top-up:{small.pk}").postings
    assert dict(legs.values_list("account__code", "amount_cents")) == {GOODWILL: 600, refunds(small.pk): -600}
    assert (balance_cents(refunds(small.pk)), balance_cents(b2c("614251"))) == (0, 1_000)
    assert discrepancies() == []
    assert small.purchase is not None
    told = Notice.objects.filter(to=small.purchase.buyer.phone, kind="refund-paid").get()
    assert "KES 10 to" in told.text
    way = track([small], now=treasury.cut_off)[small.pk]
    assert "KES 4. We add KES 6, because M-PESA pays out no less than KES 10." in way.steps[0].detail
    assert way.in_words.startswith("KES 10 paid back")
    assert explain(small).outcome.startswith("KES 10, with KES 6 of ours, went back")


def test_cents_are_topped_up_to_the_shilling(treasury: Treasury) -> None:
    refund = treasury.refund(850)
    top_up(treasury, refund)
    treasury.fill()
    at_once(treasury, Refund.Cause.UNKNOWN_ACCOUNT)
    pay(refund, treasury)
    assert (refund.state, balance_cents(GOODWILL), balance_cents(refunds(refund.pk))) == ("paid", 150, 0)


def test_a_whole_small_payment_is_not_reversed_once_it_is_topped_up(treasury: Treasury) -> None:
    refund = treasury.refund(400)
    top_up(treasury, refund)
    treasury.fill()
    at_once(treasury, Refund.Cause.UNKNOWN_ACCOUNT, InstantRule.Via.REVERSAL)
    assert pay(refund, treasury).via == "b2c"


def test_goodwill_does_not_keep_a_whole_payment_from_being_reversed(treasury: Treasury, order: Order) -> None:
    """It is no part of the payment."""
    receipt = order.purchase.receipts.get()
    given(treasury, order, 125_000)
    debt = Debt(
        key="cancelled:all",
        cause=Refund.Cause.CANCELLED_ORDER,
        purchase_id=order.purchase_id,
        order_id=order.pk,
        receipt=receipt.code,
        amount_cents=125_000,
        received_cents=125_000,
        msisdn=receipt.msisdn,
        from_account=escrow(order.pk),
        happened_at=treasury.morning,
    )
    (refund,) = owe([debt], now=treasury.morning)
    assert moving.reconcile({receipt.code: "statement"}, now=treasury.morning) == [refund.pk]
    at_once(treasury, Refund.Cause.CANCELLED_ORDER, InstantRule.Via.REVERSAL)
    assert Transfer.objects.get(refund=refund).via == "reversal"


def test_it_comes_back_and_is_tried_again_whole(treasury: Treasury, small: Refund) -> None:
    top_up(treasury, small)
    treasury.fill()
    at_once(treasury, Refund.Cause.FURTHER_PAYMENT)
    (transfer,) = Transfer.objects.filter(refund=small)
    Transfer.objects.filter(pk=transfer.pk).update(state="sent", sent_at=treasury.cut_off)
    conclude([Conclusion(transfer.pk, "result", code="8")], now=treasury.cut_off)
    assert balance_cents(GOODWILL) == 0
    returned.retry(refund_id=small.pk, by=treasury.member(), now=treasury.cut_off)
    instant.pay_due(now=treasury.cut_off)
    small.refresh_from_db()
    assert pay(small, treasury).amount_cents == 1_000
    assert balance_cents(GOODWILL) == 600


def test_what_is_not_topped_up(treasury: Treasury, small: Refund) -> None:
    maker, now = treasury.member(), treasury.cut_off

    def ask(refund: Refund) -> Goodwill:
        return goodwill.propose_top_up(refund_id=refund.pk, reason="Too small.", maker=maker, now=now)

    for cents in (1_000, 901, 125_000):
        with pytest.raises(EnoughForMpesa):
            ask(treasury.refund(cents))
    with pytest.raises(NotWaiting):
        ask(treasury.owed(400))
    support = add_staff(phone="254710999003", role=Role.SUPPORT)
    with pytest.raises(NotYourDecision):
        goodwill.propose_top_up(refund_id=small.pk, reason="Too small.", maker=support, now=now)
    proposal = ask(small)
    with pytest.raises(OwnWork):
        goodwill.approve(goodwill_id=proposal.pk, decider=maker, now=now)
    goodwill.approve(goodwill_id=proposal.pk, decider=treasury.member(), now=now)
    with pytest.raises(EnoughForMpesa):
        ask(small)


def test_one_that_left_meanwhile_is_not_topped_up(treasury: Treasury) -> None:
    refund = treasury.refund(400)
    proposal = goodwill.propose_top_up(
        refund_id=refund.pk, reason="Too small.", maker=treasury.member(), now=treasury.morning
    )
    at_once(treasury, Refund.Cause.UNKNOWN_ACCOUNT)
    assert Transfer.objects.get(refund=refund).via == "reversal"
    with pytest.raises(NotWaiting):
        goodwill.approve(goodwill_id=proposal.pk, decider=treasury.member(), now=treasury.morning)
    refund.refresh_from_db()
    assert (refund.state, refund.topped_up_cents) == ("sent", 0)
    pay(refund, treasury)
    assert (refund.state, balance_cents(GOODWILL), balance_cents(refunds(refund.pk))) == ("paid", 0, 0)
