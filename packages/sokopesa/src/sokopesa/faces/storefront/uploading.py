"""Files in a form: those that the page sent before (hidden fields ``uploads``), and, without JavaScript, those that
come with the form itself (``files``). `storefront/parts/uploads.html` shows both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from sokopesa.kernel.errors import Refusal
from sokopesa.media import uploads as verbs
from sokopesa.media.limits import LARGEST_CHUNK, MOST_FILES
from sokopesa.media.models import Upload
from sokopesa.people.models import User


@dataclass
class Claimed:
    """What the form brings. ``uploads`` are to be referred to if there are no ``errors``; else the form is shown again
    with both, and the person loses no file that has arrived."""

    purpose: Upload.Purpose
    uploads: list[Upload] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def claimed(request: HttpRequest, owner: User, purpose: Upload.Purpose, now: datetime) -> Claimed:
    """The files of a posted form, in the form's order, ready and the owner's own; refusals come back as sentences. A
    form that was not posted brings none."""
    form = Claimed(purpose)
    if request.method != "POST":
        return form
    ids = [upload_id for text in request.POST.getlist("uploads") if (upload_id := _uuid(text))]
    _claim_each(form, ids, owner, now)
    for file in request.FILES.getlist("files"):
        _take(form, file, owner, now)
    if not form.errors:
        try:
            form.uploads = verbs.claim([upload.pk for upload in form.uploads], owner, purpose=purpose, now=now)
        except Refusal as refusal:
            form.errors.append(str(refusal))
    return form


def _claim_each(form: Claimed, ids: list[UUID], owner: User, now: datetime) -> None:
    """One at a time, so that one that is gone does not take the others with it."""
    for upload_id in dict.fromkeys(ids[: 2 * MOST_FILES]):
        try:
            form.uploads += verbs.claim([upload_id], owner, purpose=form.purpose, now=now)
        except Refusal as refusal:
            form.errors.append(str(refusal))


def _take(form: Claimed, file: UploadedFile, owner: User, now: datetime) -> None:
    """A file that came with the form, by the same verbs as one that came before it."""
    name, size = file.name or "", file.size or 0
    try:
        if len(form.uploads) >= MOST_FILES:
            verbs.check_together(len(form.uploads) + 1, 0)
        upload = verbs.begin(owner=owner, name=name, size=size, purpose=form.purpose, now=now)
        offset = 0
        for chunk in file.chunks(LARGEST_CHUNK):
            offset = verbs.append(upload, offset=offset, chunk=chunk, now=now).received_size
        upload = verbs.finish(upload, now=now)
    except Refusal as refusal:
        form.errors.append(f"{verbs.readable(name)}: {refusal}")
    else:
        if upload not in form.uploads:
            form.uploads.append(upload)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
