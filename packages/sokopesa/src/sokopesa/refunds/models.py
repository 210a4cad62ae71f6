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

    Goodwill is money of our own, given for a purchase whose receipt it names. It is counted by itself, and bounded by
    that receipt too. No record of M-PESA's can confirm it, for it is no part of the payment, so it begins where others
    are once they are confirmed.
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
        GOODWILL = "goodwill", "Given back as goodwill"

    class State(models.TextChoices):
        OWED = "owed", "Owed"
        RECONCILED = "reconciled", "Payment confirmed by M-PESA"
        FILED = "filed", "In a refund file"
        BATCHED = "batched", "In a disbursement"
        SENT = "sent", "Sent to M-PESA"
        PAID = "paid", "Paid back"
        RETURNED = "returned", "Came back"
        USED = "used", "Used for the order"

    class Wait(models.TextChoices):
        """Why a refund does not go on by itself."""

        PHONE = "phone", "M-PESA hid the payer's number"
        BUYER = "buyer", "The buyer has to do something"
        MINIMUM = "minimum", "Below the least that M-PESA pays out"
        FLOAT = "float", "The account that refunds are paid from has too little"
        OPERATOR = "operator", "Somebody of ours has to decide"

    ON_ITS_WAY: ClassVar = (State.OWED, State.RECONCILED, State.FILED, State.BATCHED, State.SENT, State.RETURNED)
    """States in which the money is still to come back."""

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.OWED: (State.RECONCILED, State.USED),
        State.RECONCILED: (State.FILED, State.SENT, State.USED),
        State.FILED: (State.BATCHED, State.RECONCILED),
        State.BATCHED: (State.SENT, State.FILED),
        State.SENT: (State.PAID, State.RETURNED),
        State.RETURNED: (State.RECONCILED,),
        State.PAID: (),
        State.USED: (),
    }
    """What may become what; the database holds the same table. *reconciled*: M-PESA's own record shows the payment that
    is given back; goodwill begins here. In instant mode a refund is sent without file and batch. A file's line may be
    rejected or withdrawn, a disbursement cancelled. *used*: the buyer revived the order with it."""

    number = models.CharField(max_length=11, unique=True, help_text="What people read out.")
    key = models.CharField(max_length=80, unique=True, help_text="For instance surplus:SG632NMUAB: why it is owed.")
    cause = models.CharField(max_length=20, choices=Cause.choices)
    purchase = models.ForeignKey("orders.Purchase", on_delete=models.PROTECT, null=True, related_name="refunds")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="refunds")
    receipt = models.CharField(max_length=16, db_index=True, help_text="The M-PESA receipt that brought the money.")
    received_cents = models.BigIntegerField(help_text="What that receipt brought.")
    amount_cents = models.BigIntegerField()
    topped_up_cents = models.BigIntegerField(
        db_default=0, help_text="What we add, by four eyes, because M-PESA pays out no less than KES 10."
    )
    msisdn = models.CharField(max_length=12, blank=True, help_text="Who paid; empty where M-PESA hid it.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OWED)
    owed_at = models.DateTimeField()
    promised_from = models.DateField(help_text="The 3rd Kenyan business day after it was owed, in Nairobi.")
    promised_until = models.DateField(help_text="The 20th.")
    reconciled_at = models.DateTimeField(null=True)
    reconciled_from = models.CharField(
        max_length=9,
        blank=True,
        default="",
        choices=[
            ("statement", "the statement"),
            ("list", "M-PESA's list"),
            ("status", "the transaction's status"),
            ("ours", "nothing: it is our own money"),
        ],
        help_text="Which record of M-PESA's shows the payment.",
    )
    paid_at = models.DateTimeField(null=True, help_text="When the last of it reached the wallet, by M-PESA's clock.")
    payee = models.CharField(
        max_length=12, blank=True, default="", help_text="Another number than the one that paid, given by four eyes."
    )
    waits_for = models.CharField(max_length=8, choices=Wait.choices, blank=True, default="")
    remark = models.CharField(max_length=200, blank=True, default="", help_text="Why it waits or came back, in words.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "id"], name="refund_under_way", condition=~Q(state__in=["paid", "used"])),
        ]
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
                | Q(cause="goodwill", purchase__isnull=False, order=None)
                | Q(cause="unknown_account", purchase=None, order=None),
            ),
            models.CheckConstraint(
                name="refund_within_its_receipt", condition=Q(amount_cents__gt=0, received_cents__gte=F("amount_cents"))
            ),
            models.CheckConstraint(name="refund_msisdn", condition=Q(msisdn="") | Q(msisdn__regex=r"^254[0-9]{9}$")),
            models.CheckConstraint(
                name="refund_state_is_known",
                condition=Q(
                    state__in=["owed", "reconciled", "filed", "batched", "sent", "paid", "returned", "used"],
                ),
            ),
            models.CheckConstraint(
                name="refund_reconciled_before_it_leaves",
                condition=(
                    ~Q(cause="goodwill")
                    & (
                        Q(state__in=["owed", "used"])
                        | Q(reconciled_at__isnull=False, reconciled_from__in=["statement", "list", "status"])
                    )
                )
                | (
                    Q(cause="goodwill", reconciled_at__isnull=False, reconciled_from="ours")
                    & ~Q(state__in=["owed", "used"])
                ),
            ),
            models.CheckConstraint(
                name="refund_topped_up_to_the_least",  # the KES 10 of `sokopesa.payouts`
                condition=Q(topped_up_cents=0) | Q(topped_up_cents__gte=100, topped_up_cents=1_000 - F("amount_cents")),
            ),
            models.CheckConstraint(
                name="refund_paid_when_paid",
                condition=Q(state="paid", paid_at__isnull=False, waits_for="") | (~Q(state="paid") & Q(paid_at=None)),
            ),
            models.CheckConstraint(
                name="refund_waits_for_a_reason",
                condition=Q(waits_for="")
                | (Q(waits_for__in=["phone", "buyer", "minimum", "float", "operator"]) & ~Q(remark="")),
            ),
            models.CheckConstraint(name="refund_payee", condition=Q(payee="") | Q(payee__regex=r"^254[0-9]{9}$")),
            models.CheckConstraint(name="refund_promise", condition=Q(promised_until__gt=F("promised_from"))),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_on_its_way(self) -> bool:
        """Whether the money is still to come back."""
        return self.state in self.ON_ITS_WAY

    @property
    def goes_back_cents(self) -> int:
        """What goes back, but for rounding up to the shilling: what is owed, and what we add to it."""
        return self.amount_cents + self.topped_up_cents

    @property
    def standing(self) -> str:
        """How it stands, in words. Nobody confirms goodwill."""
        is_ready = self.cause == self.Cause.GOODWILL and self.state == self.State.RECONCILED
        return "Ready to be paid" if is_ready else str(self.get_state_display())

    @property
    def pays_to(self) -> str:
        """The MSISDN that the money goes to: the one that paid, unless four eyes gave another; empty if unknown."""
        return self.payee or self.msisdn
