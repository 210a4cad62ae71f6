"""What can be claimed, when, and what it does to the order."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.disputes import errors
from sokopesa.aftersale.disputes.evidence import show
from sokopesa.aftersale.disputes.models import Dispute, DisputeEvent, Plan, Ruling, Side
from sokopesa.aftersale.disputes.opening import change_claim, open_dispute, withdraw
from sokopesa.aftersale.disputes.sums import whole_cents
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents
from sokopesa.media.errors import NotHere, TooMany
from sokopesa.notices.models import Notice
from sokopesa.orders import clocks
from sokopesa.orders.errors import NotNow, TooLate
from sokopesa.orders.models import Clock, Order, OrderLine

pytestmark = pytest.mark.django_db
Counter = Any
SECOND = timedelta(seconds=1)


def test_opening_starts_the_sellers_five_days_and_rests_the_protection(counter: Counter) -> None:
    order = counter.order()
    protected_until = Clock.objects.get(order=order, kind="protection").due_at
    dispute = counter.open(order)
    clock = Clock.objects.get(order=order)
    assert (clock.kind, clock.owner, clock.subject) == ("answer_dispute", "seller", dispute.pk)
    assert clock.due_at == counter.now + timedelta(hours=5 * 24)
    order.refresh_from_db()
    assert order.disputed
    assert dispute.protection_left == protected_until - counter.now
    told = dict(Notice.objects.filter(kind__startswith="dispute-").values_list("to", "text"))
    assert set(told) == {counter.buyer.phone, counter.seller.phone}
    assert "Answer by Sat 28 Nov 12:00, or it is granted." in told[counter.seller.phone]
    assert all(len(text) <= 160 for text in told.values())
    assert [event.by for event in order.events.filter(kind="dispute-opened")] == ["buyer"]


def test_not_received_opens_exactly_when_the_promised_day_ends_in_nairobi(counter: Counter) -> None:
    order = counter.order(state="shipped")
    midnight = clocks.end_of(order.promised_until)
    assert midnight.isoformat() == "2026-11-21T00:00:00+03:00"
    claim: dict[str, Any] = {"reason": "late", "amount_cents": None, "evidence": ()}
    with pytest.raises(errors.NotYet, match=r"from Sat 21 Nov 2026 at 00:00") as refused:
        counter.open(order, now=midnight - SECOND, **claim)
    assert refused.value.field == "reason"
    dispute = counter.open(order, now=midnight, **claim)
    assert (dispute.received, dispute.amount_cents) == (False, 125_000)


def test_goods_that_came_can_be_disputed_before_the_promised_day(counter: Counter) -> None:
    dispute = counter.open(counter.order(state="shipped"), now=clocks.end_of(clocks.date(2026, 11, 17)))
    assert dispute.received


@pytest.mark.parametrize(
    ("claim", "refusal", "field"),
    [
        ({"kind": "exchange"}, errors.KindUnknown, "kind"),
        ({"kind": "nothing"}, errors.KindUnknown, "kind"),
        ({"kind": "return", "reason": "late"}, errors.NothingToReturn, "kind"),
        ({"reason": ""}, errors.ReasonUnknown, "reason"),
        ({"reason": "changed_mind"}, errors.ReasonUnknown, "reason"),
        ({"amount_cents": None}, errors.AmountRefused, "amount"),
        ({"amount_cents": 0}, errors.AmountRefused, "amount"),
        ({"amount_cents": -100}, errors.AmountRefused, "amount"),
        ({"amount_cents": 900}, errors.AmountRefused, "amount"),
        ({"amount_cents": 60_050}, errors.AmountRefused, "amount"),
        ({"amount_cents": 125_000}, errors.AmountRefused, "amount"),
        ({"amount_cents": 125_100}, errors.AmountRefused, "amount"),
        ({"kind": "return", "amount_cents": 60_000}, errors.AmountRefused, "amount"),
        ({"reason": "late", "amount_cents": 60_000}, errors.AmountRefused, "amount"),
        ({"details": "  \n"}, errors.DetailsMissing, "details"),
        ({"details": "x" * 2001}, errors.DetailsTooLong, "details"),
        ({"evidence": ()}, errors.EvidenceMissing, "evidence"),
    ],
)
def test_what_cannot_be_claimed(counter: Counter, claim: dict[str, Any], refusal: type, field: str) -> None:
    order = counter.order()
    with pytest.raises(refusal) as refused:
        counter.open(order, **claim)
    assert refused.value.field == field
    assert not Dispute.objects.exists()
    assert Clock.objects.get(order=order).kind == "protection"


@pytest.mark.parametrize("cents", [1_000, 60_000, 124_900])
def test_part_of_the_money_for_goods_that_are_kept(counter: Counter, cents: int) -> None:
    assert counter.open(amount_cents=cents).amount_cents == cents


def test_all_of_it_for_goods_that_are_kept_only_where_the_market_allows_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "dispute_full_refund_without_return", True)
    assert counter.open(amount_cents=125_000).amount_cents == 125_000


def test_returned_goods_are_claimed_in_full(counter: Counter) -> None:
    dispute = counter.open(kind="return", amount_cents=None)
    assert dispute.amount_cents == dispute.whole_cents == 125_000


def test_shares_of_the_shipping_add_up_to_the_shilling(counter: Counter) -> None:
    order = counter.order(lines=[(10_000, 1), (10_000, 1), (10_000, 2)], shipping_cents=10_000)
    wholes = [whole_cents(order, line) for line in order.lines.order_by("id")]
    assert sum(wholes) == order.total_cents
    assert all(whole % 100 == 0 for whole in wholes)


def test_one_live_dispute_of_a_line(counter: Counter) -> None:
    order = counter.order(lines=[(50_000, 1), (70_000, 1)])
    first, second = order.lines.order_by("id")
    dispute = counter.open(order, amount_cents=1_000)
    with pytest.raises(errors.DisputedAlready, match=dispute.number):
        counter.open(order, amount_cents=1_000)
    other = open_dispute(
        second.pk, counter.claim(amount_cents=2_000), key=uuid.uuid4(), by=counter.buyer, now=counter.now
    )
    assert other.protection_left == dispute.protection_left
    with pytest.raises(IntegrityError, match="dispute_one_of_a_line"), transaction.atomic():
        Dispute.objects.create(
            number="D0123456789",
            key=uuid.uuid4(),
            order=order,
            line=first,
            kind="refund_only",
            reason="late",
            received=False,
            amount_cents=50_000,
            whole_cents=50_000,
            details="x",
            opened_at=counter.now,
        )


def test_pressing_twice_opens_one(counter: Counter) -> None:
    line, key = counter.order().lines.get(), uuid.uuid4()
    opened = {open_dispute(line.pk, counter.claim(), key=key, by=counter.buyer, now=counter.now) for _ in range(2)}
    assert len(opened) == Plan.objects.count() == 1


def test_nobody_elses_order(counter: Counter, market: Any) -> None:
    line = counter.order().lines.get()
    for stranger in (market.buyer(), counter.seller):
        with pytest.raises(OrderLine.DoesNotExist):
            open_dispute(line.pk, counter.claim(), key=uuid.uuid4(), by=stranger, now=counter.now)


def test_evidence_is_ones_own_and_belongs_to_one_dispute(counter: Counter) -> None:
    order = counter.order()
    with pytest.raises(NotHere):
        counter.open(order, evidence=counter.files(counter.seller))
    with pytest.raises(NotHere):
        counter.open(order, evidence=[uuid.uuid4()])
    with pytest.raises(TooMany):
        counter.open(order, evidence=counter.files(counter.buyer, 11))
    assert not Dispute.objects.exists()
    files = counter.files(counter.buyer, 2)
    dispute = counter.open(order, evidence=files)
    assert {shown.upload_id for shown in dispute.evidence.all()} == set(files)
    with pytest.raises(TooMany):
        show(dispute.pk, side=Side.BUYER, ids=counter.files(counter.buyer, 9), by=counter.buyer, now=counter.now)
    show(dispute.pk, side=Side.BUYER, ids=files, by=counter.buyer, now=counter.now)
    assert dispute.evidence.count() == 2
    with pytest.raises(IntegrityError, match="not changed or deleted"), transaction.atomic():
        dispute.evidence.all().delete()


def test_only_what_was_shipped_and_only_while_it_is_protected(counter: Counter) -> None:
    with pytest.raises(NotNow, match="You can cancel the order instead"):
        counter.open(counter.order(shipped=False))
    order = counter.order(lines=[(50_000, 1), (70_000, 1)])
    OrderLine.objects.filter(pk=order.lines.order_by("id")[0].pk).update(shipped_quantity=0)
    with pytest.raises(errors.NothingShipped):
        counter.open(order, amount_cents=1_000)
    late = counter.order()
    ends = Clock.objects.get(order=late).due_at
    with pytest.raises(TooLate):
        counter.open(late, now=ends)
    assert counter.open(late, now=ends - SECOND)
    done = counter.order()
    Order.objects.filter(pk=done.pk).update(state="completed", completed_at=counter.now)
    with pytest.raises(NotNow, match="is over"):
        counter.open(done)


def test_changing_the_claim_begins_the_five_days_anew(counter: Counter) -> None:
    dispute = counter.open()
    later = counter.now + timedelta(days=4)
    change_claim(dispute.pk, counter.claim(amount_cents=70_000, evidence=()), by=counter.buyer, now=later)
    assert Clock.objects.get(order=dispute.order).due_at == later + timedelta(days=5)
    assert list(dispute.plans.values_list("amount_cents", flat=True)) == [60_000, 70_000]
    with pytest.raises(errors.AmountRefused):
        change_claim(dispute.pk, counter.claim(amount_cents=130_000), by=counter.buyer, now=later)
    week = counter.now + timedelta(days=7)
    change_claim(dispute.pk, counter.claim(), by=counter.buyer, now=week - SECOND)
    with pytest.raises(errors.NotNowInDispute, match="could be changed until"):
        change_claim(dispute.pk, counter.claim(), by=counter.buyer, now=week)


def test_withdrawing_gives_the_protection_back_and_leaves_room_for_another(counter: Counter) -> None:
    order = counter.order()
    left = Clock.objects.get(order=order).due_at - counter.now
    dispute = counter.open(order)
    later = counter.now + timedelta(days=2)
    withdraw(dispute.pk, by=counter.buyer, now=later)
    order.refresh_from_db()
    assert not order.disputed
    assert Clock.objects.get(order=order).due_at == later + left
    again = counter.open(order, now=later + left - SECOND)
    withdraw(again.pk, by=counter.buyer, now=later + left)
    assert Clock.objects.get(order=order).due_at == later + left + timedelta(days=3)
    assert balance_cents(escrow(order.pk)) == -125_000
    with pytest.raises(errors.NotNowInDispute, match="is closed"):
        withdraw(again.pk, by=counter.buyer, now=later + left)


def test_not_withdrawn_and_opened_again_without_end(counter: Counter) -> None:
    order = counter.order()
    for _ in range(3):
        withdraw(counter.open(order).pk, by=counter.buyer, now=counter.now)
    with pytest.raises(errors.DisputedTooOften):
        counter.open(order)


def test_the_other_lines_dispute_keeps_the_order_disputed(counter: Counter) -> None:
    order = counter.order(lines=[(50_000, 1), (70_000, 1)])
    left = Clock.objects.get(order=order).due_at - counter.now
    first = counter.open(order, amount_cents=1_000)
    second = open_dispute(
        order.lines.order_by("id")[1].pk,
        counter.claim(amount_cents=2_000),
        key=uuid.uuid4(),
        by=counter.buyer,
        now=counter.now + timedelta(days=1),
    )
    withdraw(first.pk, by=counter.buyer, now=counter.now + timedelta(days=2))
    order.refresh_from_db()
    assert order.disputed
    assert not Clock.objects.filter(order=order, kind="protection").exists()
    withdraw(second.pk, by=counter.buyer, now=counter.now + timedelta(days=3))
    order.refresh_from_db()
    assert not order.disputed
    assert Clock.objects.get(order=order).due_at == counter.now + timedelta(days=3) + left


def test_silence_grants_the_claim_as_of_the_deadline_though_the_worker_was_down(counter: Counter) -> None:
    order = counter.order()
    dispute = counter.open(order)
    due = counter.now + timedelta(days=5)
    assert apply_due(now=due - SECOND) == 0
    assert apply_due(now=due + timedelta(days=9)) == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome, dispute.closed_at) == ("closed", "unanswered", due)
    assert dispute.refund is not None
    assert (dispute.refunded_cents, dispute.refund.owed_at) == (60_000, due)
    assert {event.at for event in DisputeEvent.objects.filter(dispute=dispute)[1:]} == {due}
    order.refresh_from_db()
    assert (order.refunded_cents, order.disputed, order.state) == (60_000, False, "delivered")
    assert balance_cents(escrow(order.pk)) == -65_000
    assert Clock.objects.get(order=order).due_at > due


def test_all_of_it_granted_ends_the_order(counter: Counter) -> None:
    order = counter.order(state="shipped")
    counter.open(order, reason="late", amount_cents=None, evidence=())
    apply_due(now=counter.now + timedelta(days=5))
    order.refresh_from_db()
    assert (order.state, order.refunded_cents, order.disputed) == ("refunded", 125_000, False)
    assert not Clock.objects.filter(order=order).exists()
    assert balance_cents(escrow(order.pk)) == 0


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"state": "ruled"}, "cannot become"),
        ({"whole_cents": 999_999}, "is not changed"),
        ({"amount_cents": 125_100}, "dispute_within_the_line"),
        ({"kind": "return"}, "dispute_claims_what_can_be"),
        ({"state": "closed"}, "dispute_ends_with_an_outcome"),
        ({"refunded_cents": 100}, "dispute_refunds_when_closed"),
        ({"state": "sending_back", "return_tracking": "X"}, "dispute_goods_on_their_way_back"),
    ],
)
def test_what_the_database_refuses_of_a_dispute(counter: Counter, change: dict[str, Any], refusal: str) -> None:
    dispute = counter.open()
    with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(**change)


def test_what_the_database_refuses_of_plans_and_rulings(counter: Counter) -> None:
    dispute = counter.open()
    with pytest.raises(IntegrityError, match="more than was paid"), transaction.atomic():
        Plan.objects.create(
            dispute=dispute,
            side=Side.SELLER,
            by=counter.seller,
            kind="refund_only",
            amount_cents=125_100,
            words="x",
            at=counter.now,
        )
    for party in (counter.buyer, counter.seller):
        plan = Plan.objects.create(
            dispute=dispute, side=Side.MARKET, by=party, kind="nothing", amount_cents=0, words="x", at=counter.now
        )
        with pytest.raises(IntegrityError, match="rules on its own"), transaction.atomic():
            Ruling.objects.create(dispute=dispute, plan=plan, mediator=party, ruled_at=counter.now)
    for change in (Plan.objects.all().delete, DisputeEvent.objects.all().delete):
        with pytest.raises(IntegrityError, match="not changed or deleted"), transaction.atomic():
            change()
