"""What a side shows: files that it sent, which stay with the dispute as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from sokopesa.aftersale.disputes import stages
from sokopesa.aftersale.disputes.life import Step, require
from sokopesa.aftersale.disputes.models import Dispute, Evidence, Side
from sokopesa.media.models import Upload
from sokopesa.media.uploads import check_together, claim
from sokopesa.orders.life import Actor
from sokopesa.people.models import User


@transaction.atomic
def show(dispute_id: int, *, side: Side, ids: Sequence[UUID], by: User, now: datetime) -> Dispute:
    """Add evidence while the dispute is open.

    Raises:
        NotNowInDispute, TooLate: it is closed, or about to be.
        NotHere, Unfinished, FileRefused, TooMany: a file cannot be used.
    """
    dispute = stages.locked(dispute_id)
    require(dispute, Step.SHOW_EVIDENCE, Actor(side.value), by=by, now=now)
    if added := attach(dispute, side, ids, by=by, now=now):
        files = "a file" if added == 1 else f"{added} files"
        text = f"The {side.label.lower()} added {files} as evidence."
        stages.record(dispute, at=now, by=side, kind="evidence", text=text)
    return dispute


def attach(dispute: Dispute, side: Side, ids: Sequence[UUID], *, by: User, now: datetime) -> int:
    """Keep the person's files with the dispute, whose order the caller has locked; how many were new. A side shows up
    to ten files, 60 MB together.

    Raises:
        NotHere, Unfinished, FileRefused, TooMany: a file cannot be used.
    """
    if not ids:
        return 0
    known = Evidence.objects.filter(dispute=dispute, side=side)
    held = set(known.values_list("upload_id", flat=True))
    fresh = [upload_id for upload_id in ids if upload_id not in held]
    uploads = claim(fresh, by, purpose=Upload.Purpose.EVIDENCE, now=now)
    before = known.aggregate(size=Sum("upload__declared_size"))["size"] or 0
    check_together(len(held) + len(uploads), before + sum(upload.declared_size for upload in uploads))
    Evidence.objects.bulk_create(
        [Evidence(dispute=dispute, upload=upload, side=side, by=by, at=now) for upload in uploads]
    )
    return len(uploads)


def has_shown(dispute: Dispute, side: Side) -> bool:
    """Whether there is evidence of this side already."""
    return Evidence.objects.filter(dispute=dispute, side=side).exists()
