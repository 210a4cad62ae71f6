"""Ending several discrepancies of one kind by one proposal and one approval. Each is booked and ended by itself, as by
`sokopesa.reconciliation.resolving`, so what cannot be ended holds up no other and is named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.db.models import QuerySet

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.reasons import read_reason
from sokopesa.people.models import User
from sokopesa.reconciliation import resolving
from sokopesa.reconciliation.discrepancies import State
from sokopesa.reconciliation.fresh import judging
from sokopesa.reconciliation.models import Discrepancy, JointResolution, Note, Resolution
from sokopesa.reconciliation.refusals import (
    CannotResolve,
    NothingWaits,
    NotOfOneKind,
    NotTheTotal,
    OwnResolution,
    TooFewOrMany,
)
from sokopesa.reconciliation.setting_right import account_for

MOST = 100
"""So many may be proposed together; whoever approves reads each of them."""

BOOKS_REFUSE = "The books refuse it: the account on the other side does not hold so much."


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of approving: the resolutions that were carried out, and of each other one why it was not."""

    done: Sequence[Resolution]
    failed: Mapping[Discrepancy, str]


def propose(
    *, ids: Collection[int], how: Resolution.How, against: str = "", reason: str, maker: User, now: datetime
) -> JointResolution:
    """Propose that discrepancies of one kind end in the same way; all of them or none. Nothing moves. The same by the
    same person, sent twice, is one.

    Raises:
        NotYourBooks, ReasonMissing: as for `resolving.propose`.
        TooFewOrMany, NotOfOneKind: as they say.
        CannotResolve: one of them cannot end so, has ended, or waits for a second person; it names which.
    """
    resolving.require(maker)
    reason = read_reason(reason)
    wanted = sorted(set(ids))
    if not 2 <= len(wanted) <= MOST:
        raise TooFewOrMany(MOST)
    with judging():
        found = list(Discrepancy.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        if len(found) < len(wanted) or len({one.kind for one in found}) > 1:
            raise NotOfOneKind
        if standing := _standing(found, how, against, reason, maker):
            return standing
        other_side = _other_side(found, how, against)
        joint = JointResolution.objects.create(
            kind=found[0].kind,
            how=how,
            against=other_side,
            count=len(found),
            total_cents=sum(weight(one, how) for one in found),
            reason=reason,
            maker=maker,
            proposed_at=now,
        )
        _write(joint, found)
        return joint


def approve(*, joint_id: int, decider: User, typed_cents: int | None, now: datetime) -> Decided:
    """A second person agrees to all that waits of a joint proposal, after typing what it sums to. Each is booked and
    ends in a transaction of its own; what could not be stays proposed. Again, it goes on where it stopped. Call outside
    any transaction.

    Raises:
        NotYourBooks: the person is not in finance.
        OwnResolution: the decider made it.
        NothingWaits: it is decided.
        NotTheTotal: something else was typed.
    """
    resolving.require(decider)
    joint = JointResolution.objects.get(pk=joint_id)
    if joint.maker_id == decider.pk:
        raise OwnResolution
    waiting = list(waiting_of(joint))
    if not waiting:
        raise NothingWaits
    if typed_cents != sum(weight(made.discrepancy, made.how) for made in waiting):
        raise NotTheTotal
    done: list[Resolution] = []
    failed: dict[Discrepancy, str] = {}
    for made in waiting:
        try:
            done.append(resolving.approve(resolution_id=made.pk, decider=decider, now=now))
        except Refusal as refusal:
            failed[made.discrepancy] = str(refusal)
        except IntegrityError:
            failed[made.discrepancy] = BOOKS_REFUSE
    return Decided(done, failed)


def refuse(*, joint_id: int, decider: User, remark: str, now: datetime) -> int:
    """A second person disagrees with all that waits of a joint proposal, and says why; how many that were.

    Raises:
        NotYourBooks, OwnResolution, NothingWaits: as for `approve`.
        ReasonMissing: the remark is missing or too long.
    """
    resolving.require(decider)
    with judging():
        waiting = list(waiting_of(JointResolution.objects.get(pk=joint_id)))
        if not waiting:
            raise NothingWaits
        for made in waiting:
            resolving.refuse(resolution_id=made.pk, decider=decider, remark=remark, now=now)
        return len(waiting)


def waiting_of(joint: JointResolution) -> QuerySet[Resolution]:
    """What of it nobody has decided, the oldest discrepancy first."""
    waiting = joint.resolutions.filter(state=Resolution.State.PROPOSED)
    return waiting.select_related("discrepancy").order_by("discrepancy_id")


def weight(found: Discrepancy, how: str) -> int:
    """What it counts in the total that is typed, in cents: what is booked, or, where nothing is, what it is about."""
    return found.amount_cents if how == Resolution.How.ACCEPT else abs(found.effect_cents)


def name(found: Discrepancy) -> str:
    """What people call it: its receipt, or where it has none its number."""
    return found.receipt or f"number {found.pk}"


def _standing(
    found: Sequence[Discrepancy], how: Resolution.How, against: str, reason: str, maker: User
) -> JointResolution | None:
    """The very same proposal, if it stands already.

    Raises:
        CannotResolve: some of them wait for a second person by another one.
    """
    standing = Resolution.objects.filter(discrepancy__in=found, state=Resolution.State.PROPOSED)
    made = list(standing.select_related("joint", "discrepancy").order_by("discrepancy_id"))
    if not made:
        return None
    joint = made[0].joint
    same = (how, reason, maker.pk, len(found))
    if (
        joint is not None
        and len(made) == len(found)
        and {one.joint_id for one in made} == {joint.pk}
        and (joint.how, joint.reason, joint.maker_id, joint.count) == same
        and against in (joint.against, "")
    ):
        return joint
    raise CannotResolve(f"These wait for a second person already: {_named(one.discrepancy for one in made)}.")


def _other_side(found: Sequence[Discrepancy], how: Resolution.How, against: str) -> str:
    """The ledger account on the other side of all of them.

    Raises:
        CannotResolve: with a sentence for each reason, and which it is about.
    """
    if against.startswith("refunds:"):
        raise CannotResolve("A refund is paid by one line. Allocate to it by itself.")
    other_side, why = "", dict[str, list[Discrepancy]]()
    for one in found:
        if one.state != State.OPEN:
            why.setdefault("This has ended.", []).append(one)
            continue
        try:
            other_side = account_for(one, how, against)
        except CannotResolve as refusal:
            why.setdefault(str(refusal), []).append(one)
    if why:
        raise CannotResolve(" ".join(f"{_named(ones)}: {words}" for words, ones in why.items()))
    return other_side


def _write(joint: JointResolution, found: Sequence[Discrepancy]) -> None:
    made = [
        Resolution(
            discrepancy=one,
            joint=joint,
            how=joint.how,
            against=joint.against,
            amount_cents=abs(one.effect_cents),
            reason=joint.reason,
            maker=joint.maker,
            proposed_at=joint.proposed_at,
        )
        for one in found
    ]
    Resolution.objects.bulk_create(made)
    told = f"Proposed with {len(found) - 1} others: {joint.get_how_display()} {joint.against} – {joint.reason}"
    said = " ".join(told.split())[:500]
    Note.objects.bulk_create(Note(discrepancy=one, at=joint.proposed_at, by=joint.maker, text=said) for one in found)


def _named(found: Iterable[Discrepancy], most: int = 5) -> str:
    """Which they are, as people find them on the page."""
    names = [name(one) for one in found]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
