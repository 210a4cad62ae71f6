"""Files that arrive in pieces, over lines that break, from people who press twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.kernel.errors import Refusal
from sokopesa.media import files as store
from sokopesa.media import queries, serving, uploads
from sokopesa.media.errors import (
    AlreadyWhole,
    FileRefused,
    InUse,
    NotHere,
    TooMany,
    TooMuchWaiting,
    Unfinished,
    WrongOffset,
)
from sokopesa.media.limits import KEPT_UNUSED, MOST_WAITING
from sokopesa.media.models import MEGABYTE, Upload
from sokopesa.orders.models import Checkout

Files = Sender = Market = Any
AllAtOnce = Callable[..., list[object]]


def on_disk(upload: Upload) -> list[Path]:
    return sorted(store.kept(upload.pk).parent.glob(f"{upload.pk.hex}*"))


@pytest.fixture
def in_use(market: Market, monkeypatch: pytest.MonkeyPatch) -> Callable[[Upload], None]:
    """Something refers to an upload: a row whose identifier is the upload's stands for a room above."""
    monkeypatch.setattr(queries, "_referring", lambda: [(Checkout, "id")])

    def refer(upload: Upload) -> None:
        Checkout.objects.create(pk=upload.pk, created_at=market.now)

    return refer


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tries=st.lists(
        st.tuples(st.integers(0, 9_000), st.integers(0, 4_000), st.sampled_from(["lost", "answered"])), max_size=30
    )
)
def test_however_the_line_breaks_the_file_arrives_as_it_was(
    sender: Sender, files: Files, tries: list[tuple[int, int, str]]
) -> None:
    """Any pieces from any places, some of whose answers are lost: none does harm, and asking how far it came always
    leads to the end."""
    content = files.webm(film=bytes(range(250)) * 30)
    with transaction.atomic():
        upload = sender.begin(len(content))
        for start, length, answer in tries:
            had = upload.received_size
            piece = content[start : start + length]
            if start > had:
                with pytest.raises(WrongOffset) as wrong:
                    uploads.append(upload, offset=start, chunk=piece, now=sender.now)
                assert wrong.value.offset == had
                continue
            came = uploads.append(upload, offset=start, chunk=piece, now=sender.now)
            assert came.received_size == max(had, start + len(piece))
            upload = came if answer == "answered" else Upload.objects.get(pk=upload.pk)
        while (had := Upload.objects.get(pk=upload.pk).received_size) < len(content):
            upload = uploads.append(upload, offset=had, chunk=content[had : had + 999], now=sender.now)
        ready = uploads.finish(upload, now=sender.now)
        with serving.open(ready) as file:
            assert file.read() == content
        transaction.set_rollback(True)


def test_what_a_crash_left_unacknowledged_is_written_over(sender: Sender, files: Files) -> None:
    content = files.jpg()
    upload = uploads.append(sender.begin(len(content)), offset=0, chunk=content[:100], now=sender.now)
    store.write_piece(upload.pk, 100, b"written, but the process died before it said so")
    upload = uploads.append(upload, offset=100, chunk=content[100:], now=sender.now)
    assert uploads.finish(upload, now=sender.now).state == "ready"


def test_a_piece_that_does_not_follow_says_where_to_go_on(sender: Sender) -> None:
    upload = sender.begin(1_000)
    with pytest.raises(WrongOffset) as refusal:
        uploads.append(upload, offset=1, chunk=b"x", now=sender.now)
    assert refusal.value.offset == 0


def test_a_file_that_grew_meanwhile_is_refused(sender: Sender) -> None:
    upload = sender.begin(10)
    for _ in range(2):
        with pytest.raises(FileRefused, match="changed"):
            uploads.append(upload, offset=0, chunk=b"x" * 11, now=sender.now)
    assert Upload.objects.get().state == "refused"


def test_nothing_is_added_to_what_is_whole_and_finishing_again_is_the_same(sender: Sender, files: Files) -> None:
    upload = sender.send(files.jpg())
    with pytest.raises(AlreadyWhole):
        uploads.append(upload, offset=upload.received_size, chunk=b"", now=sender.now)
    assert uploads.finish(upload, now=sender.now) == upload
    with pytest.raises(Unfinished):
        uploads.finish(sender.begin(5), now=sender.now)


def test_two_tabs_send_the_same_upload_at_once(
    all_at_once: AllAtOnce, make_sender: Callable[[], Sender], files: Files
) -> None:
    sender, content = make_sender(), files.webm(film=bytes(range(250)) * 40)
    upload = sender.begin(len(content))

    def tab(step: int) -> Upload:
        offset = 0
        while offset < len(content):
            chunk = content[offset : offset + step]
            offset = uploads.append(upload, offset=offset, chunk=chunk, now=sender.now).received_size
        return uploads.finish(Upload.objects.get(pk=upload.pk), now=sender.now)

    assert all(ended == upload for ended in all_at_once(lambda: tab(700), lambda: tab(1_100), lambda: tab(64)))
    with serving.open(Upload.objects.get()) as file:
        assert file.read() == content
    assert len(on_disk(upload)) == 1


def test_two_tabs_together_get_no_more_than_one_allowance(
    all_at_once: AllAtOnce, make_sender: Callable[[], Sender]
) -> None:
    sender = make_sender()
    sender.begin(20 * MEGABYTE)
    outcomes = all_at_once(*[lambda: sender.begin(15 * MEGABYTE) for _ in range(5)])
    assert sum(isinstance(outcome, TooMuchWaiting) for outcome in outcomes) == 3
    assert Upload.objects.count() == 3


def test_what_is_removed_or_refused_makes_room(
    sender: Sender, files: Files, django_capture_on_commit_callbacks: Any
) -> None:
    upload = sender.send(files.jpg())
    sender.begin(30 * MEGABYTE)
    second = sender.begin(29 * MEGABYTE)
    with pytest.raises(TooMuchWaiting, match="not sent yet"):
        sender.begin(MEGABYTE)
    uploads.remove(second)
    assert len(on_disk(upload)) == 2  # within a test nothing is committed, so pieces stay for now
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove(upload)
    assert on_disk(upload) == []
    sender.begin(30 * MEGABYTE)


def test_beginning_again_because_the_answer_was_lost_is_the_same_file(sender: Sender) -> None:
    first = sender.begin(30 * MEGABYTE, name="video.mp4")
    assert sender.begin(30 * MEGABYTE, name="video.mp4") == first
    uploads.append(first, offset=0, chunk=b"some", now=sender.now)
    assert sender.begin(30 * MEGABYTE, name="video.mp4") != first


def test_trying_without_end_has_an_end(sender: Sender) -> None:
    for _ in range(MOST_WAITING):
        sender.begin(1)
    with pytest.raises(TooMuchWaiting, match="tomorrow"):
        sender.begin(1)


def test_the_same_file_twice_is_one(sender: Sender, stranger: Sender, files: Files) -> None:
    first = sender.send(files.jpg(), name="a.jpg")
    again = sender.arrived(files.jpg(), name="b.jpg")
    assert uploads.finish(again, now=sender.now) == first
    assert uploads.finish(again, now=sender.now) == first
    assert Upload.objects.get(pk=again.pk).state == "refused"
    assert sender.send(files.jpg(), purpose="evidence") != first
    assert stranger.send(files.jpg()) != first
    assert sender.send(files.jpg(shade=90)) != first


def test_what_was_sent_may_be_sent_again_some_other_day(
    sender: Sender, files: Files, in_use: Callable[[Upload], None]
) -> None:
    first = sender.send(files.jpg())
    in_use(first)
    second = sender.send(files.jpg())
    assert second != first
    assert second.sha256 == first.sha256


def test_claimed_are_ones_own_ready_ones_in_the_order_of_the_form(sender: Sender, files: Files) -> None:
    first, second = sender.send(files.jpg()), sender.send(files.pdf())
    ids = [second.pk, first.pk, second.pk]
    later = sender.now + timedelta(hours=20)
    assert uploads.claim(ids, sender.user, purpose=Upload.Purpose.CHAT, now=later) == [second, first]
    assert uploads.purge_abandoned(sender.now + timedelta(hours=30)) == 0


def test_what_cannot_be_claimed(sender: Sender, stranger: Sender, files: Files) -> None:
    chat = Upload.Purpose.CHAT
    refused = sender.arrived(b"hello", name="hello.jpg")
    with pytest.raises(FileRefused):
        uploads.finish(refused, now=sender.now)
    cases: list[tuple[Any, type[Refusal]]] = [
        (stranger.send(files.jpg()).pk, NotHere),
        (uuid4(), NotHere),
        (sender.send(files.jpg(), purpose="evidence").pk, NotHere),
        (sender.begin(5).pk, Unfinished),
        (sender.arrived(files.jpg(shade=3)).pk, Unfinished),
        (refused.pk, FileRefused),
    ]
    for upload_id, why in cases:
        with pytest.raises(why):
            uploads.claim([upload_id], sender.user, purpose=chat, now=sender.now)
    with pytest.raises(TooMany, match="Remove 1"):
        uploads.claim([uuid4() for _ in range(11)], sender.user, purpose=chat, now=sender.now)
    with pytest.raises(TooMany, match=r"60\.1 MB"):
        uploads.check_together(3, 60 * MEGABYTE + 1)


def test_after_a_day_what_nobody_used_is_gone_and_what_is_used_stays(
    sender: Sender, files: Files, in_use: Callable[[Upload], None], django_capture_on_commit_callbacks: Any
) -> None:
    used, unused, half = sender.send(files.jpg()), sender.send(files.pdf()), sender.begin(5)
    uploads.append(half, offset=0, chunk=b"abc", now=sender.now + timedelta(hours=1))
    in_use(used)
    due = sender.now + KEPT_UNUSED + timedelta(seconds=1)
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.purge_abandoned(due) == 2
    assert set(Upload.objects.all()) == {used, half}
    assert on_disk(unused) == []
    with pytest.raises(InUse):
        uploads.remove(used)
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.purge_abandoned(due + timedelta(hours=1)) == 1
    assert Upload.objects.get() == used
    assert uploads.purge_abandoned(due + timedelta(days=900)) == 0
    with serving.open(used) as file:
        assert file.read(3) == b"\xff\xd8\xff"


def test_a_purge_takes_a_bounded_number(sender: Sender) -> None:
    for _ in range(5):
        sender.begin(1)
    later = sender.now + timedelta(days=2)
    assert [uploads.purge_abandoned(later, limit=3) for _ in range(3)] == [3, 2, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "0" * 64},
        {"size": 1},
        {"state": "receiving"},
        {"state": "refused", "refused_why": "changed our mind"},
        {"kind": "pdf"},
        {"name": "other.jpg"},
        {"created_at": None},
        {"owner_id": 0},
    ],
)
def test_the_database_keeps_evidence_as_it_is(sender: Sender, files: Files, change: dict[str, Any]) -> None:
    upload = sender.send(files.jpg())
    if "created_at" in change:
        change = {"created_at": sender.now - timedelta(days=1)}
    if "owner_id" in change:
        change = {"owner_id": upload.owner_id + 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(**change)


def test_the_database_takes_no_ready_upload_out_of_nothing(sender: Sender) -> None:
    upload = sender.begin(5)
    for change in ({"state": "ready"}, {"state": "refused"}, {"received_size": 6}, {"declared_size": 40 * MEGABYTE}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Upload.objects.filter(pk=upload.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.create(
            owner=sender.user, purpose="chat", name="x", declared_size=5, received_size=5, created_at=sender.now
        )
