"""What the timelines of disputes and their orders say. What people are told is in `sokopesa.notices.words`."""

from __future__ import annotations

from sokopesa.aftersale.disputes.models import Dispute, Kind
from sokopesa.aftersale.disputes.reasons import label
from sokopesa.kernel.money import format_kes


def asks_for(kind: str, amount_cents: int) -> str:
    """A plan in a few words: ``KES 600 back, goods kept``."""
    if kind == Kind.NOTHING:
        return "no refund"
    how = "against the goods" if kind == Kind.RETURN else "back without a return"
    return f"{format_kes(amount_cents)} {how}"


def opened(dispute: Dispute) -> str:
    return (
        f"The buyer opened a dispute: {label(dispute.reason)}. Asked: {asks_for(dispute.kind, dispute.amount_cents)}."
    )


def changed(dispute: Dispute) -> str:
    return (
        f"The buyer changed the claim: {label(dispute.reason)}. Asked: {asks_for(dispute.kind, dispute.amount_cents)}."
    )


def closed(dispute: Dispute, refunded_cents: int) -> str:
    money = f"{format_kes(refunded_cents)} goes back to the buyer" if refunded_cents else "no money goes back"
    return f"The dispute is closed: {dispute.get_outcome_display().lower()}, {money}."
