"""How buyer and seller come to an agreement, or do not: accept, refuse, offer, and ask the market to decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.claims import ASKED_FOR, require_words
from sokopesa.aftersale.disputes.errors import (
    AddressMissing,
    EvidenceMissing,
    KindUnknown,
    NothingToReturn,
    NotNowInDispute,
)
from sokopesa.aftersale.disputes.evidence import attach, has_shown
from sokopesa.aftersale.disputes.life import Step, require
from sokopesa.aftersale.disputes.models import Dispute, Kind, Plan, Side
from sokopesa.aftersale.disputes.sums import offered_cents
from sokopesa.aftersale.disputes.telling import ending, tell_both, tell_buyer, tell_seller
from sokopesa.aftersale.disputes.words import asks_for
from sokopesa.notices.words import (
    DISPUTE_ACCEPTED,
    DISPUTE_AGREED,
    DISPUTE_COUNTERED,
    DISPUTE_ESCALATED,
    DISPUTE_REFUSED,
)
from sokopesa.orders.clocks import NEGOTIATE, RULE_WITHIN
from sokopesa.orders.life import Actor
from sokopesa.people.models import User

State, Outcome = Dispute.State, Dispute.Outcome

TO_THINK = timedelta(days=2)
"""What the buyer has at least to think about an answer, should the seventh day be nearer."""


@transaction.atomic
def accept_claim(dispute_id: int, *, plan_id: int, by: User, now: datetime, return_to: str = "") -> Dispute:
    """The seller grants what the buyer claims, as of the plan that was on the page: the money goes back at once, or
    after the goods came to ``return_to``.

    Raises:
        NotNowInDispute, TooLate: it is not the seller's turn, or the claim has changed meanwhile.
        AddressMissing: goods are to come back, and nobody knows where to.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.ACCEPT_CLAIM, Actor.SELLER, by=by, now=now)
    _require_newest(dispute, Side.BUYER, plan_id)
    if dispute.kind == Kind.RETURN:
        dispute.return_to = _address(return_to)
    text = f"The seller accepted the claim: {asks_for(dispute.kind, dispute.amount_cents)}."
    stages.plan(
        dispute,
        Side.SELLER,
        by=by,
        kind=dispute.kind,
        amount_cents=dispute.amount_cents,
        words="Accepted.",
        at=now,
    )
    fact = stages.record(dispute, at=now, by=Side.SELLER, kind="accepted", text=text)
    tell_buyer(fact, DISPUTE_ACCEPTED, by_sms=False, plan=ending(dispute.kind, dispute.amount_cents))
    stages.grant(dispute, Outcome.AGREED, at=now)
    return dispute


@transaction.atomic
def refuse(dispute_id: int, *, words: str, by: User, now: datetime, evidence: Sequence[UUID] = ()) -> Dispute:
    """The seller grants nothing, says why, and shows it. The buyer may now ask the market to decide.

    Raises:
        NotNowInDispute, TooLate: it is not the seller's turn.
        DetailsMissing, DetailsTooLong: no reasons, or too many words.
        EvidenceMissing: nothing that shows it, now or before.
        NotHere, Unfinished, FileRefused, TooMany: a file cannot be used.
    """
    return _answer(
        dispute_id, Step.REFUSE, kind=Kind.NOTHING, asked=None, words=words, by=by, now=now, evidence=evidence
    )


@transaction.atomic
def offer(
    dispute_id: int, *, kind: str, amount_cents: int | None, words: str, by: User, now: datetime, return_to: str = ""
) -> Dispute:
    """The seller proposes another amount, or that the goods come back to ``return_to`` for all of the money.

    Raises:
        NotNowInDispute, TooLate: it is not the seller's turn.
        KindUnknown, NothingToReturn, AmountRefused, AddressMissing: it cannot be offered.
        DetailsMissing, DetailsTooLong: no words to it, or too many.
    """
    if kind not in ASKED_FOR:
        raise KindUnknown
    return _answer(
        dispute_id, Step.OFFER, kind=kind, asked=amount_cents, words=words, by=by, now=now, return_to=return_to
    )


def _answer(
    dispute_id: int,
    step: Step,
    *,
    kind: str,
    asked: int | None,
    words: str,
    by: User,
    now: datetime,
    return_to: str = "",
    evidence: Sequence[UUID] = (),
) -> Dispute:
    dispute = stages.locked(dispute_id)
    require(dispute, step, Actor.SELLER, by=by, now=now)
    attach(dispute, Side.SELLER, evidence, by=by, now=now)
    if kind == Kind.RETURN and not dispute.received:
        raise NothingToReturn
    if kind == Kind.RETURN:
        dispute.return_to = _address(return_to)
    cents = 0 if kind == Kind.NOTHING else offered_cents(dispute, kind=kind, asked=asked)
    said = require_words(words, missing="Say why. The buyer reads it, and a mediator may.")
    if kind == Kind.NOTHING and not has_shown(dispute, Side.SELLER):
        raise EvidenceMissing("Add what shows it: a photo, the post office's receipt, the tracking page.")
    stages.plan(dispute, Side.SELLER, by=by, kind=kind, amount_cents=cents, words=said, at=now)
    due_at = max(dispute.opened_at + NEGOTIATE, now + TO_THINK)
    if dispute.state == State.AWAITING_SELLER:
        stages.enter(dispute, State.NEGOTIATING, due_at=due_at)
    else:
        dispute.save()
        due_at = stages.due_at(dispute)
    text = (
        "The seller refused the claim."
        if kind == Kind.NOTHING
        else f"The seller offers {asks_for(kind, cents)} instead."
    )
    fact = stages.record(dispute, at=now, by=Side.SELLER, kind="answered", text=text)
    if kind == Kind.NOTHING:
        tell_buyer(fact, DISPUTE_REFUSED, until=due_at)
    else:
        tell_buyer(fact, DISPUTE_COUNTERED, plan=ending(kind, cents), until=due_at)
    return dispute


@transaction.atomic
def accept_offer(dispute_id: int, *, plan_id: int, by: User, now: datetime) -> Dispute:
    """The buyer agrees to the seller's offer that was on the page.

    Raises:
        NotNowInDispute, TooLate: there is no such offer any more.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.ACCEPT_OFFER, Actor.BUYER, by=by, now=now)
    agreed = _require_newest(dispute, Side.SELLER, plan_id)
    if agreed.kind == Kind.NOTHING:
        raise NotNowInDispute("The seller refused, so there is no offer to accept. You can ask the market to decide.")
    text = f"The buyer accepted the offer: {asks_for(agreed.kind, agreed.amount_cents)}."
    fact = stages.record(dispute, at=now, by=Side.BUYER, kind="agreed", text=text)
    tell_seller(fact, DISPUTE_AGREED, plan=ending(agreed.kind, agreed.amount_cents))
    if agreed.kind == Kind.RETURN:
        stages.await_return(dispute, at=now)
    else:
        stages.close(dispute, Outcome.AGREED, at=now, cents=agreed.amount_cents)
    return dispute


@transaction.atomic
def escalate(dispute_id: int, *, by: User, now: datetime) -> Dispute:
    """The buyer asks the market to decide, once the seller has answered.

    Raises:
        NotNowInDispute, TooLate: the seller has yet to answer, or the market decides already.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.ESCALATE, Actor.BUYER, by=by, now=now)
    hand_over(dispute, by=Side.BUYER, text="The buyer asked the market to decide.", at=now)
    return dispute


def hand_over(dispute: Dispute, *, by: Side, text: str, at: datetime) -> None:
    """A mediator decides from here on."""
    stages.enter(dispute, State.WITH_MEDIATOR, due_at=at + RULE_WITHIN)
    tell_both(stages.record(dispute, at=at, by=by, kind="mediation", text=text), DISPUTE_ESCALATED)


def _require_newest(dispute: Dispute, side: Side, plan_id: int) -> Plan:
    newest = stages.latest_plan(dispute, side)
    if newest is None or newest.pk != plan_id:
        raise NotNowInDispute(f"The {side.label.lower()} has changed the plan meanwhile. Please look at it again.")
    return newest


def _address(typed: str) -> str:
    if not typed.strip():
        raise AddressMissing
    return " ".join(typed.split())[:300]
