"""Ending discrepancies by themselves, when the other side has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sokopesa.kernel.database import fetch
from sokopesa.reconciliation.discrepancies import AT_ONCE, Found, State, end
from sokopesa.reconciliation.models import Discrepancy
from sokopesa.refunds.models import Refund

Kind = Discrepancy.Kind

_EXPLAINED = """
SELECT known.id, line.line IS NOT NULL
FROM reconciliation_discrepancy known
LEFT JOIN reconciliation_verdict line
    ON known.key = 'line:' || known.line_id AND line.line = known.line_id AND line.discrepancy_id IS NULL
LEFT JOIN reconciliation_verdict posting
    ON known.key = 'posting:' || known.posting AND posting.posting = known.posting
WHERE known.state = 'open' AND (line.line IS NOT NULL OR posting.posting IS NOT NULL)
"""


def clear(late: Sequence[Found], *, now: datetime) -> int:
    """End those whose line has its entry now, or whose entry its line; how many. If the other side came at another time
    than it should have (``late``), that is what the discrepancy was."""
    lateness = {one.posting: one for one in late}
    sides = dict(fetch(_EXPLAINED))
    words = {}
    for row in Discrepancy.objects.filter(pk__in=sides):
        words[row] = "Our books have it now." if sides[row.pk] else "M-PESA's statement has it now."
        if (line := lateness.get(row.posting)) is not None:
            row.kind = Kind.LATE
            words[row] = f"It is late: {line.evidence}"
    cleared = end(words, State.CLEARED, now=now)
    return len(cleared) + _refunds(now)


def _refunds(now: datetime) -> int:
    """Refunds that wait no longer need nobody."""
    open_ones = Discrepancy.objects.filter(
        state=State.OPEN, kind=Kind.UNCONFIRMED_REFUND, refund__state__in=[Refund.State.PAID, Refund.State.USED]
    )[:AT_ONCE]
    return len(end(dict.fromkeys(open_ones, "The refund is over."), State.CLEARED, now=now))
