"""What buyer and seller are told by SMS, in 160 characters each, and what the timelines say."""

from __future__ import annotations

from datetime import datetime

from sokopesa.aftersale.disputes.models import Dispute, Kind
from sokopesa.aftersale.disputes.reasons import label
from sokopesa.kernel.money import format_kes
from sokopesa.orders.clocks import written


def asks_for(kind: str, amount_cents: int) -> str:
    """A plan in a few words: ``KES 600 back, goods kept``."""
    if kind == Kind.NOTHING:
        return "no refund"
    how = "against the goods" if kind == Kind.RETURN else "back without a return"
    return f"{format_kes(amount_cents)} {how}"


def about(dispute: Dispute) -> str:
    """Which dispute: ``Dispute D7A2K9M4XQ1 (order 8123456789012345-1)``."""
    return f"Dispute {dispute.number} (order {dispute.order.number})"


def opened(dispute: Dispute) -> str:
    return (
        f"The buyer opened a dispute: {label(dispute.reason)}. Asked: {asks_for(dispute.kind, dispute.amount_cents)}."
    )


def opened_to_seller(dispute: Dispute, due_at: datetime) -> str:
    asked = asks_for(dispute.kind, dispute.amount_cents)
    return f"{about(dispute)}: the buyer asks for {asked}. Answer by {written(due_at)}, or it is granted."


def opened_to_buyer(dispute: Dispute, due_at: datetime) -> str:
    return f"{about(dispute)} is open. The seller answers by {written(due_at)}; without an answer it is granted."


def changed(dispute: Dispute) -> str:
    return (
        f"The buyer changed the claim: {label(dispute.reason)}. Asked: {asks_for(dispute.kind, dispute.amount_cents)}."
    )


def changed_to_seller(dispute: Dispute, due_at: datetime) -> str:
    asked = asks_for(dispute.kind, dispute.amount_cents)
    return f"{about(dispute)}: the claim is now {asked}. Please answer by {written(due_at)}."


def offered_to_buyer(dispute: Dispute, kind: str, amount_cents: int, due_at: datetime) -> str:
    said = "refuses" if kind == Kind.NOTHING else f"offers {asks_for(kind, amount_cents)}"
    return f"{about(dispute)}: the seller {said}. Agree by {written(due_at)}, or the market decides."


def send_back_to_buyer(dispute: Dispute, due_at: datetime) -> str:
    if not dispute.return_to:
        return f"{about(dispute)}: the goods go back. Please wait until the seller has given an address; we tell you."
    return (
        f"{about(dispute)}: send the goods back and give their tracking number by {written(due_at)}, or it is closed."
    )


def address_to_seller(dispute: Dispute, due_at: datetime) -> str:
    return f"{about(dispute)}: give the address for the return by {written(due_at)}, or the money goes back without it."


def sent_back_to_seller(dispute: Dispute, due_at: datetime) -> str:
    tracking = dispute.return_tracking[:20]
    return (
        f"{about(dispute)}: the goods are coming back, {tracking}. Confirm by {written(due_at)}, or they count as back."
    )


def mediator_to_both(dispute: Dispute) -> str:
    return f"{about(dispute)}: a mediator of the market decides now. Add what may help on the dispute's page."


def ruled_to_both(dispute: Dispute, kind: str, amount_cents: int, due_at: datetime) -> str:
    ruled = asks_for(kind, amount_cents)
    return f"{about(dispute)}: the market decided {ruled}. You may appeal until {written(due_at)}."


def appealed_to_both(dispute: Dispute, side: str) -> str:
    return f"{about(dispute)}: the {side} appealed. Another mediator decides, and that is final."


def closed(dispute: Dispute, refunded_cents: int) -> str:
    return f"The dispute is closed: {_end(dispute, refunded_cents)}."


def closed_to_both(dispute: Dispute, refunded_cents: int) -> str:
    return f"{about(dispute)} is closed: {_end(dispute, refunded_cents)}."


def _end(dispute: Dispute, refunded_cents: int) -> str:
    money = f"{format_kes(refunded_cents)} goes back to the buyer" if refunded_cents else "no money goes back"
    return f"{dispute.get_outcome_display().lower()}, {money}"
