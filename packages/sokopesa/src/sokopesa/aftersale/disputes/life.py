"""Who may do what in a dispute in which state: one table, which pages read to show buttons and verbs to refuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices

from sokopesa.aftersale.disputes.errors import NotNowInDispute
from sokopesa.aftersale.disputes.models import Dispute
from sokopesa.aftersale.errors import NotYours
from sokopesa.orders.errors import TooLate
from sokopesa.orders.life import Actor
from sokopesa.orders.models import Clock
from sokopesa.people.models import User
from sokopesa.people.sellers import acts_for

S = Dispute.State
Kind = Clock.Kind


class Step(TextChoices):
    """What can be done in a dispute; the label is the button's."""

    CHANGE = "change", "Change the claim"
    WITHDRAW = "withdraw", "Withdraw the dispute"
    ACCEPT_OFFER = "accept_offer", "Accept the seller's offer"
    ESCALATE = "escalate", "Ask the market to decide"
    SEND_BACK = "send_back", "Give the tracking number"
    ACCEPT_CLAIM = "accept_claim", "Accept the claim"
    REFUSE = "refuse", "Refuse"
    OFFER = "offer", "Make another offer"
    NAME_ADDRESS = "name_address", "Give the return address"
    TAKE_BACK = "take_back", "The goods came back: refund"
    CONTEST = "contest", "Something is wrong with the return"
    APPEAL = "appeal", "Appeal"
    SHOW_EVIDENCE = "show_evidence", "Add evidence"
    NOTE_DELIVERY = "note_delivery", "Note that the return was delivered"
    RULE = "rule", "Decide"
    GRANT = "grant", "Grant the claim: no answer came"
    STEP_IN = "step_in", "Step in: no agreement came"
    GIVE_UP = "give_up", "Close: the goods were not sent back"
    TAKE_AS_BACK = "take_as_back", "Refund: the return was not answered"
    MAKE_FINAL = "make_final", "Carry out the decision"
    CHASE = "chase", "Remind the mediators"


@dataclass(frozen=True, slots=True)
class Rule:
    """A step is open to each of the actors in these states. ``clock`` is the deadline that takes it, if one does."""

    step: Step
    actors: tuple[Actor, ...]
    states: tuple[str, ...]
    clock: Kind | None = None


_OPEN = tuple(state for state in S if state != S.CLOSED)
_BUYER, _SELLER, _MARKET = (Actor.BUYER,), (Actor.SELLER,), (Actor.MARKET,)

RULES: tuple[Rule, ...] = (
    Rule(Step.CHANGE, _BUYER, (S.AWAITING_SELLER, S.NEGOTIATING)),
    Rule(Step.WITHDRAW, _BUYER, (S.AWAITING_SELLER, S.NEGOTIATING, S.SENDING_BACK, S.WITH_MEDIATOR)),
    Rule(Step.ACCEPT_OFFER, _BUYER, (S.NEGOTIATING,)),
    Rule(Step.ESCALATE, _BUYER, (S.NEGOTIATING,)),
    Rule(Step.SEND_BACK, _BUYER, (S.SENDING_BACK,)),
    Rule(Step.ACCEPT_CLAIM, _SELLER, (S.AWAITING_SELLER, S.NEGOTIATING)),
    Rule(Step.REFUSE, _SELLER, (S.AWAITING_SELLER, S.NEGOTIATING)),
    Rule(Step.OFFER, _SELLER, (S.AWAITING_SELLER, S.NEGOTIATING)),
    Rule(Step.NAME_ADDRESS, _SELLER, (S.SENDING_BACK,)),
    Rule(Step.TAKE_BACK, _SELLER, (S.COMING_BACK,)),
    Rule(Step.CONTEST, _SELLER, (S.COMING_BACK,)),
    Rule(Step.APPEAL, (Actor.BUYER, Actor.SELLER), (S.RULED,)),
    Rule(Step.SHOW_EVIDENCE, (Actor.BUYER, Actor.SELLER), _OPEN),
    Rule(Step.NOTE_DELIVERY, _MARKET, (S.COMING_BACK,)),
    Rule(Step.RULE, _MARKET, (S.WITH_MEDIATOR, S.APPEALED)),
    Rule(Step.GRANT, _MARKET, (S.AWAITING_SELLER,), Kind.ANSWER_DISPUTE),
    Rule(Step.STEP_IN, _MARKET, (S.NEGOTIATING,), Kind.ANSWER_OFFER),
    Rule(Step.GIVE_UP, _MARKET, (S.SENDING_BACK,), Kind.SEND_BACK),
    Rule(Step.TAKE_AS_BACK, _MARKET, (S.COMING_BACK,), Kind.TAKE_BACK),
    Rule(Step.MAKE_FINAL, _MARKET, (S.RULED,), Kind.APPEAL),
    Rule(Step.CHASE, _MARKET, (S.WITH_MEDIATOR, S.APPEALED), Kind.RULE),
)
"""Each step once. Whatever the state, one deadline runs in a dispute that is not closed, and has a step of its own."""

BY_STEP = {rule.step: rule for rule in RULES}

CLOCK_OF: dict[str, Kind] = {state: rule.clock for rule in RULES if rule.clock for state in rule.states}
"""The deadline that runs in each state."""

CLOCKS = tuple(dict.fromkeys(CLOCK_OF.values()))


def allowed(dispute: Dispute, actor: Actor) -> tuple[Step, ...]:
    """What this actor may do now, in the order of the table; what deadlines do by themselves is not among it."""
    rules = (rule for rule in RULES if rule.clock is None and actor in rule.actors and dispute.state in rule.states)
    return tuple(rule.step for rule in rules if _has_sense(dispute, rule.step))


def _has_sense(dispute: Dispute, step: Step) -> bool:
    if step == Step.NAME_ADDRESS:
        return not dispute.return_to
    if step == Step.SEND_BACK:
        return bool(dispute.return_to)
    return True


def require(dispute: Dispute, step: Step, actor: Actor, *, by: User | None, now: datetime) -> None:
    """Refuse unless the dispute, whose order the caller has locked, allows the step. ``by`` is who acts for the buyer
    or the seller; who acts for the market is looked at by `sokopesa.aftersale.disputes.ruling`.

    A deadline that has passed comes first, even where nobody has carried it out yet. The mediators' own changes nothing
    for anybody, so it holds up nobody.

    Raises:
        NotYours: somebody else's dispute.
        NotNowInDispute: the state does not allow it.
        TooLate: the deadline has passed.
    """
    rule = BY_STEP[step]
    assert actor in rule.actors
    if actor != Actor.MARKET and not (by and _is_side(dispute, actor, by)):
        raise NotYours
    if dispute.state not in rule.states or not _has_sense(dispute, step):
        raise NotNowInDispute(_as_it_stands(dispute, step))
    if rule.clock is not None:
        return
    passed = running(dispute)
    if passed and passed.kind != Kind.RULE and passed.due_at <= now:
        raise TooLate(passed)


def _is_side(dispute: Dispute, actor: Actor, person: User) -> bool:
    if actor == Actor.BUYER:
        return dispute.order.purchase.buyer_id == person.pk
    return acts_for(person, dispute.order.seller_id)


def running(dispute: Dispute) -> Clock | None:
    """The dispute's deadline; None when it is closed."""
    kind = CLOCK_OF.get(dispute.state)
    return Clock.objects.filter(order=dispute.order_id, kind=kind, subject=dispute.pk).first() if kind else None


def _as_it_stands(dispute: Dispute, step: Step) -> str:
    if dispute.state == S.CLOSED:
        return f"Dispute {dispute.number} is closed: {dispute.get_outcome_display().lower()}."
    if step == Step.SEND_BACK and dispute.state == S.SENDING_BACK:
        return "The seller has not said yet where the goods go. Please wait for the address before you send them."
    if step == Step.NAME_ADDRESS and dispute.state == S.SENDING_BACK:
        return "The buyer has your address already. It cannot be changed now."
    if step == Step.WITHDRAW:
        return "It can no longer be withdrawn: " + _now(dispute)
    return "That is not possible now: " + _now(dispute)


def _now(dispute: Dispute) -> str:
    label = dispute.get_state_display()
    return f"{label[0].lower()}{label[1:]}."
