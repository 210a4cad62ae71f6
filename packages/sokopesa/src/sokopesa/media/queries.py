"""Reading uploads."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, ManyToOneRel, Model, OuterRef, QuerySet

from sokopesa.media.models import Upload
from sokopesa.people.models import User


def upload_of(owner: User, upload_id: UUID) -> Upload:
    """The owner's upload.

    Raises:
        Upload.DoesNotExist: there is none, or it is somebody else's.
    """
    return Upload.objects.get(pk=upload_id, owner=owner)


def unused() -> QuerySet[Upload]:
    """Uploads that nothing refers to. A foreign key to an upload, or a many-to-many field, is enough to keep it."""
    found = Upload.objects.all()
    for model, field in _referring():
        found = found.exclude(Exists(model._base_manager.filter(**{field: OuterRef("pk")})))  # noqa: SLF001
    return found


def _referring() -> list[tuple[type[Model], str]]:
    """Which models refer to uploads, and by which field: read off the rooms above, so that we need not know them. A
    many-to-many field refers by the foreign key of its table between."""
    relations = Upload._meta.get_fields(include_hidden=True)  # noqa: SLF001 - Django's documented name
    return [
        (relation.related_model, relation.field.name)
        for relation in relations
        if isinstance(relation, ManyToOneRel) and not isinstance(relation.related_model, str)
    ]
