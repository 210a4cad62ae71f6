"""Refund files, disbursements, rules for paying at once, and goodwill. What the database refuses beyond the constraints
here is in ``migrations/0002_guards.py`` and ``0003_goodwill.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from sokopesa.payments.models import MOST_CENTS
from sokopesa.payouts.models import LEAST_CENTS
from sokopesa.refunds.models import Refund

MSISDN = r"^254[0-9]{9}$"


class RefundFile(models.Model):
    """The refunds of one business day, as they are handed to those who pay them. Numbers have no gaps, a day without
    refunds has an empty file, and what a file says never changes: the same bytes can be made from its lines again."""

    class State(models.TextChoices):
        CLOSED = "closed", "Not delivered yet"
        DELIVERED = "delivered", "Delivered"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        REJECTED = "rejected", "Rejected as a whole"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.CLOSED: (State.DELIVERED, State.ACKNOWLEDGED, State.REJECTED),
        State.DELIVERED: (State.ACKNOWLEDGED, State.REJECTED),
        State.ACKNOWLEDGED: (),
        State.REJECTED: (),
    }
    """What may become what; the database holds the same table. An answer may come before we know that we delivered."""

    number = models.PositiveIntegerField(unique=True, help_text="1, 2, 3, … without gaps.")
    day = models.DateField(unique=True, help_text="The business day in Nairobi whose cut-off it was.")
    cut_off_at = models.DateTimeField(help_text="What was reconciled by then is in it, however late it was made.")
    closed_at = models.DateTimeField(help_text="When it was made.")
    shortcode = models.CharField(max_length=7, help_text="The account that is to pay.")
    lines = models.PositiveIntegerField()
    total_cents = models.BigIntegerField()
    control = models.CharField(max_length=8, help_text="CRC-32 of all before the trailer, in hexadecimal.")
    sha256 = models.CharField(max_length=64, help_text="Of the whole file, in hexadecimal.")
    size_bytes = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.CLOSED)
    delivered_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=200, blank=True, default="", help_text="Why it was rejected.")
    tries = models.PositiveIntegerField(default=0, help_text="Deliveries that failed in a row.")
    next_delivery_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_delivery_at"], name="file_to_deliver", condition=~Q(next_delivery_at=None)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="file_counts_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="file_total_is_of_its_lines",
                condition=Q(lines=0, total_cents=0) | Q(lines__gt=0, total_cents__gt=0),
            ),
            models.CheckConstraint(
                name="file_has_its_digests",
                condition=Q(control__regex=r"^[0-9a-f]{8}$", sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(name="file_closed_after_its_cut_off", condition=Q(closed_at__gte=F("cut_off_at"))),
            models.CheckConstraint(
                name="file_delivered_when_delivered", condition=~Q(state="delivered") | Q(delivered_at__isnull=False)
            ),
            models.CheckConstraint(
                name="file_answered_when_answered",
                condition=Q(state__in=["acknowledged", "rejected"], answered_at__isnull=False)
                | Q(state__in=["closed", "delivered"], answered_at=None),
            ),
            models.CheckConstraint(name="file_rejected_for_a_reason", condition=~Q(state="rejected") | ~Q(remark="")),
        ]

    def __str__(self) -> str:
        return f"refund file {self.number}"

    @property
    def name(self) -> str:
        """Under which it is delivered, however often."""
        return f"refunds-{self.number:06d}-{self.day:%Y%m%d}.csv"


class FileLine(models.Model):
    """One refund in a file, or a part of one that is more than M-PESA moves at once. A refund's part stands in at most
    one line that is open or paid."""

    class State(models.TextChoices):
        OPEN = "open", "To be paid"
        PAID = "paid", "Paid"
        RETURNED = "returned", "M-PESA did not pay it"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    file = models.ForeignKey(RefundFile, on_delete=models.PROTECT, related_name="entries", db_index=False)
    position = models.PositiveIntegerField(help_text="1, 2, 3, … in the file.")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="file_lines")
    refund_number = models.CharField(max_length=11)
    part = models.PositiveSmallIntegerField(default=1)
    parts = models.PositiveSmallIntegerField(default=1)
    msisdn = models.CharField(max_length=12)
    amount_cents = models.BigIntegerField(help_text="Whole shillings.")
    receipt = models.CharField(max_length=16, help_text="The M-PESA receipt that brought the money.")
    cause = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=200, blank=True, default="", help_text="Why it was not paid.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["file", "id"], name="file_line_open", condition=Q(state="open")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="file_line_position", fields=["file", "position"]),
            models.UniqueConstraint(
                name="file_line_one_live_part", fields=["refund", "part"], condition=Q(state__in=["open", "paid"])
            ),
            models.CheckConstraint(
                name="file_line_amount_mpesa_can_move",
                condition=Q(amount_cents__gte=LEAST_CENTS, amount_cents__lte=MOST_CENTS)
                & Q(Exact(Mod(F("amount_cents"), 100), 0)),
            ),
            models.CheckConstraint(name="file_line_msisdn", condition=Q(msisdn__regex=MSISDN)),
            models.CheckConstraint(
                name="file_line_counts_from_one", condition=Q(position__gte=1, part__gte=1, parts__gte=F("part"))
            ),
            models.CheckConstraint(
                name="file_line_ended_when_over",
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="file_line_unpaid_for_a_reason", condition=Q(state__in=["open", "paid"]) | ~Q(remark="")
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.position} of file {self.file_id}"


class Delivery(models.Model):
    """One try to hand a file over. Tries are kept; ``by`` is who asked for the file to be sent again."""

    file = models.ForeignKey(RefundFile, on_delete=models.PROTECT, related_name="deliveries")
    at = models.DateTimeField()
    place = models.CharField(max_length=200, help_text="Where it was put, without secrets.")
    succeeded = models.BooleanField()
    remark = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"delivery of file {self.file_id} at {self.at}"


class Reply(models.Model):
    """An answer to a file, read once however often it is found; what made no sense is kept with why."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected as a whole"
        UNUSABLE = "unusable", "Makes no sense; nothing was changed"

    file = models.ForeignKey(RefundFile, on_delete=models.PROTECT, null=True, related_name="replies")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    read_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    rejected_lines = models.PositiveIntegerField(default=0)
    remark = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="reply_answers_a_file", condition=Q(verdict="unusable") & ~Q(remark="") | Q(file__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """A disbursement: the unpaid lines of a week's files, prepared by one person and approved by another, who types the
    total. From then on the worker pays, and it is done when none of its lines can change any more."""

    class Via(models.TextChoices):
        API = "api", "By B2C, line by line"
        PORTAL = "portal", "By a file for M-PESA's portal"

    class State(models.TextChoices):
        PREPARED = "prepared", "Waits for a second person"
        APPROVED = "approved", "Being paid"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.PREPARED: (State.APPROVED, State.CANCELLED),
        State.APPROVED: (State.DONE,),
        State.DONE: (),
        State.CANCELLED: (),
    }
    """What may become what; the database holds the same table."""

    number = models.PositiveIntegerField(unique=True, help_text="1, 2, 3, … without gaps.")
    week = models.DateField(help_text="The disbursement day in Nairobi that it was prepared for.")
    via = models.CharField(max_length=6, choices=Via.choices, default=Via.API)
    shortcode = models.CharField(max_length=7, help_text="The account that pays.")
    lines = models.PositiveIntegerField(help_text="Of those that were not left out.")
    total_cents = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARED)
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    approver = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was cancelled.")
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="batch_under_way", condition=Q(state__in=["prepared", "approved"])),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="batch_one_prepared", fields=["state"], condition=Q(state="prepared")),
            models.CheckConstraint(name="batch_counts_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(name="batch_by_four_eyes", condition=Q(approver=None) | ~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="batch_approved_by_somebody",
                condition=Q(state__in=["prepared", "cancelled"], approver=None, approved_at=None)
                | Q(state__in=["approved", "done"], approver__isnull=False, approved_at__isnull=False, lines__gt=0),
            ),
            models.CheckConstraint(
                name="batch_cancelled_by_somebody",
                condition=Q(state="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False) & ~Q(remark="")
                | (~Q(state="cancelled") & Q(cancelled_by=None, cancelled_at=None, remark="")),
            ),
            models.CheckConstraint(
                name="batch_done_when_done",
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"disbursement {self.number}"


class BatchLine(models.Model):
    """A file's line in a disbursement. It may be left out, with a reason, until the disbursement is approved; a line
    stands in at most one disbursement that it was not left out of."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="entries")
    file_line = models.ForeignKey(FileLine, on_delete=models.PROTECT, related_name="batch_lines")
    transfer = models.OneToOneField("payouts.Transfer", on_delete=models.PROTECT, null=True, related_name="batch_line")
    is_left_out = models.BooleanField(default=False)
    left_out_for = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="batch_line_of_one_batch", fields=["file_line"], condition=Q(is_left_out=False)
            ),
            models.CheckConstraint(
                name="batch_line_left_out_for_a_reason",
                condition=Q(is_left_out=True, transfer=None) & ~Q(left_out_for="")
                | Q(is_left_out=False, left_out_for=""),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.file_line_id} in batch {self.batch_id}"


class InstantRule(models.Model):
    """Refunds of one cause and of at most so much leave at once, without file and disbursement, from ``valid_from`` on.
    One person makes a rule, another puts it in force; there is none unless two people want it."""

    class Via(models.TextChoices):
        B2C = "b2c", "To the phone"
        REVERSAL = "reversal", "By reversing the payment, where it is given back whole"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "In force"
        REFUSED = "refused", "Refused"
        ENDED = "ended", "Ended"

    cause = models.CharField(max_length=20, choices=Refund.Cause.choices)
    up_to_cents = models.BigIntegerField(help_text="The largest refund that it pays.")
    daily_limit_cents = models.BigIntegerField(help_text="What it pays in one day in Nairobi at most.")
    via = models.CharField(max_length=8, choices=Via.choices, default=Via.B2C)
    reason = models.CharField(max_length=300)
    valid_from = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decider = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="rule_one_of_a_cause", fields=["cause"], condition=Q(state__in=["proposed", "approved"])
            ),
            models.CheckConstraint(name="rule_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))),
            models.CheckConstraint(
                name="rule_limits",
                condition=Q(up_to_cents__gt=0, daily_limit_cents__gte=F("up_to_cents")),
            ),
            models.CheckConstraint(name="rule_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="rule_decided_by_somebody",
                condition=Q(state="proposed", decider=None, decided_at=None)
                | (~Q(state="proposed") & Q(decider__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="rule_ended_by_somebody",
                condition=Q(state="ended", ended_by__isnull=False, ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_by=None, ended_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"rule {self.pk} for {self.cause}"


class InstantPayment(models.Model):
    """A transfer that a rule released by itself, and the day in Nairobi whose limit it counts against."""

    rule = models.ForeignKey(InstantRule, on_delete=models.PROTECT, related_name="payments", db_index=False)
    transfer = models.OneToOneField("payouts.Transfer", on_delete=models.PROTECT, related_name="instant_payment")
    day = models.DateField()
    amount_cents = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["rule", "day"], name="instant_of_a_day")]

    def __str__(self) -> str:
        return f"{self.transfer_id} by {self.rule_id}"


class Redirection(models.Model):
    """A proposal to pay a refund to another number of its buyer's than the one that paid, and a second person's
    decision. Only an approved one changes where the money goes."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="redirections")
    payee = models.CharField(max_length=12, help_text="The MSISDN that is to be paid.")
    reason = models.CharField(max_length=300)
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decider = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="redirection_to_decide", condition=Q(state="proposed")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="redirection_one_open", fields=["refund"], condition=Q(state="proposed")),
            models.CheckConstraint(name="redirection_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))),
            models.CheckConstraint(name="redirection_payee", condition=Q(payee__regex=MSISDN)),
            models.CheckConstraint(name="redirection_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="redirection_decided_by_somebody",
                condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
            ),
        ]

    def __str__(self) -> str:
        return f"redirection {self.pk} of refund {self.refund_id}"


class Goodwill(models.Model):
    """A proposal to give a buyer something out of our own pocket, and a second person's decision. Only an approved one
    moves money. It is either a gift for a purchase, which becomes a refund of its own (with the key ``goodwill:<id>``),
    or what ``refund`` lacks of the least that M-PESA pays out."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Given"
        REFUSED = "refused", "Refused"

    purchase = models.ForeignKey("orders.Purchase", on_delete=models.PROTECT, null=True, related_name="goodwill")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="top_ups")
    amount_cents = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decider = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="goodwill_to_decide", condition=Q(state="proposed")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="goodwill_one_open_of_purchase", fields=["purchase"], condition=Q(state="proposed")
            ),
            models.UniqueConstraint(
                name="goodwill_one_open_of_refund", fields=["refund"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="goodwill_amount_mpesa_can_move",
                condition=(
                    Q(purchase__isnull=False, refund=None, amount_cents__gte=LEAST_CENTS)
                    & Q(Exact(Mod(F("amount_cents"), 100), 0))
                )
                | Q(purchase=None, refund__isnull=False, amount_cents__gt=0, amount_cents__lt=LEAST_CENTS),
            ),
            models.CheckConstraint(name="goodwill_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))),
            models.CheckConstraint(name="goodwill_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="goodwill_decided_by_somebody",
                condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
            ),
        ]

    def __str__(self) -> str:
        return f"goodwill {self.pk}"
