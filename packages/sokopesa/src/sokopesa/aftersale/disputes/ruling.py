"""The market decides (R57): a mediator with reasons, and once more, by another, if a side appeals."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.claims import require_words
from sokopesa.aftersale.disputes.errors import KindUnknown, NothingToReturn, OwnCase
from sokopesa.aftersale.disputes.life import Step, require
from sokopesa.aftersale.disputes.models import Appeal, Dispute, Kind, Plan, Ruling, Side
from sokopesa.aftersale.disputes.sums import ruled_cents
from sokopesa.aftersale.disputes.telling import ending, tell_both, tell_buyer, tell_seller
from sokopesa.aftersale.disputes.words import asks_for
from sokopesa.notices.words import APPEAL_DECIDED, APPEAL_MADE, DISPUTE_RULED
from sokopesa.orders.clocks import APPEAL, RULE_WITHIN
from sokopesa.orders.life import Actor
from sokopesa.people.models import User
from sokopesa.people.sellers import acts_for
from sokopesa.people.staff import RULE_DISPUTES, may

State, Outcome = Dispute.State, Dispute.Outcome


@transaction.atomic
def rule(dispute_id: int, *, kind: str, amount_cents: int | None, reasons: str, by: User, now: datetime) -> Ruling:
    """A mediator decides: all of the money against the goods, some or all of it without them, or nothing. Either side
    may appeal for seven days; a decision on an appeal is carried out at once.

    Raises:
        PermissionDenied: the person does not rule on disputes.
        OwnCase: the person is a party, or has decided before and was appealed against.
        NotNowInDispute: there is nothing to decide now.
        KindUnknown, NothingToReturn, AmountRefused, DetailsMissing, DetailsTooLong: it cannot be decided so.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.RULE, Actor.MARKET, by=None, now=now)
    require_impartial(dispute, by)
    if kind not in Kind.values:
        raise KindUnknown
    if kind == Kind.RETURN and (not dispute.received or dispute.sent_back_at is not None):
        raise NothingToReturn
    cents = ruled_cents(dispute, kind=kind, asked=amount_cents)
    said = require_words(reasons, missing="Give the reasons. Both sides read them.")
    decided = stages.plan(dispute, Side.MARKET, by=by, kind=kind, amount_cents=cents, words=said, at=now)
    appeal = Appeal.objects.filter(dispute=dispute).first()
    ruling = Ruling.objects.create(
        dispute=dispute,
        plan=decided,
        mediator=by,
        appeal=appeal if dispute.state == State.APPEALED else None,
        ruled_at=now,
    )
    text = f"The market decided: {asks_for(kind, cents)}."
    if appeal is None:
        due_at = now + APPEAL
        stages.enter(dispute, State.RULED, due_at=due_at)
        fact = stages.record(dispute, at=now, by=Side.MARKET, kind="ruled", text=text)
        tell_both(fact, DISPUTE_RULED, plan=ending(kind, cents), until=due_at)
    else:
        fact = stages.record(dispute, at=now, by=Side.MARKET, kind="ruled", text=f"{text} That is final.")
        tell_both(fact, APPEAL_DECIDED, plan=ending(kind, cents))
        carry_out(dispute, decided, at=now)
    return ruling


@transaction.atomic
def appeal(dispute_id: int, *, side: Side, words: str, by: User, now: datetime) -> Appeal:
    """A side asks for the decision of another mediator. There is one appeal in a dispute, whoever makes it.

    Raises:
        NotNowInDispute, TooLate: there is no decision to appeal against, or not any more.
        DetailsMissing, DetailsTooLong: no reasons, or too many words.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.APPEAL, Actor(side.value), by=by, now=now)
    said = require_words(words, missing="Say why the decision should be another.")
    made = Appeal.objects.create(
        dispute=dispute, ruling=dispute.rulings.latest("id"), side=side, by=by, words=said, at=now
    )
    stages.enter(dispute, State.APPEALED, due_at=now + RULE_WITHIN)
    text = f"The {side.label.lower()} appealed. Another mediator decides, and that is final."
    fact = stages.record(dispute, at=now, by=side, kind="appealed", text=text)
    tell = tell_seller if side == Side.BUYER else tell_buyer
    tell(fact, APPEAL_MADE)
    return made


def carry_out(dispute: Dispute, decided: Plan, *, at: datetime) -> None:
    """A final decision becomes what it says."""
    if decided.kind == Kind.RETURN:
        stages.await_return(dispute, at=at)
    else:
        stages.close(dispute, Outcome.RULED, at=at, cents=decided.amount_cents)


def require_impartial(dispute: Dispute, person: User) -> None:
    """Refuse whoever may not decide this dispute as it stands.

    Raises:
        PermissionDenied: the person does not rule on disputes.
        OwnCase: the person is a party, or has decided before and was appealed against.
    """
    if not may(person, RULE_DISPUTES):
        raise PermissionDenied
    if person.pk == dispute.order.purchase.buyer_id or acts_for(person, dispute.order.seller_id):
        raise OwnCase("You are a party to this dispute, so another mediator decides.")
    if dispute.state == State.APPEALED and dispute.appeal.ruling.mediator_id == person.pk:
        raise OwnCase("The appeal is against your decision, so another mediator decides.")
