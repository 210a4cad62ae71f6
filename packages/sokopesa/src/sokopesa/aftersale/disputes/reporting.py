"""Reports that belong to no order (R43): support reads and answers them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.aftersale.disputes.claims import require_words
from sokopesa.aftersale.disputes.models import SupportReport
from sokopesa.aftersale.disputes.numbers import new_number
from sokopesa.people.models import User

LONGEST_ABOUT = 120


@transaction.atomic
def report(*, about: str, words: str, key: UUID, by: User, now: datetime) -> SupportReport:
    """Tell support of something that is about no order of one's own. The same ``key`` makes one report.

    Raises:
        DetailsMissing, DetailsTooLong: no words, or too many.
    """
    said = require_words(words, missing="Say what happened, so that we can help.")
    made, _ = SupportReport.objects.get_or_create(
        key=key,
        reporter=by,
        defaults={"number": new_number(), "about": about.strip()[:LONGEST_ABOUT], "words": said, "at": now},
    )
    return made


def mark_answered(report_id: int, *, by: User, now: datetime) -> None:
    """Somebody has called or written to the person. Done twice, the first stands."""
    SupportReport.objects.filter(pk=report_id, answered_at=None).update(answered_at=now, answered_by=by)
