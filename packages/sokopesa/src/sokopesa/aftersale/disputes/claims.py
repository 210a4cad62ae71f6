"""What a buyer claims, and whether it can be claimed: the same rules for the form, which shows every fault beside its
field, and for the verbs, which refuse with the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sokopesa.aftersale.disputes.errors import (
    AmountRefused,
    DetailsMissing,
    DetailsTooLong,
    DisputedAlready,
    DisputedTooOften,
    DisputeRefused,
    EvidenceMissing,
    KindUnknown,
    NothingShipped,
    NothingToReturn,
    NotYet,
    ReasonUnknown,
)
from sokopesa.aftersale.disputes.models import LONGEST_WORDS, Dispute, Kind
from sokopesa.aftersale.disputes.reasons import BY_CODE
from sokopesa.aftersale.disputes.sums import claimed_cents, whole_cents
from sokopesa.orders.clocks import end_of
from sokopesa.orders.life import Action, require
from sokopesa.orders.models import Order, OrderLine

MOST_OF_A_LINE = 3
"""Disputes that one line can have, all but the last withdrawn: while one is open the seller is not paid."""

ASKED_FOR = (Kind.RETURN, Kind.REFUND_ONLY)


@dataclass(frozen=True, slots=True)
class Claim:
    """The five fields of the form (R50). ``amount_cents`` may stay empty where all of it is claimed; ``evidence`` are
    ids of uploads."""

    kind: str
    reason: str
    amount_cents: int | None
    details: str
    evidence: Sequence[UUID] = ()

    @property
    def received(self) -> bool:
        """Whether the goods are there, by the reason."""
        return BY_CODE[self.reason].received


def opens_at(order: Order) -> datetime:
    """From when *not received* can be claimed: the moment at which the promised time has passed, in Nairobi (R46)."""
    return end_of(order.promised_until)


def require_open(order: Order, line: OrderLine, *, now: datetime) -> None:
    """Refuse unless a dispute about this line can be opened now. The caller has locked the order.

    Raises:
        NotNow, TooLate: the order does not allow it, or its protection is over.
        NothingShipped: there is nothing yet to dispute.
        DisputedAlready: there is one, or was one with a result.
        DisputedTooOften: the buyer has opened and withdrawn enough of them.
    """
    require(order, Action.DISPUTE, now=now)
    if not line.shipped_quantity or not whole_cents(order, line):
        raise NothingShipped
    before = list(Dispute.objects.filter(line=line))
    for dispute in before:
        if dispute.outcome != Dispute.Outcome.WITHDRAWN:
            raise DisputedAlready(dispute.number, is_live=dispute.is_live)
    if len(before) >= MOST_OF_A_LINE:
        raise DisputedTooOften(len(before))


def refusals(
    claim: Claim, *, order: Order, whole: int, now: datetime, shown_before: bool = False
) -> list[DisputeRefused]:
    """Everything that is wrong with the claim, field by field; empty where nothing is. ``whole`` is a full refund,
    ``shown_before`` says that there is evidence already."""
    found: list[DisputeRefused] = []
    reason = BY_CODE.get(claim.reason)
    if claim.kind not in ASKED_FOR:
        found.append(KindUnknown())
    if reason is None:
        found.append(ReasonUnknown())
    elif not reason.received:
        if claim.kind == Kind.RETURN:
            found.append(NothingToReturn())
        if now < opens_at(order):
            found.append(NotYet(opens_at(order)))
    if reason is not None and claim.kind in ASKED_FOR and not (claim.kind == Kind.RETURN and not reason.received):
        try:
            claimed_cents(kind=claim.kind, received=reason.received, whole=whole, asked=claim.amount_cents)
        except AmountRefused as refusal:
            found.append(refusal)
    found += words_refused(claim.details)
    if reason is not None and reason.received and not claim.evidence and not shown_before:
        found.append(EvidenceMissing())
    return found


def words_refused(words: str, *, missing: str = "") -> list[DisputeRefused]:
    """What is wrong with somebody's words: none, or too many."""
    if not words.strip():
        return [DetailsMissing(missing) if missing else DetailsMissing()]
    return [DetailsTooLong(LONGEST_WORDS)] if len(words.strip()) > LONGEST_WORDS else []


def require_words(words: str, *, missing: str = "") -> str:
    """The words without blanks around them. Raises `DetailsMissing` or `DetailsTooLong`."""
    for refusal in words_refused(words, missing=missing):
        raise refusal
    return words.strip()
