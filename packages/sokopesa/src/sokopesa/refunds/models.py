"""Debts to buyers. What the database refuses beyond the constraints here is in ``migrations/0002_guards.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sokopesa.refunds.numbers import NUMBER


class Refund(models.Model):
    """Money that we owe back, all or part of what one M-PESA receipt brought. The account ``refunds:<id>`` holds it.

    What is owed, why and out of which receipt never changes, and no refund is ever deleted. All refunds of a receipt
    that are not used together never exceed what it brought.
    """

    class Cause(models.TextChoices):
        FURTHER_PAYMENT = "further_payment", "Paid again"
        LATE_PAYMENT = "late_payment", "Paid too late"
        CANCELLED_PAYMENT = "cancelled_payment", "Paid after cancelling"
        OVER_PAYMENT = "over_payment", "Paid too much"
        UNDER_PAYMENT = "under_payment", "Paid too little"
        UNKNOWN_ACCOUNT = "unknown_account", "Paid to an unknown account number"
        CANCELLED_ORDER = "cancelled_order", "Cancelled"
        UNSHIPPED = "unshipped", "Not shipped in time"
        DISPUTE = "dispute", "Refunded after a dispute"

    class State(models.TextChoices):
        OWED = "owed", "On its way back"
        USED = "used", "Used for the order"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {State.OWED: (State.USED,), State.USED: ()}
    """What may become what; the database holds the same table. *used*: the buyer revived the order with it."""

    number = models.CharField(max_length=11, unique=True, help_text="What people read out.")
    key = models.CharField(max_length=80, unique=True, help_text="For instance surplus:SG632NMUAB: why it is owed.")
    cause = models.CharField(max_length=20, choices=Cause.choices)
    purchase = models.ForeignKey("orders.Purchase", on_delete=models.PROTECT, null=True, related_name="refunds")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="refunds")
    receipt = models.CharField(max_length=16, db_index=True, help_text="The M-PESA receipt that brought the money.")
    received_cents = models.BigIntegerField(help_text="What that receipt brought.")
    amount_cents = models.BigIntegerField()
    msisdn = models.CharField(max_length=12, blank=True, help_text="Who paid; empty where M-PESA hid it.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OWED)
    owed_at = models.DateTimeField()
    promised_from = models.DateField(help_text="The 3rd Kenyan business day after it was owed, in Nairobi.")
    promised_until = models.DateField(help_text="The 20th.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="refund_number", condition=Q(number__regex=NUMBER)),
            models.CheckConstraint(name="refund_has_a_reason", condition=~Q(key="") & ~Q(receipt="")),
            models.CheckConstraint(
                name="refund_cause_is_known",
                condition=Q(
                    cause__in=["further_payment", "late_payment", "cancelled_payment", "over_payment", "under_payment"],
                    purchase__isnull=False,
                    order=None,
                )
                | Q(
                    cause__in=["cancelled_order", "unshipped", "dispute"],
                    purchase__isnull=False,
                    order__isnull=False,
                )
                | Q(cause="unknown_account", purchase=None, order=None),
            ),
            models.CheckConstraint(
                name="refund_within_its_receipt", condition=Q(amount_cents__gt=0, received_cents__gte=F("amount_cents"))
            ),
            models.CheckConstraint(name="refund_msisdn", condition=Q(msisdn="") | Q(msisdn__regex=r"^254[0-9]{9}$")),
            models.CheckConstraint(name="refund_state_is_known", condition=Q(state__in=["owed", "used"])),
            models.CheckConstraint(name="refund_promise", condition=Q(promised_until__gt=F("promised_from"))),
        ]

    def __str__(self) -> str:
        return self.number
