"""Whether M-PESA's own balances follow from its lines, from each file to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.reconciliation.discrepancies import Found, State, end, moment
from sokopesa.reconciliation.models import Beginning, Discrepancy, StatementImport


@dataclass(frozen=True, slots=True)
class _Step:
    """From the end of what was told to the end of what the next file tells."""

    beginning: Beginning
    whole: StatementImport
    after: datetime | None
    until: datetime
    moved_cents: int


def defects(imports: Sequence[StatementImport], *, now: datetime) -> list[Found]:
    """A discrepancy for each line before which M-PESA's balance jumps: something is missing there, or was changed.
    Those that the new files have mended end; if two people had booked one, that is too much now."""
    fresh = {one.pk for one in imports}
    found: list[Found] = []
    for step in _steps(fresh):
        jumps = list(_jumps(step)) if step.whole.break_count or _is_off(step) else []
        found += jumps
        mended = Discrepancy.objects.filter(
            kind=Discrepancy.Kind.STATEMENT_DEFECT,
            code=step.beginning.code,
            happened_at__gt=step.after or step.beginning.begins_at,
            happened_at__lte=step.until,
        ).exclude(key__in=[one.key for one in jumps])
        words = "Another file has what was missing, or some of it."
        end(dict.fromkeys(mended.filter(state=State.OPEN), words), State.CLEARED, now=now)
        found += [Found.booked_in_vain(one, words) for one in mended.filter(state=State.RESOLVED)]
    return found


def _steps(fresh: set[int]) -> Iterator[_Step]:
    """The steps that new files change: theirs, and the next one's."""
    for beginning in Beginning.objects.all():
        files = StatementImport.objects.filter(
            shortcode=beginning.shortcode, account=beginning.account, closing_cents__isnull=False
        )
        reached: datetime | None = None
        balance, changed = beginning.balance_cents, False
        for whole in sorted(files, key=lambda one: (min(one.period_until, one.imported_at), one.pk)):
            until = min(whole.period_until, whole.imported_at)
            assert whole.closing_cents is not None
            if until < beginning.begins_at or (reached is not None and until <= reached):
                continue
            if whole.pk in fresh or changed:
                yield _Step(beginning, whole, reached, until, whole.closing_cents - balance)
            changed = whole.pk in fresh
            reached, balance = until, whole.closing_cents


_WINDOW = """
    FROM reconciliation_statementline WHERE shortcode = %s AND account = %s AND completed_at >= %s
        AND completed_at > coalesce(%s, '-infinity'::timestamptz) AND completed_at <= %s
"""


def _values(step: _Step) -> list[object]:
    one = step.beginning
    return [one.shortcode, one.account, one.begins_at, step.after, step.until]


def _is_off(step: _Step) -> bool:
    query = f"SELECT coalesce(sum(paid_in_cents - withdrawn_cents), 0)::bigint {_WINDOW}"
    return bool(fetch(query, _values(step))[0][0] != step.moved_cents)


def _jumps(step: _Step) -> Iterator[Found]:
    """Lines whose balance does not follow from the one before, oldest first."""
    assert step.whole.closing_cents is not None
    before = step.whole.closing_cents - step.moved_cents
    rows = fetch(
        f"""
        SELECT id, receipt, completed_at, balance_cents - paid_in_cents + withdrawn_cents - before FROM (
            SELECT *, lag(balance_cents, 1, %s::bigint) OVER (ORDER BY completed_at, id) AS before {_WINDOW}
        ) AS line
        WHERE balance_cents - paid_in_cents + withdrawn_cents <> before ORDER BY completed_at, id
        """,  # noqa: S608 - a constant
        [before, *_values(step)],
    )
    for line, receipt, at, cents in rows:
        yield Found(
            key=f"break:{line}:{cents}",
            kind=Discrepancy.Kind.STATEMENT_DEFECT,
            code=step.beginning.code,
            amount_cents=abs(cents),
            effect_cents=-cents,
            happened_at=at,
            evidence=f"Before {receipt}, {moment(at)}, M-PESA's balance jumps by {format_kes(cents)}.",
            receipt=receipt,
        )
