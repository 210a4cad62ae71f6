"""Disputes, cancelling and partial shipping about one order, each of which leaves the others in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from any_life.evidence import ready_file

from sokopesa.aftersale import cancelling, deadlines
from sokopesa.aftersale.disputes import answering, opening, returning
from sokopesa.aftersale.disputes.claims import Claim
from sokopesa.aftersale.disputes.models import Dispute
from sokopesa.aftersale.errors import NotYours
from sokopesa.orders.changing import locked
from sokopesa.orders.models import Clock
from sokopesa.people.staff import Role, add_staff
from sokopesa.shipping import extending

pytestmark = pytest.mark.django_db
Case = Any
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def dispute_of(case: Case, line: int = 0, **claim: Any) -> Dispute:
    facts = {"kind": "return", "reason": "damaged", "amount_cents": None, "details": "The lid is broken."} | claim
    evidence = [ready_file(case.buyer, at=case.now)]
    return opening.open_dispute(
        case.lines[line].pk, Claim(**facts, evidence=evidence), key=uuid4(), by=case.buyer, now=case.now
    )


def send_back(case: Case, dispute: Dispute) -> None:
    """All of the goods go back for all of their money."""
    plan = dispute.plans.get(side="buyer")
    answering.accept_claim(dispute.pk, plan_id=plan.pk, return_to="Moto Shop", by=case.seller, now=case.now)
    returning.send_back(dispute.pk, carrier="", tracking="KE 1", by=case.buyer, now=case.now)
    returning.take_back(dispute.pk, by=case.seller, now=case.now)


@pytest.mark.parametrize("asks", [True, False])
def test_what_was_shipped_came_back_and_the_rest_is_cancelled(make_case: Any, asks: bool) -> None:
    """Nothing is left to pay the seller, so the order is refunded, and no deadline waits to complete it."""
    case = make_case(shipping_cents=0)
    case.send({case.lines[0].pk: 3})
    send_back(case, dispute_of(case))
    assert (case.again().state, case.order.refunded_cents) == ("partly_shipped", 120_000)
    if asks:
        cancelling.approve(case.ask(), by=case.seller, now=case.now)
    else:
        deadlines.apply_due(now=case.now + 30 * DAY)
    assert (case.again().state, case.order.refunded_cents) == ("refunded", 125_000)
    assert not Clock.objects.filter(order=case.order).exists()
    assert deadlines.apply_due(now=case.now + 90 * DAY) == 0
    assert case.again().state == "refunded"


def test_a_request_for_time_ends_with_an_order_that_is_refunded(make_case: Any) -> None:
    case = make_case(shipping_cents=0)
    case.send({case.lines[0].pk: 3})
    send_back(case, dispute_of(case))
    extending.ask_ship_time(case.again(), days=3, by=case.seller, now=case.now)
    cancelling.approve(case.ask(), by=case.seller, now=case.now)
    assert (case.again().state, case.order.ship_time_asked) == ("refunded", False)


def test_the_rest_is_cancelled_while_the_dispute_is_open(make_case: Any) -> None:
    case = make_case(shipping_cents=0)
    case.send({case.lines[0].pk: 3})
    dispute = dispute_of(case)
    cancelling.approve(case.ask(), by=case.seller, now=case.now)
    assert (case.again().state, case.order.refunded_cents, case.order.disputed) == ("shipped", 5_000, True)
    assert not Clock.objects.filter(order=case.order, kind="protection").exists()
    send_back(case, dispute)
    assert (case.again().state, case.order.refunded_cents, case.order.disputed) == ("refunded", 125_000, False)


def test_a_late_mediator_holds_up_neither_seller_nor_buyer(case: Case) -> None:
    """His deadline has passed, and no worker has told anybody yet."""
    case.send({case.lines[0].pk: 3})
    dispute = dispute_of(case, kind="refund_only", amount_cents=20_000)
    evidence = [ready_file(case.seller, at=case.now)]
    answering.refuse(dispute.pk, words="No.", evidence=evidence, by=case.seller, now=case.now)
    answering.escalate(dispute.pk, by=case.buyer, now=case.now)
    Clock.objects.filter(kind="ship").update(due_at=case.now + 20 * DAY)
    late = case.now + 14 * DAY + HOUR
    request = case.ask(quantities={case.lines[1].pk: 1}, now=late)
    cancelling.withdraw(request, by=case.buyer, now=late)
    case.send(now=late)
    assert case.again().state == "shipped"


def test_each_side_of_a_dispute_speaks_for_itself(case: Case, make_case: Any) -> None:
    case.send()
    dispute, other = dispute_of(case), make_case()
    claim = Claim("refund_only", "damaged", 20_000, "So.")
    for stranger in (case.seller, other.buyer, other.seller, add_staff(phone="254731555009", role=Role.MEDIATOR)):
        with pytest.raises(NotYours):
            opening.withdraw(dispute.pk, by=stranger, now=case.now)
        with pytest.raises(NotYours):
            opening.change_claim(dispute.pk, claim, by=stranger, now=case.now)
    for stranger in (case.buyer, other.buyer, other.seller):
        with pytest.raises(NotYours):
            answering.accept_claim(
                dispute.pk, plan_id=dispute.plans.get().pk, return_to="Here", by=stranger, now=case.now
            )
    assert locked(case.order.pk).disputed
