"""What the buyer does with a claim: opens a dispute, changes it, withdraws it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.claims import Claim, refusals, require_open
from sokopesa.aftersale.disputes.errors import NotNowInDispute, when
from sokopesa.aftersale.disputes.evidence import attach, has_shown
from sokopesa.aftersale.disputes.life import Step, require
from sokopesa.aftersale.disputes.models import Dispute, DisputeDraft, Side
from sokopesa.aftersale.disputes.numbers import new_number
from sokopesa.aftersale.disputes.sums import claimed_cents, whole_cents
from sokopesa.aftersale.disputes.telling import ending, tell_buyer, tell_seller
from sokopesa.aftersale.disputes.words import changed, opened
from sokopesa.notices.words import DISPUTE_CHANGED, DISPUTE_OPENED, DISPUTE_RECEIVED, DISPUTE_WITHDRAWN
from sokopesa.orders import changing
from sokopesa.orders.clocks import ANSWER_DISPUTE, NEGOTIATE
from sokopesa.orders.life import Actor
from sokopesa.orders.models import OrderLine
from sokopesa.people.models import User

State = Dispute.State


@transaction.atomic
def open_dispute(line_id: int, claim: Claim, *, key: UUID, by: User, now: datetime) -> Dispute:
    """Claim something about one line of the buyer's order. The seller has five days to answer, counted in hours, and
    the order's protection rests. The same ``key`` opens one dispute however often it is sent.

    Raises:
        OrderLine.DoesNotExist: it is nobody's, or not this buyer's.
        NotNow, TooLate, NothingShipped, DisputedAlready: there can be no dispute about it now.
        DisputeRefused: the first thing that is wrong with the claim.
        NotHere, Unfinished, FileRefused, TooMany: a file cannot be used as evidence.
    """
    line = OrderLine.objects.get(pk=line_id, order__purchase__buyer=by)
    order = changing.locked(line.order_id)
    line = OrderLine.objects.get(pk=line_id)
    known = Dispute.objects.filter(key=key, order=order).first()
    if known is not None:
        return known
    require_open(order, line, now=now)
    whole = whole_cents(order, line)
    for refusal in refusals(claim, order=order, whole=whole, now=now):
        raise refusal
    dispute = Dispute(number=new_number(), key=key, order=order, line=line, whole_cents=whole, opened_at=now)
    _take_claim(dispute, claim)
    stages.hold(dispute, at=now)
    dispute.save()
    due_at = now + ANSWER_DISPUTE
    stages.enter(dispute, State.AWAITING_SELLER, due_at=due_at)
    attach(dispute, Side.BUYER, claim.evidence, by=by, now=now)
    _keep_plan(dispute, by, now)
    DisputeDraft.objects.filter(buyer=by, line=line).delete()
    fact = stages.record(dispute, at=now, by=Side.BUYER, kind="opened", text=opened(dispute))
    tell_buyer(fact, DISPUTE_RECEIVED, until=due_at)
    tell_seller(fact, DISPUTE_OPENED, plan=ending(dispute.kind, dispute.amount_cents), until=due_at)
    return dispute


@transaction.atomic
def change_claim(dispute_id: int, claim: Claim, *, by: User, now: datetime) -> Dispute:
    """The buyer claims something else. While the seller has not answered, the five days begin anew; the seventh day
    after opening ends all changes, so that nobody's money rests without end.

    Raises:
        NotNowInDispute, TooLate: it cannot be changed any more.
        DisputeRefused: the first thing that is wrong with the new claim.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.CHANGE, Actor.BUYER, by=by, now=now)
    if now >= changes_end(dispute):
        raise NotNowInDispute(f"The claim could be changed until {when(changes_end(dispute))}.")
    shown = has_shown(dispute, Side.BUYER)
    for refusal in refusals(claim, order=dispute.order, whole=dispute.whole_cents, now=now, shown_before=shown):
        raise refusal
    attach(dispute, Side.BUYER, claim.evidence, by=by, now=now)
    _take_claim(dispute, claim)
    if dispute.state == State.AWAITING_SELLER:
        stages.enter(dispute, State.AWAITING_SELLER, due_at=now + ANSWER_DISPUTE)
    else:
        dispute.save()
    _keep_plan(dispute, by, now)
    fact = stages.record(dispute, at=now, by=Side.BUYER, kind="changed", text=changed(dispute))
    tell_seller(fact, DISPUTE_CHANGED, plan=ending(dispute.kind, dispute.amount_cents), until=stages.due_at(dispute))
    return dispute


@transaction.atomic
def withdraw(dispute_id: int, *, by: User, now: datetime) -> Dispute:
    """The buyer lets it be. While the order's protection runs, another dispute may be opened.

    Raises:
        NotNowInDispute, TooLate: it is too late for that.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.WITHDRAW, Actor.BUYER, by=by, now=now)
    text = "The buyer withdrew the dispute."
    fact = stages.record(dispute, at=now, by=Side.BUYER, kind="withdrawn", text=text)
    tell_seller(fact, DISPUTE_WITHDRAWN)
    stages.close(dispute, Dispute.Outcome.WITHDRAWN, at=now)
    return dispute


def changes_end(dispute: Dispute) -> datetime:
    """Until when the claim can be changed."""
    return dispute.opened_at + NEGOTIATE


def _take_claim(dispute: Dispute, claim: Claim) -> None:
    dispute.kind, dispute.reason, dispute.received = claim.kind, claim.reason, claim.received
    dispute.details = claim.details.strip()
    dispute.amount_cents = claimed_cents(
        kind=claim.kind, received=claim.received, whole=dispute.whole_cents, asked=claim.amount_cents
    )


def _keep_plan(dispute: Dispute, by: User, now: datetime) -> None:
    stages.plan(
        dispute,
        Side.BUYER,
        by=by,
        kind=dispute.kind,
        amount_cents=dispute.amount_cents,
        words=dispute.details,
        at=now,
    )
