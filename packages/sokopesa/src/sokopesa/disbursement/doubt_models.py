"""Refunds that M-PESA may have given back already, and what two people decide about them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sokopesa.refunds.models import Refund


class Doubt(models.Model):
    """Why a refund may have been given back already. Until two people have decided, the database lets it neither go on
    nor be used. The same fact is raised once (``about``), so what was decided stays so."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="doubts")
    about = models.CharField(max_length=64, help_text="For instance reversal:SG632NMUAB: the fact that raised it.")
    words = models.CharField(max_length=200)
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="doubt_raised_once", fields=["refund", "about"]),
            models.CheckConstraint(name="doubt_has_words", condition=~Q(about="") & ~Q(words="")),
        ]

    def __str__(self) -> str:
        return f"doubt about refund {self.refund_id}"


class Answer(models.Model):
    """A proposal how the doubts about a refund end, and a second person's decision: it is paid after all, or it was
    given back by the reversal that ``receipt`` and ``reversed_at`` name. Only an approved one changes anything."""

    class How(models.TextChoices):
        AGAIN = "again", "It was not given back: pay it"
        REVERSED = "reversed", "It was already reversed: close it"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="answers")
    how = models.CharField(max_length=8, choices=How.choices)
    receipt = models.CharField(max_length=10, blank=True, default="", help_text="M-PESA's, of the reversal.")
    reversed_at = models.DateTimeField(null=True, help_text="By M-PESA's clock.")
    reason = models.CharField(max_length=300)
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decider = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], name="answer_to_decide", condition=Q(state="proposed"))]
        constraints: ClassVar = [
            models.UniqueConstraint(name="answer_one_open", fields=["refund"], condition=Q(state="proposed")),
            models.CheckConstraint(name="answer_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))),
            models.CheckConstraint(name="answer_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="answer_names_the_reversal",
                condition=Q(how="again", receipt="", reversed_at=None)
                | Q(how="reversed", receipt__regex=r"^[0-9A-Z]{10}$", reversed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="answer_decided_by_somebody",
                condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} about refund {self.refund_id}"
