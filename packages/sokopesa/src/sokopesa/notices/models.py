"""The outbox."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Notice(models.Model):
    """One SMS to one phone. ``key`` names the event it tells of, so that the event is told once."""

    key = models.CharField(max_length=96, unique=True)
    kind = models.CharField(max_length=32)
    to = models.CharField(max_length=12, help_text="MSISDN")
    text = models.CharField(max_length=320)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="notice_to_a_kenyan_phone", condition=Q(to__regex=r"^254[0-9]{9}$")),
            models.CheckConstraint(name="notice_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.key
