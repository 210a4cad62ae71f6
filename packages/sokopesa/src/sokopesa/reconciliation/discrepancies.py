"""Opening discrepancies, each once, and ending them when they are explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

from sokopesa.kernel.clock import EAT
from sokopesa.kernel.money import format_kes
from sokopesa.notices.actions import alert_operator
from sokopesa.people.models import User
from sokopesa.reconciliation.models import Discrepancy, Note
from sokopesa.reconciliation.rules import due_at

Kind = Discrepancy.Kind
State = Discrepancy.State

AT_ONCE = 1_000

LOUD = (Kind.UNKNOWN_PAYOUT,)
"""Kinds of which the operator is told at once."""


class Pair(NamedTuple):
    """A line and a posting that are the same movement. ``cents`` and ``at`` are M-PESA's."""

    line: int
    code: str
    receipt: str
    posting: int | None
    entry: int
    cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A discrepancy as it was found. ``explained`` says why it needs nobody; then it is kept for the record."""

    key: str
    kind: Discrepancy.Kind
    code: str
    amount_cents: int
    effect_cents: int
    happened_at: datetime
    evidence: str
    receipt: str = ""
    line: int | None = None
    posting: int | None = None
    entry: int | None = None
    refund: int | None = None
    explained: str = ""
    proposals: Sequence[Mapping[str, object]] = field(default=())

    @classmethod
    def of_pair(cls, pair: Pair, what: str, kind: Discrepancy.Kind, *, amount: int, effect: int, evidence: str) -> Self:
        """A line and a posting that are the same movement, and differ in something; ``what`` makes the key."""
        return cls(
            key=f"{what}:{pair.line}",
            kind=kind,
            code=pair.code,
            amount_cents=abs(amount),
            effect_cents=effect,
            happened_at=pair.at,
            evidence=evidence,
            receipt=pair.receipt,
            line=pair.line,
            posting=pair.posting,
            entry=pair.entry,
        )

    @classmethod
    def booked_in_vain(cls, resolved: Discrepancy, words: str) -> Self:
        """Two people booked it, and then the other side came: what they booked is too much."""
        return cls(
            key=f"in-vain:{resolved.pk}",
            kind=Kind.DUPLICATE_IN_LEDGER,
            code=resolved.code,
            amount_cents=resolved.amount_cents,
            effect_cents=-resolved.effect_cents,
            happened_at=resolved.happened_at,
            evidence=f"discrepancy:{resolved.pk} was booked for a difference. {words}",
            receipt=resolved.receipt,
        )


def moment(at: datetime) -> str:
    """A moment as people in Nairobi write it."""
    return f"{at.astimezone(EAT):%d %b %Y, %H:%M:%S}"


def open_all(found: Sequence[Found], *, now: datetime) -> int:
    """Open those whose key is new; how many. Whoever judges holds the lock, so nobody opens beside us."""
    by_key = {one.key: one for one in found}
    known = set(Discrepancy.objects.filter(key__in=by_key).values_list("key", flat=True))
    fresh = [one for key, one in by_key.items() if key not in known]
    for start in range(0, len(fresh), AT_ONCE):
        _open(fresh[start : start + AT_ONCE], now)
    _call_operator([one for one in fresh if one.kind in LOUD])
    return len(fresh)


def _open(found: Sequence[Found], now: datetime) -> None:
    rows = Discrepancy.objects.bulk_create(
        [
            Discrepancy(
                key=one.key,
                kind=one.kind,
                code=one.code,
                line_id=one.line,
                posting=one.posting,
                entry=one.entry,
                receipt=one.receipt,
                refund_id=one.refund,
                amount_cents=one.amount_cents,
                effect_cents=one.effect_cents,
                happened_at=one.happened_at,
                evidence=one.evidence[:300],
                proposals=list(one.proposals),
                opened_at=now,
                due_at=due_at(one.amount_cents, now),
            )
            for one in found
        ]
    )
    Note.objects.bulk_create(
        [Note(discrepancy=row, at=now, text=f"{row.get_kind_display()}. {row.evidence}"[:500]) for row in rows]
    )
    explained = {one.key: one.explained for one in found if one.explained}
    end({row: explained[row.key] for row in rows if row.key in explained}, State.CLEARED, now=now)


def _call_operator(found: Sequence[Found]) -> None:
    if not found:
        return
    first = max(found, key=lambda one: one.amount_cents)
    total = format_kes(sum(one.amount_cents for one in found))
    others = f" and {len(found) - 1} more, {total} in all," if len(found) > 1 else ""
    text = (
        f"URGENT: {format_kes(first.amount_cents)}, {first.receipt},{others} left {first.code}, and we do not know why."
    )
    alert_operator(text=f"{text} See the discrepancies."[:300], key=f"left-{first.key}")


def end(
    words: Mapping[Discrepancy, str], state: Discrepancy.State, *, now: datetime, by: User | None = None
) -> list[Discrepancy]:
    """End these open discrepancies, each with a note of why; what was ended before stays as it is."""
    standing = [row for row in words if row.state == State.OPEN]
    notes = Note.objects.bulk_create([Note(discrepancy=row, at=now, by=by, text=words[row][:500]) for row in standing])
    for row, told in zip(standing, notes, strict=True):
        row.state, row.ended_at, row.ended_by = state, now, told.pk
    Discrepancy.objects.bulk_update(standing, ["state", "ended_at", "ended_by", "kind"], batch_size=AT_ONCE)
    return standing


def note(discrepancy: Discrepancy, text: str, *, by: User, now: datetime) -> Note:
    """Somebody says something about it."""
    return Note.objects.create(discrepancy=discrepancy, at=now, by=by, text=" ".join(text.split())[:500])


def open_ones(keys: Iterable[str] | None = None) -> list[Discrepancy]:
    """Those that are open, of these keys or all."""
    rows = Discrepancy.objects.filter(state=State.OPEN)
    return list(rows if keys is None else rows.filter(key__in=list(keys)))
