"""Goods on their way back (R56): where to, on whose tracking number, and whether they came."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.answering import hand_over
from sokopesa.aftersale.disputes.claims import require_words
from sokopesa.aftersale.disputes.errors import AddressMissing, TrackingMissing
from sokopesa.aftersale.disputes.life import Step, require
from sokopesa.aftersale.disputes.models import Dispute, Kind, Side
from sokopesa.aftersale.disputes.telling import tell_buyer, tell_seller
from sokopesa.notices.words import RETURN_ADDRESS, RETURN_DELIVERED, RETURN_RECEIVED, RETURN_SENT
from sokopesa.orders.clocks import SEND_BACK, TAKE_BACK, TAKE_BACK_DELIVERED
from sokopesa.orders.life import Actor
from sokopesa.people.models import User

State, Outcome = Dispute.State, Dispute.Outcome


@transaction.atomic
def name_address(dispute_id: int, *, return_to: str, by: User, now: datetime) -> Dispute:
    """The seller says where the goods go; the buyer's ten days begin with it. It is said once.

    Raises:
        NotNowInDispute, TooLate: it was said already, or no goods go back.
        AddressMissing: nothing was said.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.NAME_ADDRESS, Actor.SELLER, by=by, now=now)
    if not return_to.strip():
        raise AddressMissing
    dispute.return_to = " ".join(return_to.split())[:300]
    due_at = now + SEND_BACK
    stages.enter(dispute, State.SENDING_BACK, due_at=due_at)
    text = f"The seller gave the address for the return: {dispute.return_to}"[:300]
    fact = stages.record(dispute, at=now, by=Side.SELLER, kind="address", text=text)
    tell_buyer(fact, RETURN_ADDRESS, until=due_at)
    return dispute


@transaction.atomic
def send_back(dispute_id: int, *, carrier: str, tracking: str, by: User, now: datetime) -> Dispute:
    """The buyer sent the goods, and gives the number by which they can be followed.

    Raises:
        NotNowInDispute, TooLate: no goods are to be sent, or not any more.
        TrackingMissing: no number was given.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.SEND_BACK, Actor.BUYER, by=by, now=now)
    number = " ".join(tracking.split())[:60]
    if not number:
        raise TrackingMissing
    dispute.return_carrier, dispute.return_tracking, dispute.sent_back_at = " ".join(carrier.split())[:60], number, now
    due_at = now + TAKE_BACK
    stages.enter(dispute, State.COMING_BACK, due_at=due_at)
    text = f"The buyer sent the goods back: {dispute.return_carrier} {number}".strip()
    fact = stages.record(dispute, at=now, by=Side.BUYER, kind="sent-back", text=text)
    tell_seller(fact, RETURN_SENT, tracking=number, until=due_at)
    return dispute


@transaction.atomic
def note_delivery(dispute_id: int, *, at: datetime, now: datetime) -> Dispute:
    """The courier delivered the return to the seller at that moment, who has ten days from then to say what is wrong.

    Raises:
        NotNowInDispute: nothing is on its way back.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.NOTE_DELIVERY, Actor.MARKET, by=None, now=now)
    if dispute.came_back_at is not None or at > now:
        return dispute
    dispute.came_back_at = at
    due_at = min(stages.due_at(dispute), max(at + TAKE_BACK_DELIVERED, now))
    stages.enter(dispute, State.COMING_BACK, due_at=due_at)
    text = "The courier delivered the return to the seller."
    fact = stages.record(dispute, at=at, by=Side.MARKET, kind="return-delivered", text=text)
    tell_seller(fact, RETURN_DELIVERED, until=due_at)
    return dispute


@transaction.atomic
def take_back(dispute_id: int, *, by: User, now: datetime) -> Dispute:
    """The seller has the goods again, and all of the money goes back.

    Raises:
        NotNowInDispute, TooLate: nothing is on its way back, or it counts as back already.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.TAKE_BACK, Actor.SELLER, by=by, now=now)
    text = "The seller confirmed that the goods came back."
    fact = stages.record(dispute, at=now, by=Side.SELLER, kind="taken-back", text=text)
    tell_buyer(fact, RETURN_RECEIVED, by_sms=False, amount=dispute.whole_cents)
    stages.close(dispute, Outcome.RETURNED, at=now, cents=dispute.whole_cents)
    return dispute


@transaction.atomic
def contest(dispute_id: int, *, words: str, by: User, now: datetime) -> Dispute:
    """The seller says that what came back, or did not, is not what was agreed; a mediator decides.

    Raises:
        NotNowInDispute, TooLate: nothing is on its way back, or it counts as back already.
        DetailsMissing, DetailsTooLong: no reasons, or too many words.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.CONTEST, Actor.SELLER, by=by, now=now)
    said = require_words(words, missing="Say what is wrong with the return. A mediator reads it.")
    stages.plan(dispute, Side.SELLER, by=by, kind=Kind.NOTHING, amount_cents=0, words=said, at=now)
    hand_over(dispute, by=Side.SELLER, text="The seller says that something is wrong with the return.", at=now)
    return dispute
