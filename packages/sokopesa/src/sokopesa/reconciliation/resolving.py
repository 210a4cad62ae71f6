"""Ending a discrepancy: one person in finance proposes how, another agrees, and only then it is booked.

No entry is ever changed; `sokopesa.reconciliation.setting_right` says what is booked.
"""

from __future__ import annotations

from datetime import datetime

from sokopesa.kernel.reasons import read_reason
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation.discrepancies import State, end, note
from sokopesa.reconciliation.fresh import judging
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.reconciliation.refusals import (
    NoSuchDiscrepancy,
    NotYourBooks,
    OwnResolution,
    OwnShop,
    ProposedBefore,
    ResolutionDecided,
)
from sokopesa.reconciliation.setting_right import account_for, carry_out, shop_of


def propose(
    *, discrepancy_id: int, how: Resolution.How, against: str = "", reason: str, maker: User, now: datetime
) -> Resolution:
    """Propose how a discrepancy ends; ``against`` is the ledger account on the other side. Nothing moves. The same
    proposal by the same person, sent twice, is one.

    Raises:
        NotYourBooks: the person is not in finance.
        ReasonMissing: it has no reason, or too long a one.
        NoSuchDiscrepancy: there is none, or it has ended.
        CannotResolve: it cannot end so.
        ProposedBefore: another proposal waits.
    """
    require(maker)
    reason = read_reason(reason)
    with judging():
        found = _open(discrepancy_id)
        against = account_for(found, how, against)
        standing = Resolution.objects.filter(discrepancy=found, state=Resolution.State.PROPOSED).first()
        if standing is not None:
            if (standing.maker_id, standing.how, standing.against, standing.reason) == (maker.pk, how, against, reason):
                return standing
            raise ProposedBefore
        made = Resolution.objects.create(
            discrepancy=found,
            how=how,
            against=against,
            amount_cents=abs(found.effect_cents),
            reason=reason,
            maker=maker,
            proposed_at=now,
        )
        note(found, f"Proposed: {made.get_how_display()} {against} – {reason}", by=maker, now=now)
        return made


def approve(*, resolution_id: int, decider: User, now: datetime) -> Resolution:
    """A second person agrees: it is booked, and the discrepancy ends, in one transaction or not at all. Approving twice
    is approving once.

    Raises:
        NotYourBooks, NoSuchDiscrepancy: as for `propose`.
        OwnResolution, OwnShop: the decider made it, or acts for the shop whose money it is.
        ResolutionDecided: somebody decided before.
        django.db.IntegrityError: the database refused, for instance because the account does not hold so much.
    """
    require(decider)
    with judging():
        made = _made(resolution_id)
        if made.maker_id == decider.pk:
            raise OwnResolution
        if (made.state, made.decider_id) == (Resolution.State.APPROVED, decider.pk):
            return made
        if made.state != Resolution.State.PROPOSED:
            raise ResolutionDecided
        if _acts_for(decider, made.against):
            raise OwnShop
        found = _open(made.discrepancy_id)
        made.entry_key = carry_out(found, made, now=now)
        made.state, made.decider, made.decided_at = Resolution.State.APPROVED, decider, now
        made.save(update_fields=["entry_key", "state", "decider", "decided_at"])
        end({found: f"Resolved: {made.get_how_display()} – {made.reason}"}, State.RESOLVED, now=now, by=decider)
        return made


def refuse(*, resolution_id: int, decider: User, remark: str, now: datetime) -> Resolution:
    """A second person disagrees and says why; another proposal may be made.

    Raises:
        NotYourBooks, NoSuchDiscrepancy, OwnResolution, ResolutionDecided: as for `approve`.
        ReasonMissing: the remark is missing or too long.
    """
    require(decider)
    remark = read_reason(remark)
    with judging():
        made = _made(resolution_id)
        if made.maker_id == decider.pk:
            raise OwnResolution
        if (made.state, made.decider_id) == (Resolution.State.REFUSED, decider.pk):
            return made
        if made.state != Resolution.State.PROPOSED:
            raise ResolutionDecided
        made.state, made.decider, made.decided_at, made.remark = Resolution.State.REFUSED, decider, now, remark
        made.save(update_fields=["state", "decider", "decided_at", "remark"])
        note(made.discrepancy, f"Refused: {remark}", by=decider, now=now)
        return made


def assign(*, discrepancy_id: int, owner: User, by: User, now: datetime) -> None:
    """Somebody looks after it from now on.

    Raises:
        NotYourBooks: either is not in finance.
        NoSuchDiscrepancy: it has ended.
    """
    require(by)
    require(owner)
    with judging():
        found = _open(discrepancy_id)
        found.owner = owner
        found.save(update_fields=["owner"])
        note(found, f"{owner} looks after it.", by=by, now=now)


def remark(*, discrepancy_id: int, text: str, by: User, now: datetime) -> None:
    """Somebody writes down what they learned.

    Raises:
        NotYourBooks: the person is not in finance.
        ReasonMissing: it says nothing, or too much.
        NoSuchDiscrepancy: it has ended.
    """
    require(by)
    text = read_reason(text)
    with judging():
        note(_open(discrepancy_id), text, by=by, now=now)


def _acts_for(person: User, account: str) -> bool:
    """Whether it is the account of a shop that the person acts for, or a payout to it."""
    seller = shop_of(account)
    return seller is not None and person.memberships.filter(seller=seller).exists()


def require(person: User) -> None:
    """Raises `NotYourBooks` unless the person is in finance."""
    if not may(person, RELEASE_MONEY):
        raise NotYourBooks


def _open(discrepancy_id: int) -> Discrepancy:
    found = Discrepancy.objects.select_for_update().filter(pk=discrepancy_id, state=State.OPEN).first()
    if found is None:
        raise NoSuchDiscrepancy
    return found


def _made(resolution_id: int) -> Resolution:
    made = (
        Resolution.objects.select_for_update(of=("self",))
        .select_related("discrepancy")
        .filter(pk=resolution_id)
        .first()
    )
    if made is None:
        raise NoSuchDiscrepancy
    return made
