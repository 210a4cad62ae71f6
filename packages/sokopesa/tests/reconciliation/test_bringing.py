"""Statements that are brought to the desk: taken in by a job, once, whole or not at all, whatever dies meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from stating import as_csv, some

from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import bringing, brought, importing
from sokopesa.reconciliation.errors import NotToBeTriedAgain
from sokopesa.reconciliation.models import StatementImport, StatementLine, StatementUpload
from sokopesa.reconciliation.refusals import NotYourBooks
from sokopesa.reconciliation.watching import Watch, is_watched

pytestmark = pytest.mark.usefixtures("committing")

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
State = StatementUpload.State


@pytest.fixture
def finance(media_root: Path) -> User:
    shutil.rmtree(media_root / "statements", ignore_errors=True)
    return add_staff(phone="254711900001", role=Role("finance"), name="Finance")


def bring(content: bytes, by: User, *, now: datetime = NOW, **told: Any) -> StatementUpload:
    return bringing.bring([content[:100], content[100:]], name="monday.csv", by=by, now=now, **told)


def take_in(upload: StatementUpload, *, now: datetime = NOW) -> StatementUpload:
    bringing.take_in(upload_id=upload.pk, clock=lambda: now)
    return StatementUpload.objects.get(pk=upload.pk)


def folder(media_root: Path) -> list[Path]:
    return list((media_root / "statements").iterdir())


def test_what_is_brought_is_kept_to_ourselves_taken_in_and_deleted(finance: User, media_root: Path) -> None:
    upload = bring(as_csv(some(30)), finance)
    (path,) = folder(media_root)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (upload.state, upload.size) == (State.WAITING, path.stat().st_size)
    (job,) = ProcrastinateJob.objects.filter(task_name="reconciliation.take_in")
    assert job.args == {"upload_id": upload.pk}
    done = take_in(upload)
    assert (done.state, done.stage, done.done, done.total) == (State.TAKEN, "Writing", 30, 30)
    assert done.whole == StatementImport.objects.get()
    assert (done.whole.imported_by, done.whole.sha256, done.whole.line_count) == (finance, upload.sha256, 30)
    assert folder(media_root) == []
    bringing.take_in(upload_id=upload.pk, clock=lambda: NOW)
    assert StatementLine.objects.count() == 30


def test_the_same_file_again(finance: User, media_root: Path) -> None:
    content = as_csv(some(5))
    first = bring(content, finance)
    assert bring(content, finance) == first, "while it is under way it is one upload"
    assert len(folder(media_root)) == 1
    assert ProcrastinateJob.objects.filter(task_name="reconciliation.take_in").count() == 1
    take_in(first)
    later = NOW + timedelta(hours=1)
    again = take_in(bring(content, finance, now=later), now=later)
    assert (again.state, again.whole) == (State.KNOWN, StatementImport.objects.get())
    assert folder(media_root) == []


def test_what_is_refused_says_line_what_and_what_to_do(finance: User, media_root: Path) -> None:
    lines = as_csv(some(80)).replace(b",Completed,", b",Finished,")
    refused = take_in(bring(lines, finance))
    assert (refused.state, refused.whole) == (State.REFUSED, None)
    assert refused.fault_count > 50
    assert len(refused.faults) == 50
    first = refused.faults[0]
    assert first["line"] > 1
    assert "“Finished” is none that M-PESA has" in first["words"]
    assert first["do"].startswith("Export it again")
    assert not StatementImport.objects.exists()
    assert folder(media_root) == [], "nothing of it is kept"


def test_only_finance_brings(media_root: Path) -> None:
    support = add_staff(phone="254711900002", role=Role("support"), name="Support")
    with pytest.raises(NotYourBooks):
        bring(as_csv(some(1)), support)
    assert not StatementUpload.objects.exists()


def dies(*_: object, **__: object) -> None:
    raise OperationalError("the database went away")


def test_a_worker_that_dies_leaves_nothing_and_it_is_tried_again(
    finance: User, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = bring(as_csv(some(30)), finance)
    with monkeypatch.context() as patched:
        patched.setattr(importing, "_copy", dies)
        with pytest.raises(OperationalError):
            take_in(upload)
    left = StatementUpload.objects.get()
    assert left.state == State.READING
    assert not is_watched(left.pk)
    assert bringing.may_be_tried_again(left)
    assert not StatementImport.objects.exists()
    assert not StatementLine.objects.exists()
    assert bringing.retry(upload_id=left.pk, by=finance, now=NOW).state == State.WAITING
    bringing.retry(upload_id=left.pk, by=finance, now=NOW)
    assert ProcrastinateJob.objects.filter(task_name="reconciliation.take_in").count() == 2, "twice is once"
    assert take_in(left).state == State.TAKEN
    with pytest.raises(NotToBeTriedAgain):
        bringing.retry(upload_id=left.pk, by=finance, now=NOW)


def test_a_worker_that_dies_after_the_import_has_taken_it_in(finance: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = bring(as_csv(some(3)), finance)
    with monkeypatch.context() as patched:
        patched.setattr(bringing, "_end", dies)
        with pytest.raises(OperationalError):
            take_in(upload)
    assert StatementUpload.objects.get().state == State.READING
    assert take_in(upload).state == State.TAKEN, "by this upload, not known from before"


def test_while_a_worker_is_at_it_no_other_is(finance: User) -> None:
    upload = bring(as_csv(some(3)), finance)
    with Watch(upload.pk) as watch:
        assert watch.is_ours
        assert is_watched(upload.pk)
        assert take_in(upload).state == State.WAITING
        StatementUpload.objects.update(state=State.READING)
        with pytest.raises(NotToBeTriedAgain):
            bringing.retry(upload_id=upload.pk, by=finance, now=NOW)
    assert not is_watched(upload.pk)


def test_two_workers_at_once(finance: User, all_at_once: Callable[..., list[object]]) -> None:
    upload = bring(as_csv(some(200)), finance)
    all_at_once(*[lambda: bringing.take_in(upload_id=upload.pk, clock=lambda: NOW)] * 3)
    assert (StatementUpload.objects.get().state, StatementLine.objects.count()) == (State.TAKEN, 200)


def test_two_who_bring_one_file_at_once_bring_one(
    finance: User, media_root: Path, all_at_once: Callable[..., list[object]]
) -> None:
    content = as_csv(some(5))
    uploads = all_at_once(*[lambda: bring(content, finance).pk] * 4)
    assert len(set(uploads)) == 1
    assert len(folder(media_root)) == 1


def test_a_file_over_which_workers_die_is_given_up(finance: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = bring(as_csv(some(3)), finance)
    monkeypatch.setattr(importing, "_copy", dies)
    for _ in range(bringing.MOST_TRIES):
        with pytest.raises(OperationalError):
            take_in(upload)
    given_up = take_in(upload)
    assert (given_up.state, given_up.remark) == (State.FAILED, bringing.TOO_HEAVY)
    assert bringing.may_be_tried_again(given_up), "by a person"


def test_what_we_do_not_expect_fails_and_says_so(finance: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = bring(as_csv(some(3)), finance)
    monkeypatch.setattr(importing, "_prove", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take_in(upload)
    assert StatementUpload.objects.get().remark == bringing.OUR_FAULT


def test_files_and_words_do_not_stay(finance: User, media_root: Path) -> None:
    forgotten, refused = bring(as_csv(some(3)), finance), bring(b"nothing", finance)
    take_in(refused)
    (media_root / "statements" / ("0" * 32)).write_bytes(b"left by a process that was killed")
    assert bringing.purge_due(now=NOW) == 0
    # Files have the real clock's times.
    later = datetime.now(UTC) + 2 * bringing.FILE_KEPT
    assert bringing.purge_due(now=later) == 2
    assert folder(media_root) == []
    failed = StatementUpload.objects.get(pk=forgotten.pk)
    assert (failed.state, failed.remark) == (State.FAILED, bringing.FILE_GONE)
    assert take_in(forgotten).state == State.FAILED
    bringing.purge_due(now=later + 2 * bringing.TOLD_FOR)
    assert not StatementUpload.objects.exists()


def test_a_file_that_is_gone_says_so(finance: User) -> None:
    upload = bring(as_csv(some(3)), finance)
    brought.discard(upload.kept_as)
    gone = take_in(upload)
    assert (gone.state, gone.remark) == (State.FAILED, bringing.FILE_GONE)
    assert not bringing.may_be_tried_again(gone)


def test_the_database_keeps_what_was_brought(finance: User) -> None:
    upload = bring(as_csv(some(3)), finance)
    mine = StatementUpload.objects.filter(pk=upload.pk)
    for change in ({"sha256": "0" * 64}, {"file_name": "other.csv"}, {"state": State.TAKEN}):
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**change)
    take_in(upload)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(state=State.WAITING, ended_at=None, whole=None)
