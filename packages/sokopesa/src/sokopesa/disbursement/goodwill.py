"""Goodwill: something out of our own pocket, which one person proposes and another approves. It is a gift for an order
that was paid, or what a refund lacks of the least that M-PESA pays out.

Whoever takes part locks in one order: purchase or refund, then the proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import held
from sokopesa.disbursement.errors import (
    EnoughForMpesa,
    GoodwillDecided,
    GoodwillMissing,
    GoodwillRefused,
    GoodwillStands,
    NotWaiting,
    NotYourDecision,
    OwnMoney,
)
from sokopesa.disbursement.models import Goodwill
from sokopesa.disbursement.people import require
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.kernel.reasons import read_reason
from sokopesa.ledger import accounts
from sokopesa.orders.models import Purchase
from sokopesa.payments.models import Receipt
from sokopesa.payouts.models import LEAST_CENTS
from sokopesa.people.models import User
from sokopesa.people.staff import SEE_DESK, may
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

State = Goodwill.State


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be given for a purchase: ``paid_cents`` came for it, and ``given_cents`` were given so far."""

    paid_cents: int
    given_cents: int

    @property
    def most_cents(self) -> int:
        """At once, in whole shillings; never more in all than was paid."""
        left = (self.paid_cents - self.given_cents) // CENTS * CENTS
        return min(left, CONFIGURATION.goodwill_most_kes * CENTS)

    @property
    def is_used_up(self) -> bool:
        """Whether what is left is less than M-PESA pays out."""
        return self.most_cents < LEAST_CENTS


@transaction.atomic
def propose(*, purchase_id: int, amount_cents: int, reason: str, maker: User, now: datetime) -> Goodwill:
    """Propose to give the buyer so much for this purchase. Anybody who works here may; nothing moves yet. The same
    proposal by the same person, sent twice, is one.

    Raises:
        NotYourDecision: the maker does not work here.
        ReasonMissing: it has no reason, or too long a one.
        OwnMoney: the maker is the buyer, or paid for it.
        GoodwillRefused: nothing was paid, or the amount cannot be given.
        GoodwillStands: another proposal for it waits.
    """
    if not may(maker, SEE_DESK):
        raise NotYourDecision
    reason = read_reason(reason)
    purchase = _lock_purchase(purchase_id)
    standing = purchase.goodwill.filter(state=State.PROPOSED).first()
    if standing is not None:
        return _same(standing, maker, amount_cents, reason)
    receipt = _receipt_of(purchase)
    _require_impartial(maker, purchase, receipt)
    _require_room(room_for(receipt), amount_cents)
    return Goodwill.objects.create(
        purchase=purchase, amount_cents=amount_cents, reason=reason, maker=maker, proposed_at=now
    )


@transaction.atomic
def propose_top_up(*, refund_id: int, reason: str, maker: User, now: datetime) -> Goodwill:
    """Propose to add to a refund what it lacks of the least that M-PESA pays out. Nothing moves yet.

    Raises:
        NotYourDecision, ReasonMissing, RefundMissing: as they say.
        NotWaiting: it is not confirmed yet, on its way, or over.
        EnoughForMpesa: M-PESA pays it out as it is.
        OwnMoney: the maker is the buyer, or the number is theirs.
        GoodwillStands: another proposal for it waits.
    """
    require(maker)
    reason = read_reason(reason)
    refund = held.lock(refund_id)
    standing = refund.top_ups.filter(state=State.PROPOSED).first()
    if standing is not None:
        return _same(standing, maker, lacking_cents(refund), reason)
    held.require_impartial(maker, refund, refund.pays_to)
    _require_small(refund)
    return Goodwill.objects.create(
        refund=refund, amount_cents=lacking_cents(refund), reason=reason, maker=maker, proposed_at=now
    )


@transaction.atomic
def approve(*, goodwill_id: int, decider: User, now: datetime) -> Goodwill:
    """A second person in finance agrees. A gift is owed from this moment on, with its promise, and its buyer is told; a
    refund that is topped up goes on, and is paid whole. Approving twice is approving once.

    Raises:
        NotYourDecision: the decider may not release money.
        GoodwillMissing: there is no such proposal.
        OwnWork: the decider proposed it.
        OwnMoney: the decider is the buyer, or it would go to their phone.
        GoodwillDecided: it was decided otherwise, or by somebody else.
        GoodwillRefused, NotWaiting, EnoughForMpesa, Doubted: the world has changed since it was proposed.
    """
    require(decider)
    proposal, purchase, refund = _lock(goodwill_id)
    if not held.waits_for(proposal, decider, State.APPROVED, decided=GoodwillDecided):
        return proposal
    if purchase is not None:
        _give(proposal, purchase, decider, now)
    else:
        assert refund is not None
        _top_up(proposal, refund, decider, now)
    return proposal


@transaction.atomic
def refuse(*, goodwill_id: int, decider: User, remark: str, now: datetime) -> Goodwill:
    """A second person disagrees and says why; nothing changes.

    Raises:
        NotYourDecision, ReasonMissing, GoodwillMissing, OwnWork, GoodwillDecided: as for `approve`.
    """
    require(decider)
    remark = read_reason(remark)
    proposal, _, _ = _lock(goodwill_id)
    if held.waits_for(proposal, decider, State.REFUSED, decided=GoodwillDecided):
        held.decide(proposal, State.REFUSED, decider, now, remark=remark)
    return proposal


def room_for(receipt: Receipt) -> Room:
    """What may still be given for the purchase that this receipt paid."""
    given = Refund.objects.filter(receipt=receipt.code, cause=Refund.Cause.GOODWILL)
    return Room(receipt.amount_cents, given.aggregate(total=Sum("amount_cents"))["total"] or 0)


def lacking_cents(refund: Refund) -> int:
    """What M-PESA would have to be given on top to pay it out; 0 where it pays it as it is."""
    lacking = LEAST_CENTS - refund.goes_back_cents
    return lacking if lacking >= CENTS else 0


def can_be_topped_up(refund: Refund) -> bool:
    """Whether it is confirmed, not on its way, and less than M-PESA pays out."""
    is_here = refund.state in (Refund.State.RECONCILED, Refund.State.RETURNED)
    return is_here and lacking_cents(refund) > 0 and not held.may_be_paid(refund.pk)


def _give(proposal: Goodwill, purchase: Purchase, decider: User, now: datetime) -> None:
    receipt = _receipt_of(purchase)
    _require_impartial(decider, purchase, receipt)
    _require_room(room_for(receipt), proposal.amount_cents)
    held.decide(proposal, State.APPROVED, decider, now)
    owe(
        [
            Debt(
                key=f"goodwill:{proposal.pk}",
                cause=Refund.Cause.GOODWILL,
                purchase_id=purchase.pk,
                receipt=receipt.code,
                amount_cents=proposal.amount_cents,
                received_cents=receipt.amount_cents,
                msisdn=receipt.msisdn,
                from_account=accounts.GOODWILL,
                happened_at=now,
            )
        ],
        now=now,
    )


def _top_up(proposal: Goodwill, refund: Refund, decider: User, now: datetime) -> None:
    held.require_impartial(decider, refund, refund.pays_to)
    _require_small(refund)
    held.decide(proposal, State.APPROVED, decider, now)
    if not moving.top_up(refund.pk, proposal.amount_cents):
        raise NotWaiting
    held.go_on(refund)
    ours, whole = format_kes(proposal.amount_cents), format_kes(LEAST_CENTS)
    held.note(refund, now, f"M-PESA pays out no less than {whole}, so we add {ours}. {whole} go back to you.")


def _same(standing: Goodwill, maker: User, amount_cents: int, reason: str) -> Goodwill:
    if (standing.maker_id, standing.amount_cents, standing.reason) != (maker.pk, amount_cents, reason):
        raise GoodwillStands
    return standing


def _lock_purchase(purchase_id: int) -> Purchase:
    purchase = Purchase.objects.select_for_update(no_key=True).filter(pk=purchase_id).first()
    if purchase is None:
        raise GoodwillRefused("There is no such order.")
    return purchase


def _lock(goodwill_id: int) -> tuple[Goodwill, Purchase | None, Refund | None]:
    known = Goodwill.objects.filter(pk=goodwill_id).first()
    if known is None:
        raise GoodwillMissing
    purchase = _lock_purchase(known.purchase_id) if known.purchase_id is not None else None
    refund = held.lock(known.refund_id) if known.refund_id is not None else None
    return Goodwill.objects.select_for_update().get(pk=goodwill_id), purchase, refund


def _receipt_of(purchase: Purchase) -> Receipt:
    receipt = Receipt.objects.filter(purchase=purchase).first()
    if receipt is None or purchase.state != Purchase.State.PAID:
        raise GoodwillRefused("Nothing was paid for this order. Goodwill is for orders that were paid.")
    return receipt


def _require_impartial(person: User, purchase: Purchase, receipt: Receipt) -> None:
    if purchase.buyer_id == person.pk or person.phone == receipt.msisdn:
        raise OwnMoney


def _require_room(room: Room, cents: int) -> None:
    least, most = format_kes(LEAST_CENTS), CONFIGURATION.goodwill_most_kes * CENTS
    if cents % CENTS:
        raise GoodwillRefused("Whole shillings only: M-PESA moves no cents.")
    if cents < LEAST_CENTS:
        raise GoodwillRefused(f"Give {least} or more: M-PESA pays out no less.")
    if cents > most:
        raise GoodwillRefused(f"Give {format_kes(most)} at most at once. That is the market's own limit.")
    if cents > room.paid_cents - room.given_cents:
        paid, given = format_kes(room.paid_cents), format_kes(room.given_cents)
        left = "nothing more" if room.is_used_up else f"{format_kes(room.most_cents)} at most"
        raise GoodwillRefused(f"{paid} came for this order, and {given} were given back as goodwill. Give {left}.")


def _require_small(refund: Refund) -> None:
    if not lacking_cents(refund):
        raise EnoughForMpesa
    if not can_be_topped_up(refund):
        raise NotWaiting
