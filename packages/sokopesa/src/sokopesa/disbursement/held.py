"""What verbs about refunds that wait have in common."""

from __future__ import annotations

from datetime import datetime

from sokopesa.disbursement.doubt_models import Answer, Doubt
from sokopesa.disbursement.errors import Doubted, OwnMoney, OwnWork, RefundMissing
from sokopesa.disbursement.models import Goodwill
from sokopesa.kernel.errors import Refusal
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
    """Let it go on from where it is; False if nothing held it up.

    Raises:
        Doubted: M-PESA may have given it back already (`sokopesa.disbursement.doubts`).
    """
    if is_doubted(refund.pk):
        raise Doubted
    if refund.state == State.RETURNED:
        return requeue(refund.pk)
    return bool(refund.state in (State.OWED, State.RECONCILED, State.FILED) and moving.free([refund.pk]))


def requeue(refund_id: int) -> bool:
    """Let one that came back go on; not while another part of it may still be paid."""
    return bool(not may_be_paid(refund_id) and not is_doubted(refund_id) and moving.requeue([refund_id]))


def is_doubted(refund_id: int) -> bool:
    """Whether M-PESA may have given it back already, and two people have not decided yet."""
    return Doubt.objects.filter(refund=refund_id, ended_at=None).exists()


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


def waits_for(proposal: Goodwill | Answer, decider: User, wanted: str, *, decided: type[Refusal]) -> bool:
    """Whether a proposal waits for this person to decide; False if they decided so before.

    Raises:
        OwnWork: they proposed it.
        Refusal: of the kind ``decided``: it was decided otherwise, or by somebody else.
    """
    if proposal.maker_id == decider.pk:
        raise OwnWork
    if proposal.state == proposal.State.PROPOSED:
        return True
    if (proposal.state, proposal.decider_id) == (wanted, decider.pk):
        return False
    raise decided


def decide(proposal: Goodwill | Answer, state: str, decider: User, now: datetime, *, remark: str = "") -> None:
    """Keep who decided what, when and why."""
    proposal.state, proposal.decider, proposal.decided_at, proposal.remark = state, decider, now, remark
    proposal.save(update_fields=["state", "decider", "decided_at", "remark"])
