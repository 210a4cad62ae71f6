"""Accept, refuse, offer, and what happens when nobody agrees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.disputes import errors
from sokopesa.aftersale.disputes.answering import accept_claim, accept_offer, escalate, offer, refuse
from sokopesa.aftersale.disputes.life import running
from sokopesa.aftersale.disputes.models import Dispute, Side
from sokopesa.aftersale.disputes.opening import change_claim
from sokopesa.aftersale.disputes.queries import standing
from sokopesa.aftersale.disputes.returning import contest, name_address, note_delivery, send_back, take_back
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents
from sokopesa.notices.models import Notice
from sokopesa.orders.errors import TooLate
from sokopesa.orders.life import Actor

pytestmark = pytest.mark.django_db
Counter = Any
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SHOP = "Moto Shop, 0722 000 111, Luthuli Avenue 5, Nairobi"


def deadline(dispute: Dispute) -> Any:
    clock = running(Dispute.objects.get(pk=dispute.pk))
    return (clock.kind, clock.due_at) if clock else None


def state(dispute: Dispute) -> tuple[str, str, int]:
    dispute.refresh_from_db()
    return dispute.state, dispute.outcome, dispute.refunded_cents


def test_the_seller_accepts_and_the_money_is_owed_at_once(counter: Counter) -> None:
    dispute = counter.open()
    claim = counter.plan_of(dispute, Side.BUYER)
    at = counter.now + 5 * DAY - SECOND
    accept_claim(dispute.pk, plan_id=claim.pk, by=counter.seller, now=at)
    assert state(dispute) == ("closed", "agreed", 60_000)
    assert dispute.refund is not None
    assert (dispute.refund.cause, dispute.refund.owed_at) == ("dispute", at)
    assert balance_cents(escrow(dispute.order_id)) == -65_000


def test_at_the_deadline_it_is_too_late_for_an_answer(counter: Counter) -> None:
    dispute = counter.open()
    with pytest.raises(TooLate, match="Sat 28 Nov at 12:00"):
        refuse(
            dispute.pk,
            words="It was whole.",
            evidence=counter.files(counter.seller),
            by=counter.seller,
            now=counter.now + 5 * DAY,
        )


def test_accepting_what_has_changed_meanwhile_is_refused(counter: Counter) -> None:
    dispute = counter.open()
    seen = counter.plan_of(dispute, Side.BUYER)
    change_claim(dispute.pk, counter.claim(amount_cents=90_000), by=counter.buyer, now=counter.now)
    with pytest.raises(errors.NotNowInDispute, match="The buyer has changed"):
        accept_claim(dispute.pk, plan_id=seen.pk, by=counter.seller, now=counter.now)
    offer(dispute.pk, kind="refund_only", amount_cents=30_000, words="Half.", by=counter.seller, now=counter.now)
    old = counter.plan_of(dispute, Side.SELLER)
    offer(dispute.pk, kind="refund_only", amount_cents=20_000, words="Less.", by=counter.seller, now=counter.now)
    with pytest.raises(errors.NotNowInDispute, match="The seller has changed"):
        accept_offer(dispute.pk, plan_id=old.pk, by=counter.buyer, now=counter.now)


def test_an_offer_that_the_buyer_accepts(counter: Counter) -> None:
    dispute = counter.open()
    offer(dispute.pk, kind="refund_only", amount_cents=30_000, words="Half.", by=counter.seller, now=counter.now + DAY)
    assert deadline(dispute) == ("answer_offer", counter.now + 7 * DAY)
    dispute.refresh_from_db()
    assert standing(dispute, Actor.BUYER).middle == 45_000
    change_claim(dispute.pk, counter.claim(amount_cents=45_000), by=counter.buyer, now=counter.now + 2 * DAY)
    assert deadline(dispute) == ("answer_offer", counter.now + 7 * DAY)
    offer(
        dispute.pk, kind="refund_only", amount_cents=40_000, words="So.", by=counter.seller, now=counter.now + 3 * DAY
    )
    plan = counter.plan_of(dispute, Side.SELLER)
    accept_offer(dispute.pk, plan_id=plan.pk, by=counter.buyer, now=counter.now + 7 * DAY - SECOND)
    assert state(dispute) == ("closed", "agreed", 40_000)
    with pytest.raises(errors.DisputedAlready, match="closed with a result"):
        counter.open(dispute.order, now=counter.now + 8 * DAY)


@pytest.mark.parametrize(
    ("made", "refusal"),
    [
        ({"kind": "refund_only", "amount_cents": 60_000}, errors.AmountRefused),
        ({"kind": "refund_only", "amount_cents": 61_000}, errors.AmountRefused),
        ({"kind": "refund_only", "amount_cents": 900}, errors.AmountRefused),
        ({"kind": "refund_only", "amount_cents": None}, errors.AmountRefused),
        ({"kind": "nothing", "amount_cents": None}, errors.KindUnknown),
        ({"kind": "return", "amount_cents": None}, errors.AddressMissing),
        ({"kind": "refund_only", "amount_cents": 30_000, "words": " "}, errors.DetailsMissing),
    ],
)
def test_what_cannot_be_offered(counter: Counter, made: dict[str, Any], refusal: type) -> None:
    dispute = counter.open()
    with pytest.raises(refusal):
        offer(dispute.pk, **{"words": "So.", **made}, by=counter.seller, now=counter.now)
    assert state(dispute)[0] == "awaiting_seller"


def test_a_return_is_no_answer_to_goods_that_did_not_come(counter: Counter) -> None:
    dispute = counter.open(counter.order(state="shipped"), reason="late", amount_cents=None, evidence=())
    with pytest.raises(errors.NothingToReturn):
        offer(
            dispute.pk,
            kind="return",
            amount_cents=None,
            words="Send it back.",
            return_to=SHOP,
            by=counter.seller,
            now=counter.now,
        )


def test_after_a_refusal_the_buyer_asks_the_market(counter: Counter) -> None:
    dispute = counter.open()
    with pytest.raises(errors.NotNowInDispute):
        escalate(dispute.pk, by=counter.buyer, now=counter.now)
    with pytest.raises(errors.DetailsMissing):
        refuse(dispute.pk, words="", by=counter.seller, now=counter.now)
    with pytest.raises(errors.EvidenceMissing):
        refuse(dispute.pk, words="It left us whole.", by=counter.seller, now=counter.now)
    refuse(
        dispute.pk,
        words="It left us whole.",
        evidence=counter.files(counter.seller),
        by=counter.seller,
        now=counter.now + DAY,
    )
    plan = counter.plan_of(dispute, Side.SELLER)
    with pytest.raises(errors.NotNowInDispute, match="no offer to accept"):
        accept_offer(dispute.pk, plan_id=plan.pk, by=counter.buyer, now=counter.now + DAY)
    escalate(dispute.pk, by=counter.buyer, now=counter.now + DAY)
    assert deadline(dispute) == ("rule", counter.now + 15 * DAY)


def test_on_the_seventh_day_a_mediator_steps_in_as_of_that_moment(counter: Counter) -> None:
    dispute = counter.open()
    refuse(
        dispute.pk,
        words="It left us whole.",
        evidence=counter.files(counter.seller),
        by=counter.seller,
        now=counter.now + DAY,
    )
    week = counter.now + 7 * DAY
    assert apply_due(now=week - SECOND) == 0
    assert apply_due(now=week + DAY) == 1
    assert state(dispute)[0] == "with_mediator"
    assert deadline(dispute) == ("rule", week + 14 * DAY)
    assert dispute.events.latest("id").at == week


def test_a_late_answer_leaves_two_days_to_think(counter: Counter) -> None:
    dispute = counter.open()
    change_claim(dispute.pk, counter.claim(), by=counter.buyer, now=counter.now + 4 * DAY)
    refuse(
        dispute.pk,
        words="It left us whole.",
        evidence=counter.files(counter.seller),
        by=counter.seller,
        now=counter.now + 8 * DAY,
    )
    assert deadline(dispute) == ("answer_offer", counter.now + 10 * DAY)


def returning(counter: Counter) -> Dispute:
    dispute: Dispute = counter.open(kind="return", amount_cents=None)
    claim = counter.plan_of(dispute, Side.BUYER)
    with pytest.raises(errors.AddressMissing):
        accept_claim(dispute.pk, plan_id=claim.pk, by=counter.seller, now=counter.now)
    accept_claim(dispute.pk, plan_id=claim.pk, return_to=SHOP, by=counter.seller, now=counter.now)
    return dispute


def test_goods_go_back_and_the_money_follows(counter: Counter) -> None:
    dispute = returning(counter)
    assert deadline(dispute) == ("send_back", counter.now + 10 * DAY)
    assert balance_cents(escrow(dispute.order_id)) == -125_000
    with pytest.raises(errors.TrackingMissing):
        send_back(dispute.pk, carrier="G4S", tracking=" ", by=counter.buyer, now=counter.now)
    at = counter.now + 10 * DAY - SECOND
    send_back(dispute.pk, carrier="G4S", tracking="KE 123", by=counter.buyer, now=at)
    assert deadline(dispute) == ("take_back", at + 30 * DAY)
    with pytest.raises(errors.NotNowInDispute, match="on their way back"):
        name_address(dispute.pk, return_to="Elsewhere", by=counter.seller, now=at)
    take_back(dispute.pk, by=counter.seller, now=at + DAY)
    assert state(dispute) == ("closed", "returned", 125_000)
    dispute.order.refresh_from_db()
    assert dispute.order.state == "refunded"


def test_goods_that_are_not_sent_back_are_kept(counter: Counter) -> None:
    dispute = returning(counter)
    with pytest.raises(TooLate):
        send_back(dispute.pk, carrier="", tracking="KE 123", by=counter.buyer, now=counter.now + 10 * DAY)
    apply_due(now=counter.now + 20 * DAY)
    assert state(dispute) == ("closed", "not_returned", 0)
    assert dispute.closed_at == counter.now + 10 * DAY
    dispute.order.refresh_from_db()
    assert (dispute.order.state, dispute.order.disputed) == ("delivered", False)


def test_a_silent_seller_takes_the_goods_back_all_the_same(counter: Counter) -> None:
    dispute = returning(counter)
    send_back(dispute.pk, carrier="", tracking="KE 123", by=counter.buyer, now=counter.now)
    apply_due(now=counter.now + 40 * DAY)
    assert state(dispute) == ("closed", "returned", 125_000)
    assert dispute.closed_at == counter.now + 30 * DAY


def test_after_the_couriers_scan_the_seller_has_ten_days(counter: Counter) -> None:
    dispute = returning(counter)
    send_back(dispute.pk, carrier="", tracking="KE 123", by=counter.buyer, now=counter.now)
    scanned = counter.now + 3 * DAY
    for _ in range(2):
        note_delivery(dispute.pk, at=scanned, now=scanned + DAY)
    assert deadline(dispute) == ("take_back", scanned + 10 * DAY)
    contest(dispute.pk, words="The box holds a stone.", by=counter.seller, now=scanned + 10 * DAY - SECOND)
    assert state(dispute)[0] == "with_mediator"


def test_nobody_loses_by_an_address_that_was_never_given(counter: Counter) -> None:
    dispute = counter.open(kind="return", amount_cents=None)
    due = counter.now + 5 * DAY
    apply_due(now=due)
    assert state(dispute)[0] == "sending_back"
    with pytest.raises(errors.NotNowInDispute, match="not said yet where"):
        send_back(dispute.pk, carrier="", tracking="KE 123", by=counter.buyer, now=due)
    assert standing(dispute, Actor.BUYER).deadlines[0].owner == "seller"
    told = Notice.objects.filter(to=counter.seller.phone, text__contains="give the address").get()
    assert f"Dispute {dispute.number} (order {dispute.order.number})" in told.text
    apply_due(now=due + 10 * DAY)
    assert state(dispute) == ("closed", "no_address", 125_000)
    kinds = [
        list(Notice.objects.filter(to=side.phone).order_by("id").values_list("kind", flat=True))
        for side in (counter.buyer, counter.seller)
    ]
    assert [kind for kind in kinds[0] if kind != "payment"] == [
        "dispute-received", "return-awaits-address", "refund", "return-not-needed"
    ]  # fmt: skip
    assert kinds[1] == [
        "dispute-opened", "dispute-granted-on-seller", "return-needs-address", "return-not-needed-on-seller"
    ]  # fmt: skip


def test_the_buyers_ten_days_begin_with_the_address(counter: Counter) -> None:
    dispute = counter.open(kind="return", amount_cents=None)
    apply_due(now=counter.now + 5 * DAY)
    named = counter.now + 12 * DAY
    name_address(dispute.pk, return_to=SHOP, by=counter.seller, now=named)
    assert deadline(dispute) == ("send_back", named + 10 * DAY)
    with pytest.raises(errors.NotNowInDispute, match="cannot be changed"):
        name_address(dispute.pk, return_to="Elsewhere", by=counter.seller, now=named)
