"""Refunds that do not go on by themselves, and the next step of each: again to the same number, or to another number of
the buyer's, which two people decide."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from sokopesa.disbursement import held
from sokopesa.disbursement.errors import (
    NotBuyersNumber,
    NotWaiting,
    OwnWork,
    RedirectionDecided,
    RedirectionMissing,
    RedirectionStands,
)
from sokopesa.disbursement.filing import end_lines
from sokopesa.disbursement.models import FileLine, Redirection
from sokopesa.disbursement.people import require
from sokopesa.disbursement.telling import tell_redirected
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.phone import require_safaricom
from sokopesa.kernel.reasons import read_reason
from sokopesa.payouts import floats
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.operators import shortcode_for
from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

State, Wait = Refund.State, Refund.Wait

SHORT = ("1", "5")
"""M-PESA's result codes for too little in the account that pays."""
DAY_LIMIT = "4"
"""And for a payee who got as much as M-PESA lets anybody get in a day."""


@transaction.atomic
def retry(*, refund_id: int, by: User, now: datetime) -> Refund:
    """What hindered it is out of the way: to the same number, by the next file or disbursement, or at once by a rule.

    Raises:
        NotYourDecision, RefundMissing: as they say.
        NotWaiting: it is on its way, or over.
    """
    require(by)
    refund = held.lock(refund_id)
    if not held.go_on(refund):
        raise NotWaiting
    held.note(refund, now, "We try again to pay it back.")
    refund.refresh_from_db()
    return refund


def retry_due(*, now: datetime) -> int:
    """Try again by ourselves what only had to wait: for the float to be filled, or for another day. How many go on."""
    last = Transfer.objects.filter(refund=OuterRef("pk"), state=Transfer.State.RETURNED).order_by("-ended_at")
    back = Refund.objects.filter(state=State.RETURNED).annotate(
        code=Subquery(last.values("code")[:1]), back_at=Subquery(last.values("ended_at")[:1])
    )
    room = floats.of(shortcode_for(Transfer.Via.B2C)).free_cents
    going = []
    for refund in back.filter(code__in=(*SHORT, DAY_LIMIT)).order_by("pk"):
        if refund.code == DAY_LIMIT and nairobi_date(now) > nairobi_date(refund.back_at):
            going.append(refund.pk)
        elif refund.code in SHORT and refund.goes_back_cents <= room:
            room -= refund.goes_back_cents
            going.append(refund.pk)
    return sum(held.requeue(refund_id) for refund_id in going)


@transaction.atomic
def propose(*, refund_id: int, payee: str, reason: str, maker: User, now: datetime) -> Redirection:
    """Propose that the refund goes to this MSISDN, which its buyer has confirmed to be theirs. Where no buyer is known,
    it has to be one that somebody has confirmed by signing in. Nothing changes yet.

    Raises:
        NotYourDecision, ReasonMissing, RefundMissing: as they say.
        NotWaiting: it is on its way, or over.
        NotBuyersNumber: the buyer has not confirmed this number.
        NotSafaricom: M-PESA does not work on it.
        OwnMoney: the maker is the buyer, or the number is theirs.
        RedirectionStands: another proposal for it waits.
    """
    require(maker)
    reason = read_reason(reason)
    refund = held.lock(refund_id)
    if not _can_be_redirected(refund):
        raise NotWaiting
    _require_number(refund, payee)
    held.require_impartial(maker, refund, payee)
    standing = refund.redirections.filter(state=Redirection.State.PROPOSED).first()
    if standing is not None:
        if (standing.maker_id, standing.payee, standing.reason) == (maker.pk, payee, reason):
            return standing
        raise RedirectionStands
    return Redirection.objects.create(refund=refund, payee=payee, reason=reason, maker=maker, proposed_at=now)


@transaction.atomic
def approve(*, redirection_id: int, decider: User, now: datetime) -> Redirection:
    """A second person agrees: the refund goes to the other number from now on. A line in a file that names the old one
    is withdrawn, and the next file has it. Buyer and payer are told. Approving twice is approving once.

    Raises:
        NotYourDecision, RedirectionMissing: as they say.
        OwnWork: the decider proposed it.
        OwnMoney: the decider is the buyer, or the number is theirs.
        RedirectionDecided: it was decided otherwise, or by somebody else.
        NotWaiting, NotBuyersNumber: the world has changed since.
    """
    require(decider)
    redirection, refund = _lock_both(redirection_id)
    if not _is_open(redirection, decider, Redirection.State.APPROVED):
        return redirection
    held.require_impartial(decider, refund, redirection.payee)
    _require_number(refund, redirection.payee)
    if not _can_be_redirected(refund):
        raise NotWaiting
    _decide(redirection, Redirection.State.APPROVED, decider, now)
    if refund.state == State.FILED:
        moving.unfile([refund.pk])
        end_lines({refund.pk: "It goes to another number."}, FileLine.State.WITHDRAWN, now=now)
    if not moving.redirect(refund.pk, redirection.payee):
        raise NotWaiting
    held.go_on(held.lock(refund.pk))
    held.note(refund, now, "It goes to another number of yours, as agreed.")
    refund.refresh_from_db()
    tell_redirected(refund, f"{refund.number}:{redirection.pk}", now=now)
    return redirection


@transaction.atomic
def refuse(*, redirection_id: int, decider: User, remark: str, now: datetime) -> Redirection:
    """A second person disagrees and says why; nothing changes.

    Raises:
        NotYourDecision, ReasonMissing, RedirectionMissing, OwnWork, RedirectionDecided: as for `approve`.
    """
    require(decider)
    remark = read_reason(remark)
    redirection, _ = _lock_both(redirection_id)
    if _is_open(redirection, decider, Redirection.State.REFUSED):
        _decide(redirection, Redirection.State.REFUSED, decider, now, remark=remark)
    return redirection


def numbers_of(refund: Refund) -> list[str]:
    """The MSISDNs, besides the one that it goes to now, that its buyer has confirmed."""
    buyer = refund.purchase.buyer if refund.purchase else None
    known = [buyer.phone] if buyer and buyer.phone_verified_at and buyer.is_active else []
    return [number for number in [*known, refund.msisdn] if number and number != refund.pays_to]


def _lock_both(redirection_id: int) -> tuple[Redirection, Refund]:
    known = Redirection.objects.filter(pk=redirection_id).first()
    if known is None:
        raise RedirectionMissing
    refund = held.lock(known.refund_id)
    return Redirection.objects.select_for_update().get(pk=redirection_id), refund


def _can_be_redirected(refund: Refund) -> bool:
    if held.may_be_paid(refund.pk):
        return False
    return refund.state in (State.OWED, State.RECONCILED, State.FILED, State.RETURNED)


def _require_number(refund: Refund, payee: str) -> None:
    require_safaricom(payee)
    if refund.purchase is None:
        if User.objects.filter(phone=payee, phone_verified_at__isnull=False, is_active=True).exists():
            return
    elif payee in numbers_of(refund):
        return
    raise NotBuyersNumber


def _is_open(redirection: Redirection, decider: User, wanted: Redirection.State) -> bool:
    """Whether it waits for this decision; False if this very person decided so before."""
    if redirection.maker_id == decider.pk:
        raise OwnWork
    if redirection.state == Redirection.State.PROPOSED:
        return True
    if (redirection.state, redirection.decider_id) == (wanted, decider.pk):
        return False
    raise RedirectionDecided


def _decide(
    redirection: Redirection, state: Redirection.State, decider: User, now: datetime, *, remark: str = ""
) -> None:
    redirection.state, redirection.decider, redirection.decided_at, redirection.remark = state, decider, now, remark
    redirection.save(update_fields=["state", "decider", "decided_at", "remark"])
