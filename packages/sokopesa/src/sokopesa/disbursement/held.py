"""What verbs about refunds that wait have in common."""

from __future__ import annotations

from datetime import datetime

from sokopesa.disbursement.errors import OwnMoney, RefundMissing
from sokopesa.orders.models import Event as Line
from sokopesa.payouts.models import Transfer
from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

State = Refund.State


def lock(refund_id: int) -> Refund:
    """The refund, until the transaction ends nobody else's.

    Raises:
        RefundMissing: there is none.
    """
    refund = Refund.objects.select_for_update(no_key=True).filter(pk=refund_id).first()
    if refund is None:
        raise RefundMissing
    return refund


def go_on(refund: Refund) -> bool:
    """Let it go on from where it is; False if nothing held it up."""
    if refund.state == State.RETURNED:
        return requeue(refund.pk)
    return bool(refund.state in (State.OWED, State.RECONCILED, State.FILED) and moving.free([refund.pk]))


def requeue(refund_id: int) -> bool:
    """Let one that came back go on; not while another part of it may still be paid."""
    return bool(not may_be_paid(refund_id) and moving.requeue([refund_id]))


def may_be_paid(refund_id: int) -> bool:
    """Whether M-PESA may still pay something of it."""
    return Transfer.objects.filter(refund=refund_id, state__in=Transfer.LIVE).exists()


def require_impartial(person: User, refund: Refund, payee: str) -> None:
    """Raises `OwnMoney` if the person is the buyer, or the phone that paid or is paid is theirs."""
    if person.phone in (payee, refund.msisdn) or (refund.purchase and refund.purchase.buyer_id == person.pk):
        raise OwnMoney


def note(refund: Refund, at: datetime, text: str) -> None:
    """Onto the timeline that buyer and support read."""
    if refund.purchase_id is not None:
        Line.objects.create(purchase_id=refund.purchase_id, order=refund.order, at=at, kind="refund-goes-on", text=text)
