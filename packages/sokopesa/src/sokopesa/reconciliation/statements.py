"""What M-PESA says of our accounts: files that were taken in, their lines, and files that were brought to the desk.
Nothing of imports and lines is ours to decide, so nothing is changed or deleted afterwards; the database refuses both
(``migrations/0001_statements.py``; for uploads ``migrations/0004_together.py``). Amounts are cents, times aware.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from sokopesa.people.models import User


class Account(models.TextChoices):
    """The accounts of a shortcode, as M-PESA calls them, and one that is none: its list of pulled transactions, which
    names payments without their balances, and beside which the statement's own lines of the same payments stand."""

    UTILITY = "utility", "Utility Account"
    WORKING = "working", "Working Account"
    CHARGES = "charges", "Charges Paid Account"
    MERCHANT = "merchant", "Merchant Account"
    FLOAT = "float", "Float Account"
    SETTLEMENT = "settlement", "Organization Settlement Account"
    PULLED = "pulled", "Pulled transactions"


class StatementImport(models.Model):
    """One file, or one reading of M-PESA's list, that was taken in whole.

    ``opening_cents`` and ``closing_cents`` are the balances before its oldest and after its newest line; they are empty
    where it has no line with a balance. ``line_count`` counts the lines that were new, ``known_count`` those that an
    earlier file had brought, ``passed_over`` those of transactions that did not complete, which move nothing and are
    not kept. ``break_count`` is above 0 only where an operator took the file in although its balance does not follow.
    """

    class Source(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"
        PULL = "pull", "M-PESA's list"

    shortcode = models.CharField(max_length=7)
    account = models.CharField(max_length=10, choices=Account.choices)
    source = models.CharField(max_length=4, choices=Source.choices)
    file_name = models.CharField(max_length=200, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="", help_text="Of the file, in hexadecimal.")
    period_from = models.DateTimeField(help_text="The first second that it tells of.")
    period_until = models.DateTimeField(help_text="The last second that it tells of.")
    opening_cents = models.BigIntegerField(null=True)
    closing_cents = models.BigIntegerField(null=True)
    line_count = models.PositiveIntegerField()
    known_count = models.PositiveIntegerField(default=0)
    passed_over = models.PositiveIntegerField(default=0)
    break_count = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["shortcode", "account", "period_from"], name="statement_by_period"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="statement_taken_in_once", fields=["shortcode", "account", "sha256"], condition=~Q(sha256="")
            ),
            models.CheckConstraint(name="statement_shortcode", condition=Q(shortcode__regex=r"^[0-9]{5,7}$")),
            models.CheckConstraint(
                name="statement_account_is_known",
                condition=Q(
                    account__in=["utility", "working", "charges", "merchant", "float", "settlement"],
                    source__in=["csv", "xlsx"],
                )
                | Q(account="pulled", source="pull"),
            ),
            models.CheckConstraint(
                name="statement_file_is_known",
                condition=Q(source="pull", sha256="") | (~Q(file_name="") & Q(sha256__regex=r"^[0-9a-f]{64}$")),
            ),
            models.CheckConstraint(name="statement_period", condition=Q(period_until__gte=F("period_from"))),
            models.CheckConstraint(
                name="statement_opens_as_it_closes",
                condition=Q(opening_cents=None, closing_cents=None)
                | Q(opening_cents__isnull=False, closing_cents__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shortcode} {self.account}: {self.file_name or self.source}"


class StatementLine(models.Model):
    """One movement on one of our accounts, by M-PESA's own word. Only what completed is kept.

    A payment and its charge share a receipt; ``occurrence`` counts 1, 2, 3 where receipt and reason are the same.
    ``linked`` names the receipt that a charge or a reversal belongs to. ``balance_cents`` is the account's after this
    line, empty for pulled transactions. The import is checked a statement at a time, which costs far less than a
    foreign key's trigger for each row.
    """

    statement_import = models.ForeignKey(
        StatementImport, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    line_number = models.PositiveIntegerField(help_text="In the file, counted from 1; in M-PESA's list, its place.")
    shortcode = models.CharField(max_length=7)
    account = models.CharField(max_length=10, choices=Account.choices)
    receipt = models.CharField(max_length=16, db_collation="C")
    reason = models.CharField(max_length=80, db_collation="C", help_text="M-PESA's Reason Type: Pay Bill, …")
    occurrence = models.PositiveSmallIntegerField(default=1)
    completed_at = models.DateTimeField(help_text="By M-PESA's clock, to the second.")
    initiated_at = models.DateTimeField()
    paid_in_cents = models.BigIntegerField()
    withdrawn_cents = models.BigIntegerField()
    balance_cents = models.BigIntegerField(null=True)
    details = models.CharField(max_length=300, blank=True)
    other_party = models.CharField(max_length=200, blank=True, help_text="As it was told, often masked.")
    msisdn = models.CharField(max_length=12, blank=True, help_text="The other party's; empty where M-PESA hid it.")
    linked = models.CharField(max_length=16, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="The account number as the payer typed it.")

    class Meta:
        indexes: ClassVar = [
            # Lines arrive by the file and by time, so little tells where an import's or a day's are.
            BrinIndex(fields=["statement_import", "completed_at"], name="statement_line_when", pages_per_range=32),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="statement_line_once", fields=["receipt", "shortcode", "account", "reason", "occurrence"]
            ),
            models.CheckConstraint(
                name="statement_line_one_direction",
                condition=Q(paid_in_cents__gte=0, withdrawn_cents=0) | Q(paid_in_cents=0, withdrawn_cents__gt=0),
            ),
            models.CheckConstraint(
                name="statement_line_says_what", condition=~Q(receipt="") & ~Q(reason="") & Q(occurrence__gte=1)
            ),
            models.CheckConstraint(
                name="statement_line_has_a_balance",
                condition=Q(account="pulled", balance_cents=None) | (~Q(account="pulled") & ~Q(balance_cents=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} {self.reason}"


class StatementUpload(models.Model):
    """A statement that somebody brought to the desk, until a worker has taken it in or refused it; and for some weeks
    what became of it. What it says is a `StatementImport`'s. The file itself (`sokopesa.reconciliation.brought`) is
    deleted with the end of this, or after a day.

    ``done`` of ``total`` lines have come through ``stage``. ``faults`` has a {line, words, do} for what is wrong with
    it, or, where it was taken in, for each break of its balance that whoever brought it accepted.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a worker"
        READING = "reading", "Being taken in"
        TAKEN = "taken", "Taken in"
        KNOWN = "known", "Was known"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Not taken in"

    LIVE = (State.WAITING, State.READING)

    kept_as = models.UUIDField(unique=True, help_text="The name under which its bytes are kept.")
    file_name = models.CharField(max_length=200, help_text="As whoever brought it calls it.")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    shortcode = models.CharField(max_length=7, blank=True, help_text="Whose it is, where it does not say so itself.")
    account = models.CharField(max_length=10, blank=True)
    accept_breaks = models.BooleanField()
    brought_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    stage = models.CharField(max_length=8, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began it.")
    ended_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was not taken in, in words.")
    faults = models.JSONField(default=list)
    fault_count = models.PositiveIntegerField(default=0, help_text="All that were found; the first are in faults.")
    whole = models.ForeignKey(StatementImport, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["brought_at"], name="upload_by_time"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="upload_under_way_once",
                fields=["sha256", "shortcode", "account", "accept_breaks"],
                condition=Q(state__in=["waiting", "reading"]),
            ),
            models.CheckConstraint(
                name="upload_ends_as_it_ends",
                condition=Q(state__in=["waiting", "reading"], ended_at=None, whole=None)
                | Q(state__in=["taken", "known"], ended_at__isnull=False, whole__isnull=False)
                | Q(state__in=["refused", "failed"], ended_at__isnull=False, whole=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.state}"

    @property
    def is_live(self) -> bool:
        """Whether it may still be taken in by itself."""
        return self.state in self.LIVE
