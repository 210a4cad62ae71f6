"""The market decides: by whom, how much, and once more on appeal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.disputes import errors
from sokopesa.aftersale.disputes.answering import escalate, refuse
from sokopesa.aftersale.disputes.life import running
from sokopesa.aftersale.disputes.models import Appeal, Dispute, Plan, Ruling, Side
from sokopesa.aftersale.disputes.returning import contest, send_back
from sokopesa.aftersale.disputes.ruling import appeal, rule
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents
from sokopesa.notices.models import Notice
from sokopesa.orders.errors import TooLate
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff

pytestmark = pytest.mark.django_db
Counter = Any
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SHOP = "Moto Shop, Luthuli Avenue 5, Nairobi"


@pytest.fixture
def case(counter: Counter) -> Dispute:
    """With a mediator, a day after it was opened."""
    dispute: Dispute = counter.open()
    refuse(
        dispute.pk,
        words="It left us whole.",
        evidence=counter.files(counter.seller),
        by=counter.seller,
        now=counter.now,
    )
    escalate(dispute.pk, by=counter.buyer, now=counter.now + DAY)
    counter.now += DAY
    return dispute


def decide(
    counter: Counter, dispute: Dispute, kind: str = "refund_only", cents: int | None = 50_000, who: int = 0
) -> None:
    rule(
        dispute.pk,
        kind=kind,
        amount_cents=cents,
        reasons="The photos show it.",
        by=counter.mediators[who],
        now=counter.now,
    )


def state(dispute: Dispute) -> tuple[str, str, int]:
    dispute.refresh_from_db()
    return dispute.state, dispute.outcome, dispute.refunded_cents


def test_a_ruling_waits_seven_days_and_then_moves_the_money(counter: Counter, case: Dispute) -> None:
    decide(counter, case)
    assert state(case) == ("ruled", "", 0)
    assert balance_cents(escrow(case.order_id)) == -125_000
    final = counter.now + 7 * DAY
    assert apply_due(now=final - SECOND) == 0
    with pytest.raises(TooLate):
        appeal(case.pk, side=Side.SELLER, words="No.", by=counter.seller, now=final)
    assert apply_due(now=final + 3 * DAY) == 1
    assert state(case) == ("closed", "ruled", 50_000)
    assert case.closed_at == final
    assert {len(text) <= 160 for text in Notice.objects.values_list("text", flat=True)} == {True}


@pytest.mark.parametrize(("kind", "cents", "refunded"), [("nothing", None, 0), ("refund_only", 125_000, 125_000)])
def test_all_or_nothing(counter: Counter, case: Dispute, kind: str, cents: int | None, refunded: int) -> None:
    decide(counter, case, kind, cents)
    apply_due(now=counter.now + 7 * DAY)
    assert state(case) == ("closed", "ruled", refunded)
    case.order.refresh_from_db()
    assert case.order.state == ("refunded" if refunded else "delivered")


@pytest.mark.parametrize("side", [Side.BUYER, Side.SELLER])
def test_one_appeal_decided_by_somebody_else_is_final(counter: Counter, case: Dispute, side: Side) -> None:
    decide(counter, case)
    person = counter.buyer if side == Side.BUYER else counter.seller
    with pytest.raises(errors.DetailsMissing):
        appeal(case.pk, side=side, words=" ", by=person, now=counter.now)
    appeal(case.pk, side=side, words="Look at the second photo.", by=person, now=counter.now + 7 * DAY - SECOND)
    for again, by in ((Side.BUYER, counter.buyer), (Side.SELLER, counter.seller)):
        with pytest.raises(errors.NotNowInDispute):
            appeal(case.pk, side=again, words="And again.", by=by, now=counter.now)
    with pytest.raises(errors.OwnCase, match="against your decision"):
        decide(counter, case, cents=50_000)
    plan = Plan.objects.create(
        dispute=case,
        side=Side.MARKET,
        by=counter.mediators[0],
        kind="nothing",
        amount_cents=0,
        words="x",
        at=counter.now,
    )
    with pytest.raises(IntegrityError, match="another mediator"), transaction.atomic():
        Ruling.objects.create(
            dispute=case, plan=plan, mediator=counter.mediators[0], appeal=Appeal.objects.get(), ruled_at=counter.now
        )
    decide(counter, case, cents=70_000, who=1)
    assert state(case) == ("closed", "ruled", 70_000)


def test_nobody_rules_who_has_an_interest_or_no_permission(counter: Counter, case: Dispute) -> None:
    add_staff(phone=counter.buyer.phone, role=Role.MEDIATOR)
    counter.buyer.refresh_from_db()
    add_member(seller=case.order.seller, phone=counter.mediators[0].phone)
    for party in (counter.buyer, counter.mediators[0]):
        with pytest.raises(errors.OwnCase, match="You are a party"):
            rule(case.pk, kind="nothing", amount_cents=None, reasons="Mine.", by=party, now=counter.now)
    support = add_staff(phone="254711000001", role=Role.SUPPORT)
    for other in (support, counter.seller):
        with pytest.raises(PermissionDenied):
            rule(case.pk, kind="nothing", amount_cents=None, reasons="So.", by=other, now=counter.now)
    assert not Ruling.objects.exists()


@pytest.mark.parametrize(
    ("kind", "cents", "refusal"),
    [
        ("refund_only", 125_100, errors.AmountRefused),
        ("refund_only", 0, errors.AmountRefused),
        ("refund_only", -100, errors.AmountRefused),
        ("refund_only", 50_050, errors.AmountRefused),
        ("refund_only", None, errors.AmountRefused),
        ("double", 1_000, errors.KindUnknown),
    ],
)
def test_what_cannot_be_ruled(counter: Counter, case: Dispute, kind: str, cents: int | None, refusal: type) -> None:
    with pytest.raises(refusal):
        decide(counter, case, kind, cents)
    with pytest.raises(errors.DetailsMissing):
        rule(case.pk, kind="nothing", amount_cents=None, reasons="", by=counter.mediators[0], now=counter.now)
    assert state(case)[0] == "with_mediator"


def test_a_ruled_return_that_the_seller_contests_is_decided_without_another_return(
    counter: Counter, case: Dispute
) -> None:
    decide(counter, case, "return", None)
    counter.now += 7 * DAY
    apply_due(now=counter.now)
    assert state(case)[0] == "sending_back"
    Dispute.objects.filter(pk=case.pk).update(return_to=SHOP)
    send_back(case.pk, carrier="G4S", tracking="KE 1", by=counter.buyer, now=counter.now)
    contest(case.pk, words="The box holds a stone.", by=counter.seller, now=counter.now)
    with pytest.raises(errors.NothingToReturn):
        decide(counter, case, "return", None)
    decide(counter, case, "nothing", None)
    appeal(case.pk, side=Side.BUYER, words="It holds the kettle.", by=counter.buyer, now=counter.now)
    decide(counter, case, "refund_only", 125_000, who=2)
    assert state(case) == ("closed", "ruled", 125_000)


def test_a_late_mediator_is_reminded_every_day_and_may_still_rule(
    counter: Counter, case: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254700000009")
    due = counter.now + 14 * DAY
    assert apply_due(now=due + 2 * DAY + SECOND) == 3
    assert Notice.objects.filter(kind="operator").count() == 3
    clock = running(case)
    Dispute.objects.get(pk=case.pk)
    case.refresh_from_db()
    clock = running(case)
    assert clock is not None
    assert clock.due_at == due + 3 * DAY
    counter.now = clock.due_at
    decide(counter, case)
    assert state(case)[0] == "ruled"
