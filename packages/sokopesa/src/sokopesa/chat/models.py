"""Threads, their messages, and how far each side has read. What the database refuses beyond the constraints here is in
``migrations/0002_guards.py``: threads and messages stay as they are, and nobody writes where a block is in force."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sokopesa.chat.warnings import Kind

MOST_CHARACTERS = 2_000
"""In one message."""

MOST_WORDS = 500
"""Characters in which a report, or a reason to read, is put."""


class Side(models.TextChoices):
    """Who speaks: the buyer, or anybody who acts for the shop, in the shop's name."""

    BUYER = "buyer", "Buyer"
    SELLER = "seller", "Seller"

    @property
    def other(self) -> Side:
        """Who listens."""
        return Side.SELLER if self is Side.BUYER else Side.BUYER


class Thread(models.Model):
    """What one buyer and one shop say about one product, or about one order. It never changes."""

    buyer = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="thread_about_one_thing",
                condition=Q(product__isnull=False, order=None) | Q(product=None, order__isnull=False),
            ),
            models.UniqueConstraint(
                name="thread_once_per_product", fields=["buyer", "seller", "product"], condition=Q(order=None)
            ),
            models.UniqueConstraint(name="thread_once_per_order", fields=["order"]),
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id} and {self.seller_id}, {'order' if self.order_id else 'product'}"


class Message(models.Model):
    """What was said, word for word but for PINs, which are hidden before it is stored. It is never changed or deleted.

    ``key`` is the sender's: the same one is stored once. ``warnings`` are of `sokopesa.chat.warnings.Kind`. With files,
    of which there are ``file_count``, there need be no words.
    """

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages", db_index=False)
    side = models.CharField(max_length=6, choices=Side.choices)
    author = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=MOST_CHARACTERS)
    warnings = ArrayField(models.CharField(max_length=12), default=list)
    file_count = models.PositiveSmallIntegerField(db_default=0)
    key = models.UUIDField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["thread", "id"], name="message_in_order"),
            models.Index(fields=["author", "-sent_at"], name="message_newest_of_author"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="message_sent_once", fields=["author", "key"]),
            models.CheckConstraint(name="message_says_something", condition=~Q(text="") | Q(file_count__gt=0)),
            models.CheckConstraint(name="message_side_is_known", condition=Q(side__in=Side.values)),
            models.CheckConstraint(
                name="message_warnings_are_known", condition=Q(warnings__contained_by=[str(kind) for kind in Kind])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} at {self.sent_at}"


class MessageFile(models.Model):
    """A photo, video or PDF that was sent with a message: its author's own, and ready. It stays as the message does."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="files", db_index=False)
    upload = models.ForeignKey("media.Upload", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="message_file_in_its_place", fields=["message", "position"]),
            models.UniqueConstraint(name="message_file_once", fields=["message", "upload"]),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} with {self.message_id}"


class Read(models.Model):
    """How far one side of a thread has read. There is one for each side, made with the thread; who writes locks both.

    ``latest`` is the thread's newest message. ``unread`` counts the other side's messages after ``up_to``; the first of
    them was sent at ``waiting_since``, and an SMS told of them at ``told_at``. ``here_at``: the side was last seen with
    the thread open.
    """

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="reads", db_index=False)
    side = models.CharField(max_length=6, choices=Side.choices)
    buyer = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    latest = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    up_to = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unread = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    here_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-latest"], name="read_newest_of_buyer", condition=Q(side="buyer")),
            models.Index(fields=["seller", "-latest"], name="read_newest_of_seller", condition=Q(side="seller")),
            # Only what somebody has not read: these stay small however many threads are kept.
            models.Index(
                fields=["buyer", "-latest"], name="read_unread_of_buyer", condition=Q(side="buyer", unread__gt=0)
            ),
            models.Index(
                fields=["seller", "-latest"], name="read_unread_of_seller", condition=Q(side="seller", unread__gt=0)
            ),
            models.Index(
                fields=["waiting_since"],
                name="read_to_tell",
                condition=Q(waiting_since__isnull=False, told_at=None),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="read_once_per_side", fields=["thread", "side"]),
            models.CheckConstraint(
                name="read_by_a_buyer_or_a_shop",
                condition=Q(side="buyer", buyer__isnull=False, seller=None)
                | Q(side="seller", buyer=None, seller__isnull=False),
            ),
            models.CheckConstraint(
                name="read_waits_while_unread",
                condition=Q(unread=0, waiting_since=None, told_at=None) | Q(unread__gt=0, waiting_since__isnull=False),
            ),
            models.CheckConstraint(
                name="read_not_beyond_the_latest", condition=Q(up_to=None) | Q(latest__gte=F("up_to"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} of {self.thread_id}: {self.unread} unread"


class Block(models.Model):
    """One side wants to hear no more of the other, in whatever thread. Lifted, it is over, and stays on record."""

    buyer = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=6, choices=Side.choices, help_text="Who blocked the other.")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="block_one_in_force", fields=["buyer", "seller", "side"], condition=Q(lifted_at=None)
            ),
            models.CheckConstraint(
                name="block_is_lifted_later", condition=Q(lifted_at=None) | Q(lifted_at__gte=F("at"))
            ),
            models.CheckConstraint(name="block_side_is_known", condition=Q(side__in=Side.values)),
        ]

    def __str__(self) -> str:
        return f"{self.side} blocks, since {self.at}"


class Report(models.Model):
    """A case about a thread: one side asks our staff to look. While it is open they may read, each time with a
    reason."""

    class Reason(models.TextChoices):
        PAY_OUTSIDE = "pay_outside", "They ask me to pay outside the market"
        PIN = "pin", "They ask for my PIN or a code"
        ABUSE = "abuse", "Insults or threats"
        SPAM = "spam", "Advertising or nonsense"
        FAKE = "fake", "They sell something false or forbidden"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="reports")
    side = models.CharField(max_length=6, choices=Side.choices)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    words = models.CharField(max_length=MOST_WORDS, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    outcome = models.CharField(max_length=MOST_WORDS, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], name="report_open", condition=Q(state="open"))]
        constraints: ClassVar = [
            models.UniqueConstraint(name="report_one_open", fields=["thread", "side"], condition=Q(state="open")),
            models.CheckConstraint(name="report_side_is_known", condition=Q(side__in=Side.values)),
            models.CheckConstraint(name="report_of_something_else_says_what", condition=~Q(reason="other", words="")),
            models.CheckConstraint(
                name="report_is_closed_by_somebody_with_words",
                condition=Q(state="open", closed_at=None, closed_by=None, outcome="")
                | (Q(state="closed", closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} in {self.thread_id}, {self.state}"


class StaffRead(models.Model):
    """Somebody of the staff opened a thread, and why. Kept for good; the database lets it be made only while a case is
    open. ``up_to`` is the last message that was there to be read."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="staff_reads")
    staff = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=MOST_WORDS)
    at = models.DateTimeField()
    up_to = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="staff_read_has_a_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.staff_id} read {self.thread_id} at {self.at}"
