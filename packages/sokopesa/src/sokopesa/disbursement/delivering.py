"""Handing refund files over: each until it arrives, and again if it gets lost, the same bytes under the same name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import F

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement.errors import BytesChangedError, FileMissing, FileRejected, OutletFailed
from sokopesa.disbursement.filing import render
from sokopesa.disbursement.models import Delivery, RefundFile
from sokopesa.disbursement.outlets import Outlet, outlet
from sokopesa.disbursement.people import require
from sokopesa.notices.actions import alert_operator
from sokopesa.people.models import User

log = structlog.get_logger(__name__)

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
"""After a delivery that failed; after the last one again and again."""
ALERT_AFTER = 3
"""Failures in a row after which an operator is told."""


def deliver_due(*, now: datetime, clock: Callable[[], datetime], to: Outlet | None = None) -> int:
    """Deliver each file whose turn it is; how many arrived. Whatever fails is tried again later.

    A file is claimed before it is carried, for longer than that takes, so no two write it at once. A worker that dies
    on the way leaves it due once more; that it then arrives twice does no harm, for it has the same name and bytes.
    """
    arrived = 0
    for file in RefundFile.objects.filter(next_delivery_at__lte=now).order_by("number"):
        claimed = RefundFile.objects.filter(pk=file.pk, next_delivery_at=file.next_delivery_at)
        if claimed.update(next_delivery_at=now + _lease(), tries=F("tries") + 1):
            file.next_delivery_at = now + _lease()
            arrived += _deliver(file, to or outlet(), clock)
    return arrived


@transaction.atomic
def resend(*, number: int, by: User, now: datetime) -> RefundFile:
    """The file got lost: deliver it again, the same number and the same bytes.

    Raises:
        NotYourDecision: the person may not.
        FileMissing: there is no such file.
        FileRejected: its refunds stand in a later one.
    """
    require(by)
    file = RefundFile.objects.select_for_update().filter(number=number).first()
    if file is None:
        raise FileMissing(number)
    if file.state == RefundFile.State.REJECTED:
        raise FileRejected(number)
    RefundFile.objects.filter(pk=file.pk).update(next_delivery_at=now, tries=0)
    Delivery.objects.create(file=file, at=now, place="", succeeded=False, remark="To be sent again", by=by)
    file.refresh_from_db()
    return file


def _lease() -> timedelta:
    """Two pieces are put, and before that a million lines are read."""
    return timedelta(minutes=10, seconds=2 * CONFIGURATION.refund_files_sftp_timeout)


def _deliver(file: RefundFile, to: Outlet, clock: Callable[[], datetime]) -> bool:
    try:
        _carry(file, to)
    except BytesChangedError as error:
        alert_operator(text=f"{error} It is not delivered.", key=f"file-changed-{file.number}")
        _record(file, to, clock(), str(error))
        return False
    except (OutletFailed, OSError) as error:
        log.warning("file_not_delivered", number=file.number, error=str(error))
        if file.tries + 1 >= ALERT_AFTER:
            text = f"Refund file {file.number} could not be delivered to {to.place}: {error}"
            alert_operator(text=text[:300], key=f"file-undelivered-{file.number}-{clock():%Y%m%d}")
        _record(file, to, clock(), str(error))
        return False
    _record(file, to, clock())
    return True


def _carry(file: RefundFile, to: Outlet) -> None:
    """Its digest goes first, so that whoever finds the file can check it."""
    with tempfile.TemporaryDirectory(prefix="refund-file-") as folder:
        whole = Path(folder) / file.name
        save(file, whole)
        note = Path(folder) / f"{file.name}.sha256"
        note.write_text(f"{file.sha256}  {file.name}\n", encoding="ascii")
        to.put(note, note.name)
        to.put(whole, whole.name)


def save(file: RefundFile, path: Path) -> None:
    """Make the file again from its lines, in bounded memory.

    Raises:
        BytesChangedError: its bytes are not those that it was closed with.
    """
    found = sha256()
    with path.open("wb") as target:
        for piece in render(file):
            found.update(piece)
            target.write(piece)
    if found.hexdigest() != file.sha256:
        raise BytesChangedError(f"Refund file {file.number} is not what it was when it was closed.")


@transaction.atomic
def _record(file: RefundFile, to: Outlet, at: datetime, failure: str = "") -> None:
    Delivery.objects.create(file=file, at=at, place=to.place[:200], succeeded=not failure, remark=failure[:300])
    if failure:
        pause = PAUSES[min(file.tries, len(PAUSES) - 1)]
        still_ours = RefundFile.objects.filter(pk=file.pk, next_delivery_at=file.next_delivery_at)
        still_ours.update(next_delivery_at=at + pause)
        return
    RefundFile.objects.filter(pk=file.pk).update(next_delivery_at=None, tries=0)
    RefundFile.objects.filter(pk=file.pk, delivered_at=None).update(delivered_at=at)
    RefundFile.objects.filter(pk=file.pk, state=RefundFile.State.CLOSED).update(state=RefundFile.State.DELIVERED)
