"""The outbox: what we tell people, and what of it still waits to be sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Notice(models.Model):
    """One SMS to one phone. ``key`` names the event it tells of, so that the event is told once.

    The row is its own place in the queue: it is due from ``next_try_at`` on, which is empty once the notice is sent or
    given up. ``urgent`` is for what somebody waits for at a screen; it goes before everything else.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given-up"

    key = models.CharField(max_length=96)
    kind = models.CharField(max_length=32)
    to = models.CharField(max_length=12, help_text="MSISDN")
    text = models.CharField(max_length=320)
    urgent = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was claimed to be sent.")
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            # Only what waits, in the order in which it is taken: it stays small however many notices are kept.
            models.Index(fields=["urgent", "next_try_at"], name="notice_due", condition=Q(next_try_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="notice_told_once", fields=["key"]),
            models.CheckConstraint(name="notice_to_a_kenyan_phone", condition=Q(to__regex=r"^254[0-9]{9}$")),
            models.CheckConstraint(name="notice_says_something", condition=~Q(text="")),
            models.CheckConstraint(name="notice_sent_waits_no_more", condition=Q(sent_at=None) | Q(next_try_at=None)),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def state(self) -> State:
        """Whether it still waits for the provider, was taken by it, or was given up."""
        if self.sent_at is not None:
            return self.State.SENT
        return self.State.GIVEN_UP if self.next_try_at is None else self.State.WAITING
