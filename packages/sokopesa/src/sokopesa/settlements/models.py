"""Where sellers are paid, the runs in which they are, and each seller's part in one. What the database refuses beyond
the constraints here is in ``migrations/0001_initial.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from sokopesa.settlements.numbers import NUMBER


class Payee(models.Model):
    """Where a seller wants to be paid: asked for by somebody of the shop, and used once somebody of finance agreed.

    A shop has at most one that is used and one that is asked for. What was asked for never changes.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", "M-PESA number"
        PAYBILL = "paybill", "Paybill"
        TILL = "till", "Till (Buy Goods)"

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        CURRENT = "current", "In use"
        REFUSED = "refused", "Refused"
        REPLACED = "replaced", "Replaced"

    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="payees")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    number = models.CharField(max_length=12, help_text="An MSISDN, or the shortcode of a paybill or till.")
    reference = models.CharField(max_length=13, blank=True, default="", help_text="The account number of a paybill.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="payee_one_in_use", fields=["seller"], condition=Q(state="current")),
            models.UniqueConstraint(name="payee_one_asked_for", fields=["seller"], condition=Q(state="asked")),
            models.CheckConstraint(
                name="payee_by_four_eyes", condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by"))
            ),
            models.CheckConstraint(
                name="payee_can_be_paid",
                condition=Q(kind="phone", number__regex=r"^254[17][0-9]{8}$", reference="")
                | (Q(kind="paybill", number__regex=r"^[0-9]{5,7}$") & ~Q(reference=""))
                | Q(kind="till", number__regex=r"^[0-9]{5,7}$", reference=""),
            ),
            models.CheckConstraint(
                name="payee_is_decided_by_somebody",
                condition=Q(state="asked", decided_by=None, decided_at=None, remark="")
                | Q(state__in=["current", "replaced"], decided_by__isnull=False, decided_at__isnull=False, remark="")
                | (Q(state="refused", decided_by__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}" + (f", account {self.reference}" if self.reference else "")

    @property
    def ending(self) -> str:
        """Enough of the number to know it by, too little to pay to."""
        return f"***{self.number[-3:]}"


class Run(models.Model):
    """Sellers paid together: prepared by one person, approved by another who typed the total. Numbered without gaps."""

    class State(models.TextChoices):
        PREPARED = "prepared", "Waits for approval"
        APPROVED = "approved", "Being paid"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARED)
    count = models.PositiveIntegerField(help_text="How many sellers are paid.")
    total_cents = models.BigIntegerField()
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    decider = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="run_one_waits",
                fields=["state"],
                condition=Q(state="prepared"),
                violation_error_message="A run waits for approval.",
            ),
            models.CheckConstraint(name="run_pays_somebody", condition=Q(count__gt=0, total_cents__gt=0)),
            models.CheckConstraint(
                name="run_by_four_eyes",
                condition=Q(decider=None) | Q(state="cancelled") | ~Q(decider=F("maker")),
            ),
            models.CheckConstraint(
                name="run_is_decided_by_somebody",
                condition=Q(state="prepared", decider=None, decided_at=None)
                | (~Q(state="prepared") & Q(decider__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="run_done_when_done",
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number}"


class Settlement(models.Model):
    """What one seller gets in a run: whole shillings of the balance; broken ones stay for the next run.

    A seller has at most one that is not over, so that no shilling stands in two runs.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", "Waits for approval"
        APPROVED = "approved", "On its way"
        PAID = "paid", "Paid"
        RETURNED = "returned", "Came back"
        CANCELLED = "cancelled", "Cancelled"

    OPEN: ClassVar = (State.PREPARED, State.APPROVED)

    number = models.CharField(max_length=11, unique=True, help_text="What people read out.")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="settlements")
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="settlements")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="settlements")
    balance_cents = models.BigIntegerField(help_text="What the seller had earned when the run was prepared.")
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARED)
    paid_cents = models.BigIntegerField(default=0, help_text="What M-PESA has confirmed of it.")
    ended_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=200, blank=True, default="", help_text="Why it came back.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["seller", "-id"], name="settlement_of_seller")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="settlement_one_open", fields=["seller"], condition=Q(state__in=["prepared", "approved"])
            ),
            models.UniqueConstraint(name="settlement_once_a_run", fields=["run", "seller"]),
            models.CheckConstraint(name="settlement_number", condition=Q(number__regex=NUMBER)),
            models.CheckConstraint(
                name="settlement_amount",
                condition=Q(amount_cents__gt=0, balance_cents__gte=F("amount_cents"))
                & Q(Exact(Mod(F("amount_cents"), 100), 0)),
            ),
            models.CheckConstraint(
                name="settlement_paid_in_full",
                condition=Q(paid_cents__gte=0)
                & (
                    Q(state="paid", paid_cents=F("amount_cents"))
                    | (~Q(state="paid") & Q(paid_cents__lt=F("amount_cents")))
                ),
            ),
            models.CheckConstraint(
                name="settlement_ended_when_over",
                condition=Q(state__in=["prepared", "approved"], ended_at=None)
                | Q(state__in=["paid", "returned", "cancelled"], ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Part(models.Model):
    """A transfer that pays a settlement: M-PESA moves large amounts in several."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="parts")
    transfer = models.OneToOneField("payouts.Transfer", on_delete=models.PROTECT, related_name="settlement_part")

    def __str__(self) -> str:
        return f"{self.settlement_id}: {self.transfer_id}"
