"""What we know about a file that somebody sends; its bytes are outside the database (`sokopesa.media.files`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sokopesa.kernel.ids import time_ordered_uuid
from sokopesa.people.models import User

MEGABYTE = 1024 * 1024
LARGEST = 30 * MEGABYTE
"""Bytes of the largest file of any kind."""


class Upload(models.Model):
    """One file of one person. Sizes are in bytes. Only its owner may use it, until another room refers to it.

    It arrives in pieces (``received_size`` of ``declared_size``), and is then looked at once. What it is never changes
    after that. ``name`` is what its owner calls it: shown to people, and of no meaning to us.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", "On its way"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    class Kind(models.TextChoices):
        IMAGE = "image", "Photo"
        VIDEO = "video", "Video"
        PDF = "pdf", "PDF"

    class Purpose(models.TextChoices):
        EVIDENCE = "evidence", "Evidence in a dispute"
        CHAT = "chat", "A message"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.RECEIVING: (State.READY, State.REFUSED),
        State.READY: (),
        State.REFUSED: (),
    }
    """What may become what; the database holds the same table."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="uploads")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    name = models.CharField(max_length=100)
    declared_size = models.PositiveIntegerField()
    received_size = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RECEIVING)
    kind = models.CharField(max_length=5, choices=Kind.choices, blank=True, default="")
    content_type = models.CharField(max_length=20, blank=True, default="", help_text="Of what we keep.")
    sha256 = models.CharField(max_length=64, blank=True, default="", help_text="Of what we keep, in hexadecimal.")
    size = models.PositiveIntegerField(default=0, help_text="Of what we keep.")
    refused_why = models.CharField(max_length=200, blank=True, default="", help_text="As its owner is told.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(
        null=True, help_text="Deleted from then on unless something refers to it; empty once something was seen to."
    )

    class Meta:
        indexes: ClassVar = [
            # Only what may have to go, or counts against its owner's allowance.
            models.Index(fields=["expires_at"], name="upload_expires", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["owner"], name="upload_unused", condition=Q(expires_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="upload_state_is_known", condition=Q(state__in=["receiving", "ready", "refused"])
            ),
            models.CheckConstraint(name="upload_purpose_is_known", condition=Q(purpose__in=["evidence", "chat"])),
            models.CheckConstraint(name="upload_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="upload_size_within_limits", condition=Q(declared_size__gt=0, declared_size__lte=LARGEST)
            ),
            models.CheckConstraint(
                name="upload_received_no_more_than_declared", condition=Q(received_size__lte=F("declared_size"))
            ),
            models.CheckConstraint(
                name="upload_ready_is_whole",
                condition=~Q(state="ready")
                | Q(received_size=F("declared_size"), size__gt=0, sha256__regex=r"^[0-9a-f]{64}$")
                & Q(kind__in=["image", "video", "pdf"])
                & ~Q(content_type=""),
            ),
            models.CheckConstraint(
                name="upload_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_why="") | ~Q(state="refused") & Q(refused_why=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name
