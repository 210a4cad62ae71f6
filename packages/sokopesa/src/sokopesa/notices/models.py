"""The outboxes: what we tell people, and what of it still waits to be sent; and what they want to be told, and how."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sokopesa.notices.events import ALWAYS, Group


class Outgoing(models.Model):
    """Something to be sent once. ``key`` names the event it tells of, so that the event is told once.

    The row is its own place in the queue: it is due from ``next_try_at`` on, which is empty once it is sent or given
    up. ``urgent`` is for what somebody waits for at a screen; it goes before everything else.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given-up"

    key = models.CharField(max_length=96)
    kind = models.CharField(max_length=32)
    urgent = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was claimed to be sent.")
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @property
    def state(self) -> State:
        """Whether it still waits for the provider, was taken by it, or was given up."""
        if self.sent_at is not None:
            return self.State.SENT
        return self.State.GIVEN_UP if self.next_try_at is None else self.State.WAITING


class Notice(Outgoing):
    """One SMS to one phone."""

    to = models.CharField(max_length=12, help_text="MSISDN")
    text = models.CharField(max_length=320)

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


class Letter(Outgoing):
    """One e-mail to one address. It has a table of its own, so that a slow mail server never holds up an SMS."""

    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=120)
    text = models.CharField(max_length=4000)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["urgent", "next_try_at"], name="letter_due", condition=Q(next_try_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="letter_told_once", fields=["key"]),
            models.CheckConstraint(name="letter_to_one_address", condition=Q(to__regex=r"^[^\s@,;<>]+@[^\s@,;<>]+$")),
            models.CheckConstraint(name="letter_subject_is_a_line", condition=Q(subject__regex=r"^[^\r\n]+$")),
            models.CheckConstraint(name="letter_says_something", condition=~Q(text="")),
            models.CheckConstraint(name="letter_sent_waits_no_more", condition=Q(sent_at=None) | Q(next_try_at=None)),
        ]


class Preference(models.Model):
    """How a person wants to be told of a group of events. Without a row, in every way that we can reach them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences")
    event_group = models.CharField(max_length=16, choices=[(group.value, group.value) for group in Group])
    sms = models.BooleanField(default=True)
    email = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="preference_once_for_a_group", fields=["user", "event_group"]),
            models.CheckConstraint(name="preference_for_a_group", condition=Q(event_group__in=Group.values)),
            models.CheckConstraint(
                name="preference_cannot_silence_money",
                condition=~Q(event_group__in=sorted(group.value for group in ALWAYS)) | Q(sms=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.event_group}"
