"""Statements that people bring to the desk: kept until a worker takes them in, and told about meanwhile.

bring → take_in (a job) → taken, known, refused or failed; retry

Whatever kills a worker on its way, nothing is half taken in: `importing` writes in one transaction. The file is deleted
when its upload ends; one that failed is kept for another try, for a day at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation import brought
from sokopesa.reconciliation.errors import MOST_FAULTS, Fault, NoSuchUpload, NotToBeTriedAgain, StatementRefused
from sokopesa.reconciliation.importing import Imported, import_statement
from sokopesa.reconciliation.models import StatementUpload
from sokopesa.reconciliation.refusals import NotYourBooks
from sokopesa.reconciliation.watching import Watch, is_watched

log = structlog.get_logger(__name__)

State = StatementUpload.State

FILE_KEPT = timedelta(days=1)
"""A file that could not be taken in is deleted after so long."""

TOLD_FOR = timedelta(days=30)
"""What became of an upload is told for so long."""

MOST_TRIES = 3
"""If so many workers died over a file, it is taken for the cause."""

OUR_FAULT = "Something went wrong on our side. Nothing was taken in. Try again."
FILE_GONE = "Its file is not here any more. Nothing was taken in. Bring it again."
TOO_HEAVY = (
    f"The worker stopped {MOST_TRIES} times while it read this file. Nothing was taken in. "
    "Bring it in smaller parts, or by “sokopesa statement import”."
)


def bring(
    pieces: Iterable[bytes],
    *,
    name: str,
    by: User,
    now: datetime,
    shortcode: str = "",
    account: str = "",
    accept_breaks: bool = False,
) -> StatementUpload:
    """Keep a statement's file for a worker to take in; the parameters are those of `import_statement`. The same file
    that is under way already is one upload.

    Raises:
        NotYourBooks: the person is not in finance.
    """
    if not may(by, RELEASE_MONEY):
        raise NotYourBooks
    kept_as = uuid4()
    stored = brought.store(kept_as, pieces)
    told = {"shortcode": shortcode, "account": account, "accept_breaks": accept_breaks, "sha256": stored.sha256}
    try:
        with transaction.atomic():
            standing = None
            while standing is None:  # the one that stood in our way may end before we read it
                upload = StatementUpload(
                    kept_as=kept_as, file_name=name[-200:], size=stored.size, brought_by=by, brought_at=now, **told
                )
                StatementUpload.objects.bulk_create([upload], ignore_conflicts=True)
                standing = StatementUpload.objects.filter(state__in=StatementUpload.LIVE, **told).first()
            if standing.kept_as == kept_as:
                _defer(standing)
    except BaseException:
        brought.discard(kept_as)
        raise
    if standing.kept_as != kept_as:
        brought.discard(kept_as)
    return standing


def take_in(*, upload_id: int, clock: Callable[[], datetime]) -> None:
    """Take in what was brought, or say what is wrong with it. Nothing is done about an upload that has ended, or that
    another worker is at. While the database is away its error goes on, and the upload stands for another try."""
    with Watch(upload_id) as watch:
        upload = _claim(upload_id, clock()) if watch.is_ours else None
        if upload is None:
            return
        try:
            with brought.path_of(upload.kept_as).open("rb") as file:
                done = import_statement(
                    file,
                    name=upload.file_name,
                    by=upload.brought_by,
                    now=clock(),
                    shortcode=upload.shortcode,
                    account=upload.account,
                    accept_breaks=upload.accept_breaks,
                    progress=watch.tell,
                )
        except StatementRefused as refusal:
            _end(upload, State.REFUSED, clock(), faults=refusal.told, fault_count=refusal.count)
        except FileNotFoundError:
            log.exception("statement_lost", upload=upload.pk)
            _end(upload, State.FAILED, clock(), remark=FILE_GONE)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            _end(upload, State.FAILED, clock(), remark=OUR_FAULT)
            raise
        else:
            _end(upload, _outcome(upload, done), clock(), whole=done.whole, faults=done.breaks)


def retry(*, upload_id: int, by: User, now: datetime) -> StatementUpload:
    """Try again what failed, or what a worker left when it died. Twice is once.

    Raises:
        NotYourBooks: the person is not in finance.
        NoSuchUpload: there is none.
        NotToBeTriedAgain: it has ended otherwise, its file is gone, or a worker is at it.
    """
    if not may(by, RELEASE_MONEY):
        raise NotYourBooks
    with transaction.atomic():
        upload = _locked(upload_id)
        if upload is None:
            raise NoSuchUpload
        if upload.state == State.WAITING:
            return upload
        if not may_be_tried_again(upload):
            raise NotToBeTriedAgain
        upload.state, upload.tries, upload.ended_at, upload.remark = State.WAITING, 0, None, ""
        upload.stage, upload.done, upload.total = "", 0, 0
        upload.save(update_fields=["state", "tries", "ended_at", "remark", "stage", "done", "total"])
        _defer(upload)
        return upload


def may_be_tried_again(upload: StatementUpload) -> bool:
    """Whether it failed, or is left alone, and its file is still here."""
    if upload.state not in (State.READING, State.FAILED) or not brought.path_of(upload.kept_as).is_file():
        return False
    return upload.state == State.FAILED or not is_watched(upload.pk)


def purge_due(*, now: datetime) -> int:
    """Delete files that wait in vain, what uploads told long ago, and files without an upload; how many files.

    An upload that still waits for a worker after a day has failed."""
    late = StatementUpload.objects.filter(state__in=StatementUpload.LIVE, brought_at__lt=now - FILE_KEPT)
    for upload_id in late.values_list("pk", flat=True):
        with transaction.atomic():
            upload = _locked(upload_id)
            if upload is not None and upload.is_live and not is_watched(upload.pk):
                _end(upload, State.FAILED, now, remark=FILE_GONE)
    StatementUpload.objects.filter(ended_at__lt=now - TOLD_FOR).delete()
    old = list(brought.older_than(now - FILE_KEPT))
    at_them = StatementUpload.objects.filter(kept_as__in=old, state=State.READING).values_list("kept_as", flat=True)
    gone = set(old) - set(at_them)
    for kept_as in gone:
        brought.discard(kept_as)
    return len(gone)


def recent(*, count: int = 5) -> list[StatementUpload]:
    """What is under way, and what of the newest was not taken in, the newest first. One query."""
    shown = Q(state__in=StatementUpload.LIVE) | Q(state__in=(State.REFUSED, State.FAILED))
    return list(StatementUpload.objects.filter(shown).select_related("brought_by").order_by("-brought_at")[:count])


def _defer(upload: StatementUpload) -> None:
    from sokopesa.reconciliation.jobs import take_in as job

    job.defer(upload_id=upload.pk)


def _locked(upload_id: int) -> StatementUpload | None:
    return StatementUpload.objects.select_for_update(no_key=True).filter(pk=upload_id).first()


@transaction.atomic
def _claim(upload_id: int, now: datetime) -> StatementUpload | None:
    upload = _locked(upload_id)
    if upload is None or not upload.is_live:
        return None
    if upload.tries >= MOST_TRIES:
        _end(upload, State.FAILED, now, remark=TOO_HEAVY)
        return None
    upload.state, upload.tries, upload.stage, upload.done, upload.total = State.READING, upload.tries + 1, "", 0, 0
    upload.save(update_fields=["state", "tries", "stage", "done", "total"])
    return upload


def _outcome(upload: StatementUpload, done: Imported) -> StatementUpload.State:
    """Known is what was there before; not what a worker took in for this upload just before it died."""
    mine = (done.whole.imported_by_id, done.whole.file_name) == (upload.brought_by_id, upload.file_name)
    is_ours = mine and done.whole.imported_at >= upload.brought_at
    return State.KNOWN if done.was_known and not is_ours else State.TAKEN


@transaction.atomic
def _end(
    upload: StatementUpload,
    state: StatementUpload.State,
    now: datetime,
    *,
    faults: Sequence[Fault] = (),
    fault_count: int | None = None,
    **facts: object,
) -> None:
    upload.state, upload.ended_at = state, now
    upload.faults = [fault._asdict() for fault in faults[:MOST_FAULTS]]
    upload.fault_count = len(faults) if fault_count is None else fault_count
    for name, value in facts.items():
        setattr(upload, name, value)
    upload.save(update_fields=["state", "ended_at", "faults", "fault_count", *facts])
    if state != State.FAILED:
        transaction.on_commit(partial(brought.discard, upload.kept_as))
