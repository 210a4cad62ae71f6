"""A dispute as all its pages tell it: the buyer's, the seller's and the mediator's."""

from __future__ import annotations

from typing import Any

from sokopesa.aftersale.disputes.models import Dispute, Kind, Side
from sokopesa.aftersale.disputes.queries import standing
from sokopesa.aftersale.disputes.reasons import BY_CODE
from sokopesa.orders.life import Actor

COLUMNS = ((Side.BUYER, "The buyer asks"), (Side.SELLER, "The seller proposes"), (Side.MARKET, "The market decides"))


def told(dispute: Dispute, actor: Actor) -> dict[str, Any]:
    """What a page of the dispute shows, for this side."""
    stands = standing(dispute, actor)
    offer = stands.plans.get(Side.SELLER)
    mine = {actor.value} if actor == Actor.MARKET else {actor.value, "either"}
    return {
        "dispute": dispute,
        "order": dispute.order,
        "line": dispute.line,
        "reason": BY_CODE[dispute.reason],
        "standing": stands,
        "deadlines": [(each, each.owner in mine and not later) for later, each in enumerate(stands.deadlines)],
        "steps": {step.value for step in stands.steps},
        "columns": [(label, stands.plans.get(side)) for side, label in COLUMNS],
        "claim": stands.plans.get(Side.BUYER),
        "offer": offer if offer is not None and offer.kind != Kind.NOTHING else None,
        "refused": offer is not None and offer.kind == Kind.NOTHING,
        "ladder": [plan for plan in stands.history if plan.side != Side.MARKET],
        "rulings": list(dispute.rulings.select_related("plan", "mediator").order_by("id")),
        "appeal": getattr(dispute, "appeal", None),
        "evidence": list(dispute.evidence.select_related("upload").order_by("id")),
        "events": list(dispute.events.all()),
    }
