"""Requests to cancel what is paid. What the database refuses beyond the constraints here is in
``migrations/0001_cancelling.py``. Disputes have a file of their own, `sokopesa.aftersale.disputes.models`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sokopesa.aftersale.disputes.models import (
    Appeal,
    Dispute,
    DisputeDraft,
    DisputeEvent,
    Evidence,
    Plan,
    Ruling,
    SupportReport,
)
from sokopesa.aftersale.reasons import FAULT, Fault, Reason

__all__ = [
    "WORDS",
    "Appeal",
    "CancelLine",
    "CancelRequest",
    "Dispute",
    "DisputeDraft",
    "DisputeEvent",
    "Evidence",
    "Plan",
    "Ruling",
    "SupportReport",
]

WORDS = 500
"""Characters that a buyer or a seller may write about a request."""


class CancelRequest(models.Model):
    """A buyer asked to cancel pieces of a paid order. The seller answers by ``answer_by``; silence approves.

    What was asked never changes, an order has one request at most that waits, and none is ever deleted.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waits for the seller"
        APPROVED = "approved", "Approved by the seller"
        EXPIRED_APPROVED = "expired_approved", "Approved: the seller did not answer"
        OVERDUE = "overdue", "Cancelled: delivery is over 30 days late"
        REFUSED = "refused", "Refused by the seller"
        WITHDRAWN = "withdrawn", "Withdrawn by the buyer"
        OVERTAKEN = "overtaken", "Ended by itself"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.PENDING: (
            State.APPROVED,
            State.EXPIRED_APPROVED,
            State.OVERDUE,
            State.REFUSED,
            State.WITHDRAWN,
            State.OVERTAKEN,
        ),
        State.APPROVED: (),
        State.EXPIRED_APPROVED: (),
        State.OVERDUE: (),
        State.REFUSED: (),
        State.WITHDRAWN: (),
        State.OVERTAKEN: (),
    }
    """What may become what; the database holds the same table. *overtaken*: what was asked for was shipped first, or
    cancelled because it was not shipped in time."""

    GRANTED: ClassVar = (State.APPROVED, State.EXPIRED_APPROVED, State.OVERDUE)
    """States in which the pieces were cancelled by this request."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="cancel_requests")
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    words = models.CharField(max_length=WORDS, blank=True, default="")
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer_words = models.CharField(max_length=WORDS, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="cancel_request_one_pending", fields=["order"], condition=Q(state="pending")),
            models.CheckConstraint(name="cancel_request_reason", condition=Q(reason__in=Reason.values)),
            models.CheckConstraint(name="cancel_request_other_in_words", condition=~Q(reason="other") | ~Q(words="")),
            models.CheckConstraint(name="cancel_request_has_time", condition=Q(answer_by__gt=F("asked_at"))),
            models.CheckConstraint(
                name="cancel_request_is_answered",
                condition=Q(state="pending", answered_at=None, answered_by=None, answer_words="")
                | Q(state__in=["approved", "withdrawn"], answered_at__isnull=False, answered_by__isnull=False)
                | (Q(state="refused", answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer_words=""))
                | Q(
                    state__in=["expired_approved", "overdue", "overtaken"], answered_at__isnull=False, answered_by=None
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.order_id}"

    @property
    def fault(self) -> Fault:
        """On whose side the reason lies."""
        return FAULT[self.reason]


class CancelLine(models.Model):
    """So many pieces of a line are to be cancelled."""

    request = models.ForeignKey(CancelRequest, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="cancel_line_once", fields=["request", "line"]),
            models.CheckConstraint(name="cancel_line_of_pieces", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"
