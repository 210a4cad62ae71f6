"""Files as they stand when they have arrived and were looked at; nobody reads their bytes here."""

from __future__ import annotations

import uuid
from datetime import datetime

from sokopesa.media.models import Upload
from sokopesa.people.models import User


def ready_file(owner: User, *, at: datetime) -> uuid.UUID:
    """A photo that its owner can show."""
    upload = Upload.objects.create(
        owner=owner, purpose="evidence", name="lid.jpg", declared_size=9, created_at=at, expires_at=at
    )
    facts = {"kind": "image", "content_type": "image/jpeg", "size": 9, "sha256": uuid.uuid4().hex * 2}
    Upload.objects.filter(pk=upload.pk).update(state="ready", received_size=9, **facts)
    return upload.pk
