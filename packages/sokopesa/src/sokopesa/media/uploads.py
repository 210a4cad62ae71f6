"""From a file's first byte to its use. Each verb may be repeated: what was done stays done, and is answered again.

begin → append, append, … → finish → claim
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from threading import Lock
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from sokopesa.media import files
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
from sokopesa.media.images import repaint
from sokopesa.media.limits import (
    KEPT_UNUSED,
    LARGEST_CHUNK,
    MOST_FILES,
    MOST_TOGETHER,
    MOST_WAITING,
)
from sokopesa.media.models import LARGEST, MEGABYTE, Upload
from sokopesa.media.papers import check_paper
from sokopesa.media.queries import unused
from sokopesa.media.sniffing import HEAD, JPEG, WEBM, Format, check_size, format_of, megabytes
from sokopesa.media.videos import check_webm, without_place
from sokopesa.people.models import User

AT_ONCE = 500
"""Files that one step of the sweep deletes."""

_LONGEST_NAME = 100
_ONE_AT_A_TIME = Lock()
"""Looking at a photo of forty megapixels takes 200 MB for a second, so a process looks at one after the other."""


@transaction.atomic
def begin(*, owner: User, name: str, size: int, purpose: Upload.Purpose, now: datetime) -> Upload:
    """Announce a file of ``size`` bytes, which its owner calls ``name``. One of that name and size of which nothing has
    come yet is taken for the same: then the answer to the first try was lost.

    Raises:
        FileRefused: empty, or larger than anything that we take.
        TooMuchWaiting: with it, more would wait to be used than one person may have.
    """
    name = readable(name)
    if size <= 0:
        raise FileRefused("This file is empty. Choose another, or take the photo again.")
    if size > LARGEST:
        raise FileRefused(f"This file has {megabytes(size)}. We take photos up to 5 MB and videos up to 30 MB.")
    # Whoever begins another file for the same owner waits here, and then sees this one.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    begun = Upload.objects.filter(owner=owner, purpose=purpose, name=name, declared_size=size, received_size=0)
    if lost := begun.filter(state=Upload.State.RECEIVING, expires_at__gt=now).first():
        return lost
    _check_allowance(owner, size)
    return Upload.objects.create(
        owner=owner, name=name, declared_size=size, purpose=purpose, created_at=now, expires_at=now + KEPT_UNUSED
    )


def append(upload: Upload, *, offset: int, chunk: bytes, now: datetime) -> Upload:
    """Add bytes that begin at ``offset``; how many we have afterwards is in ``received_size``. What we have already is
    passed over, so a piece whose answer was lost may be sent again. Durable when this returns.

    Raises:
        WrongOffset: bytes before these are missing; it says how many we have.
        AlreadyWhole: the file is ready.
        FileRefused: its first bytes, or their number, show that it will not be taken. It stays refused.
    """
    assert len(chunk) <= LARGEST_CHUNK
    with transaction.atomic():
        upload = _locked(upload)
        if upload.state == Upload.State.READY:
            raise AlreadyWhole
        if upload.state == Upload.State.REFUSED:
            raise FileRefused(upload.refused_why)
        if offset > upload.received_size:
            raise WrongOffset(upload.received_size)
        if offset + len(chunk) > upload.declared_size:
            _refuse(upload, "This file changed while it was sent. Choose it again.")
        elif fresh := chunk[upload.received_size - offset :]:
            files.write_piece(upload.pk, upload.received_size, fresh)
            had, upload.received_size = upload.received_size, upload.received_size + len(fresh)
            upload.expires_at = now + KEPT_UNUSED
            upload.save(update_fields=["received_size", "expires_at"])
            if had < HEAD <= upload.received_size:
                _refuse_early(upload)
    if upload.state == Upload.State.REFUSED:
        raise FileRefused(upload.refused_why)
    return upload


def finish(upload: Upload, *, now: datetime) -> Upload:
    """Look at a file that is here to its last byte, and keep what may be kept of it. What comes back is ready; it is an
    earlier upload if its owner has the same file waiting for the same purpose.

    Raises:
        Unfinished: bytes are missing.
        FileRefused: it is not taken; the words say why. It stays refused.
    """
    upload.refresh_from_db()
    if upload.state == Upload.State.RECEIVING:
        if upload.received_size < upload.declared_size:
            raise Unfinished(upload.name)
        try:
            found, content = _examine(upload)
        except FileNotFoundError:
            upload.refresh_from_db()  # somebody else finished it while we looked
        except FileRefused as refusal:
            with transaction.atomic():
                upload = _locked(upload)
                if upload.state == Upload.State.RECEIVING:
                    _refuse(upload, str(refusal))
        else:
            upload = _keep(upload, found, content, now)
    if upload.state == Upload.State.READY:
        return upload
    if twin := _twin_of(upload):
        return twin
    raise FileRefused(upload.refused_why)


@transaction.atomic
def claim(ids: Collection[UUID], owner: User, *, purpose: Upload.Purpose, now: datetime) -> list[Upload]:
    """The owner's files with these ids, in that order, to be referred to in the same transaction. They stay for another
    day in case nothing refers to them after all, and may be claimed again meanwhile.

    Raises:
        NotHere: one is unknown, somebody else's, or was sent for another purpose.
        Unfinished: one has not arrived, or was not looked at.
        FileRefused: one was refused.
        TooMany: they are too many, or together too large.
    """
    wanted = list(dict.fromkeys(ids))
    check_together(len(wanted), 0)
    found = Upload.objects.select_for_update(no_key=True).order_by("id").in_bulk(wanted)
    uploads = [upload for upload_id in wanted if (upload := found.get(upload_id))]
    if len(uploads) < len(wanted) or any((held.owner_id, held.purpose) != (owner.pk, purpose) for held in uploads):
        raise NotHere
    for upload in uploads:
        if upload.state == Upload.State.REFUSED:
            raise FileRefused(f"{upload.name}: {upload.refused_why}")
        if upload.state == Upload.State.RECEIVING:
            raise Unfinished(upload.name)
    check_together(len(uploads), sum(upload.declared_size for upload in uploads))
    Upload.objects.filter(pk__in=wanted).update(expires_at=now + KEPT_UNUSED)
    return uploads


def check_together(count: int, size: int) -> None:
    """Raises:
    TooMany: more files, or bytes, than may be sent together.
    """
    if count > MOST_FILES:
        raise TooMany(f"You can send up to {MOST_FILES} files together. Remove {count - MOST_FILES}.")
    if size > MOST_TOGETHER:
        raise TooMany(
            f"These files have {megabytes(size)} together; {MOST_TOGETHER // MEGABYTE} MB can be sent. Remove one."
        )


@transaction.atomic
def remove(upload: Upload) -> None:
    """Its owner does not want to send it after all.

    Raises:
        InUse: something refers to it.
    """
    upload = _locked(upload)
    if not unused().filter(pk=upload.pk).exists():
        raise InUse
    upload_id = upload.pk
    upload.delete()
    transaction.on_commit(lambda: files.discard(upload_id))


@transaction.atomic
def purge_abandoned(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Delete what nobody used within a day, finished or not; pass over for good what something refers to. How many
    uploads were seen to; at most ``limit``."""
    due = Upload.objects.filter(expires_at__lt=now).order_by("expires_at").select_for_update(skip_locked=True)
    ids = list(due.values_list("pk", flat=True)[:limit])
    abandoned: Sequence[UUID] = list(unused().filter(pk__in=ids).values_list("pk", flat=True))
    Upload.objects.filter(pk__in=abandoned).delete()
    Upload.objects.filter(pk__in=ids).update(expires_at=None)
    for upload_id in abandoned:
        transaction.on_commit(partial(files.discard, upload_id))
    return len(ids)


def readable(name: str) -> str:
    """A file's name as it may be shown: without folders, and without signs that cannot be seen or turn the line."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in last)
    stem, dot, extension = " ".join(seen.split()).rpartition(".")
    if len(extension) > 10:
        stem, dot, extension = stem + dot + extension, "", ""
    return f"{stem[: _LONGEST_NAME - len(dot + extension)]}{dot}{extension}".strip(" .") or "file"


def _check_allowance(owner: User, size: int) -> None:
    waiting = unused().filter(owner=owner, expires_at__isnull=False)
    if waiting.count() >= MOST_WAITING:
        raise TooMuchWaiting(
            "You have tried many files today. Send or remove those that you have, or come back tomorrow."
        )
    held = waiting.exclude(state=Upload.State.REFUSED).aggregate(total=Sum("declared_size"))["total"] or 0
    if held + size > MOST_TOGETHER:
        raise TooMuchWaiting(
            f"You have {megabytes(held)} of files that are not sent yet; {MOST_TOGETHER // MEGABYTE} MB may wait. "
            "Send them, or remove some."
        )


def _locked(upload: Upload) -> Upload:
    try:
        return Upload.objects.select_for_update().get(pk=upload.pk)
    except Upload.DoesNotExist as error:
        raise NotHere from error


def _refuse_early(upload: Upload) -> None:
    """Nobody shall send 30 MB over a slow line to hear that it is no video."""
    with files.arriving(upload.pk).open("rb") as file:
        head = file.read(HEAD)
    try:
        check_size(format_of(head), upload.declared_size)
    except FileRefused as refusal:
        _refuse(upload, str(refusal))


def _refuse(upload: Upload, why: str, **facts: object) -> None:
    upload.state, upload.refused_why = Upload.State.REFUSED, why
    for field, value in facts.items():
        setattr(upload, field, value)
    upload.save(update_fields=["state", "refused_why", *facts])
    transaction.on_commit(lambda: files.discard(upload.pk))


def _examine(upload: Upload) -> tuple[Format, bytes]:
    """What we keep of a whole file."""
    with _ONE_AT_A_TIME:
        content = files.arriving(upload.pk).read_bytes()
        found = format_of(content[:HEAD])
        check_size(found, len(content))
        if found.kind == Upload.Kind.IMAGE:
            return JPEG, repaint(content, found)
        if found.kind == Upload.Kind.PDF:
            check_paper(content)
        elif found is WEBM:
            check_webm(content)
        else:
            content = without_place(content)
        return found, content


def _keep(upload: Upload, found: Format, content: bytes, now: datetime) -> Upload:
    """As it stands afterwards: ready, or refused because its owner has it already."""
    digest = sha256(content).hexdigest()
    files.keep(upload.pk, content)
    try:
        with transaction.atomic():
            upload = _locked(upload)
            if upload.state == Upload.State.RECEIVING:
                upload.sha256 = digest
                if _twin_of(upload):
                    _refuse(upload, "You have added this file already.", sha256=digest)
                else:
                    _make_ready(upload, found, len(content), now)
    except NotHere:
        files.discard(upload.pk)  # removed while we looked
        raise
    if upload.state == Upload.State.REFUSED:
        files.discard(upload.pk)
    return upload


def _make_ready(upload: Upload, found: Format, size: int, now: datetime) -> None:
    upload.state, upload.kind, upload.content_type = Upload.State.READY, found.kind, found.content_type
    upload.size, upload.expires_at = size, now + KEPT_UNUSED
    upload.save(update_fields=["state", "kind", "content_type", "sha256", "size", "expires_at"])
    transaction.on_commit(lambda: files.discard(upload.pk, only_pieces=True))


def _twin_of(upload: Upload) -> Upload | None:
    """The same content, which the same owner has sent for the same purpose and not used yet."""
    if not upload.sha256:
        return None
    same = unused().filter(owner_id=upload.owner_id, purpose=upload.purpose, sha256=upload.sha256)
    return same.filter(state=Upload.State.READY, expires_at__isnull=False).exclude(pk=upload.pk).first()
