"""What M-PESA said when it was asked about a receipt. What the database refuses beyond the constraints here is in
``migrations/0003_enquiries.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Enquiry(models.Model):
    """A receipt that refunds wait for and neither statement nor list has shown: how often M-PESA was asked what became
    of it, and what it said. A plain answer is kept as it came; then nothing more is asked."""

    receipt = models.CharField(primary_key=True, max_length=16, db_collation="C")
    asked = models.PositiveSmallIntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True)
    not_found = models.PositiveSmallIntegerField(
        default=0, help_text="How often M-PESA said that it knows no such one."
    )
    told_at = models.DateTimeField(null=True)
    told_cents = models.BigIntegerField(null=True, help_text="What M-PESA said that the receipt brought.")
    doubt = models.CharField(
        max_length=200, blank=True, default="", help_text="Why, by M-PESA's answer, it is not the payment on our books."
    )

    class Meta:
        verbose_name_plural = "enquiries"
        indexes: ClassVar = [
            models.Index(fields=["next_ask_at"], name="enquiry_of_refund_to_ask", condition=~Q(next_ask_at=None)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="enquiry_names_a_receipt", condition=~Q(receipt="")),
            models.CheckConstraint(
                name="enquiry_told_something",
                condition=Q(told_at=None, told_cents=None, doubt="")
                | (Q(told_at__isnull=False, next_ask_at=None) & (Q(told_cents__isnull=False) | ~Q(doubt=""))),
            ),
        ]

    def __str__(self) -> str:
        return self.receipt
