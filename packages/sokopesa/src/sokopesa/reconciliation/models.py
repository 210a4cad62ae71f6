"""What we make of M-PESA's statements: verdicts, discrepancies, what people decide about them, and the close of each
day (``migrations/0002_matching.py``, ``0004_together.py``). Amounts are cents, times aware.

What M-PESA says by itself stands in `sokopesa.reconciliation.statements`, and what it said of receipts when it was
asked in `sokopesa.reconciliation.asked`.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sokopesa.people.models import User
from sokopesa.reconciliation.asked import Enquiry
from sokopesa.reconciliation.statements import Account, StatementImport, StatementLine, StatementUpload

__all__ = [
    "Account",
    "Beginning",
    "DayClose",
    "Discrepancy",
    "Enquiry",
    "JointResolution",
    "Note",
    "Progress",
    "Reading",
    "Resolution",
    "StatementImport",
    "StatementLine",
    "StatementUpload",
    "Verdict",
    "Waiting",
]


class Beginning(models.Model):
    """Where the comparison of one of our accounts with M-PESA's statement begins, and with what balance. It moves back
    while no day is closed; what lies before it is not compared."""

    code = models.CharField(primary_key=True, max_length=64, help_text="The account in our ledger.")
    shortcode = models.CharField(max_length=7)
    account = models.CharField(max_length=10, choices=Account.choices)
    begins_at = models.DateTimeField()
    balance_cents = models.BigIntegerField(help_text="M-PESA's, before the first line that is compared.")
    booked_cents = models.BigIntegerField(null=True, help_text="Ours at that moment, once it was looked up.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="beginning_of_one_account", fields=["shortcode", "account"]),
        ]

    def __str__(self) -> str:
        return self.code


class Reading(models.Model):
    """An import whose lines all have their verdicts or discrepancies. Ids are given in the order of commits, because
    whoever judges holds one lock; so an id says what was known when."""

    statement_import = models.OneToOneField(StatementImport, on_delete=models.PROTECT, related_name="reading")
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"reading of {self.statement_import_id}"


class Progress(models.Model):
    """One row: up to where the ledger was looked through for what no statement shows, and when M-PESA's list was last
    read for refunds that wait."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    entry = models.BigIntegerField(default=0, help_text="The last entry that was there.")
    snapshot = models.TextField(default="1:1:", help_text="PostgreSQL's own word for what was committed by then.")
    listed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="progress_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"up to entry {self.entry}"


class Waiting(models.Model):
    """A posting to one of our M-PESA accounts that no statement has shown yet."""

    posting = models.BigIntegerField(primary_key=True)
    entry = models.BigIntegerField()
    code = models.CharField(max_length=64)
    key = models.CharField(max_length=96)
    cents = models.BigIntegerField()
    happened_at = models.DateTimeField()
    receipt = models.CharField(max_length=16, blank=True, db_collation="C", help_text="That key or memo names.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["code", "happened_at"], name="waiting_by_time"),
            models.Index(fields=["receipt"], name="waiting_by_receipt", condition=~Q(receipt="")),
        ]

    def __str__(self) -> str:
        return self.key


class Discrepancy(models.Model):
    """A difference between our books and M-PESA's word, or a doubt about one. Each exists once, by its key.

    ``effect_cents`` is what it adds to books less statement; ``amount_cents`` is what it is about. It ends by itself
    when the other side arrives (*cleared*), or by two people (*resolved*). Its history is in its notes.
    """

    class Kind(models.TextChoices):
        MISSING_IN_STATEMENT = "missing_in_statement", "Not in M-PESA's statement"
        MISSING_IN_LEDGER = "missing_in_ledger", "Not in our books"
        AMOUNT_OVER = "amount_over", "Our books say more"
        AMOUNT_UNDER = "amount_under", "Our books say less"
        DUPLICATE_AT_MPESA = "duplicate_at_mpesa", "Twice in M-PESA's statement"
        DUPLICATE_IN_LEDGER = "duplicate_in_ledger", "Twice in our books"
        UNRESOLVED_GROUP = "unresolved_group", "Several that do not add up"
        WRONG_REFERENCE = "wrong_reference", "Another account number"
        LATE = "late", "Much later or earlier than booked"
        REVERSED = "reversed", "Taken back by M-PESA"
        FEE_DIFFERENCE = "fee_difference", "Another charge than the tariff's"
        FORGED_CALLBACK = "forged_callback", "Told by a message, and M-PESA knows nothing of it"
        UNKNOWN_PAYOUT = "unknown_payout", "Money left, and we do not know why"
        UNCONFIRMED_REFUND = "unconfirmed_refund", "A refund whose payment M-PESA does not show so"
        OPENING = "opening", "A balance from before the first statement"
        STATEMENT_DEFECT = "statement_defect", "M-PESA's statement does not add up"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLEARED = "cleared", "Explained by itself"
        RESOLVED = "resolved", "Resolved"

    key = models.CharField(max_length=96, unique=True, help_text="For instance line:17: why it exists, once.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(max_length=64, help_text="The account in our ledger.")
    line = models.ForeignKey(
        StatementLine, on_delete=models.PROTECT, null=True, related_name="discrepancies", db_constraint=False
    )
    posting = models.BigIntegerField(null=True, help_text="In our ledger.")
    entry = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=16, blank=True, db_collation="C")
    refund = models.ForeignKey("refunds.Refund", on_delete=models.PROTECT, null=True, related_name="+")
    amount_cents = models.BigIntegerField(help_text="What it is about; never negative.")
    effect_cents = models.BigIntegerField(help_text="What it adds to books less statement.")
    happened_at = models.DateTimeField(help_text="By M-PESA's clock, or ours where M-PESA knows nothing.")
    evidence = models.CharField(max_length=300, help_text="What is known, in words.")
    proposals = models.JSONField(default=list, help_text="What may explain it: {to, words, score}, best first.")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True, help_text="The note that tells of its end.")

    class Meta:
        verbose_name_plural = "discrepancies"
        indexes: ClassVar = [
            models.Index(fields=["opened_at", "id"], name="discrepancy_open", condition=Q(state="open")),
            models.Index(fields=["receipt"], name="discrepancy_by_receipt", condition=~Q(receipt="")),
            models.Index(fields=["posting"], name="discrepancy_by_posting", condition=~Q(posting=None)),
            models.Index(fields=["ended_by"], name="discrepancy_by_end", condition=~Q(ended_by=None)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="discrepancy_amount", condition=Q(amount_cents__gte=0)),
            models.CheckConstraint(
                name="discrepancy_kind_is_known",
                condition=Q(
                    kind__in=[
                        "missing_in_statement",
                        "missing_in_ledger",
                        "amount_over",
                        "amount_under",
                        "duplicate_at_mpesa",
                        "duplicate_in_ledger",
                        "unresolved_group",
                        "wrong_reference",
                        "late",
                        "reversed",
                        "fee_difference",
                        "forged_callback",
                        "unknown_payout",
                        "unconfirmed_refund",
                        "opening",
                        "statement_defect",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="discrepancy_ends_once",
                condition=Q(state="open", ended_at=None, ended_by=None)
                | Q(state__in=["cleared", "resolved"], ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.key}"


class Note(models.Model):
    """What was learned, said or done about a discrepancy. Append-only."""

    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the market.")
    text = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="note_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return self.text


class Verdict(models.Model):
    """A statement's line and a posting of ours that are the same movement; or, without a line, a posting that the
    resolution of a discrepancy has set off. Append-only.

    Most lines have one posting and most postings one line. Where one line is several postings, or several lines one,
    there is a verdict for each pair. Foreign keys are not checked by the row: a day has hundreds of thousands.
    """

    class Shape(models.TextChoices):
        ONE = "1:1", "One line, one posting"
        SPLIT = "1:n", "One line, several postings"
        GATHERED = "n:1", "Several lines, one posting"
        RESOLVED = "0:1", "Set off by a resolution"

    class How(models.TextChoices):
        RECEIPT = "receipt", "By its receipt"
        REFERENCE = "reference", "By the receipt that our entry names"
        PEOPLE = "people", "By two people"

    line = models.BigIntegerField(null=True)
    posting = models.BigIntegerField()
    discrepancy = models.ForeignKey(
        Discrepancy, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    shape = models.CharField(max_length=3, choices=Shape.choices)
    how = models.CharField(max_length=9, choices=How.choices)
    crosses = models.BooleanField(default=False, help_text="Whether line and posting are of different days in Nairobi.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="verdict_across_days", condition=Q(crosses=True)),
            models.Index(fields=["line"], name="verdict_of_split_lines", condition=Q(shape="1:n")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="verdict_line_and_posting", fields=["posting", "line"]),
            models.UniqueConstraint(name="verdict_one_of_a_line", fields=["line"], condition=~Q(shape="1:n")),
            models.UniqueConstraint(
                name="verdict_one_of_a_posting", fields=["posting"], condition=Q(shape__in=["1:n", "0:1"])
            ),
            models.CheckConstraint(
                name="verdict_shape",
                condition=Q(shape__in=["1:1", "1:n", "n:1"], line__isnull=False, discrepancy=None)
                | Q(shape="0:1", discrepancy__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: posting {self.posting}"


class Resolution(models.Model):
    """One person's proposal how to end a discrepancy, and another's decision on it. Approving books it, or it ends
    nothing. At most one stands. Of a proposal about several together each has one, with the joint's words."""

    class How(models.TextChoices):
        ALLOCATE = "allocate", "It belongs to this account"
        RETURN = "return", "Send it back to the payer"
        WRITE_OFF = "write_off", "Write it off"
        RECLASSIFY = "reclassify", "Book it to another account of ours"
        ACCEPT = "accept", "It is as it is; nothing is booked"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, related_name="resolutions")
    joint = models.ForeignKey("JointResolution", on_delete=models.PROTECT, null=True, related_name="resolutions")
    how = models.CharField(max_length=10, choices=How.choices)
    against = models.CharField(max_length=64, blank=True, help_text="The ledger account on the other side.")
    amount_cents = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decider = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")
    entry_key = models.CharField(max_length=96, blank=True, default="", help_text="What approving booked.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="resolution_to_decide", condition=Q(state="proposed")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="resolution_one_stands", fields=["discrepancy"], condition=Q(state__in=["proposed", "approved"])
            ),
            models.CheckConstraint(name="resolution_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))),
            models.CheckConstraint(
                name="resolution_books_somewhere",
                condition=Q(how__in=["accept", "return"], against="")
                | (Q(how__in=["allocate", "write_off", "reclassify"]) & ~Q(against="")),
            ),
            models.CheckConstraint(name="resolution_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="resolution_is_decided_by_somebody",
                condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()}: discrepancy {self.discrepancy_id}"


class JointResolution(models.Model):
    """One proposal about several discrepancies of one kind. Each is decided, booked and ended by a resolution of its
    own; this says what was proposed together, and stays. ``total_cents`` is what they book, or, where nothing is
    booked, what they are about."""

    kind = models.CharField(max_length=20, choices=Discrepancy.Kind.choices)
    how = models.CharField(max_length=10, choices=Resolution.How.choices)
    against = models.CharField(max_length=64, blank=True)
    count = models.PositiveIntegerField()
    total_cents = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="joint_has_several", condition=Q(count__gte=2)),
            models.CheckConstraint(name="joint_for_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()}: {self.count} together"


class DayClose(models.Model):
    """One account's day, closed: what our books and M-PESA's statement said, and every item between them. Append-only
    but for the second signature.

    The last three fields say what was known, so that the same can be computed again. ``items`` explain the difference
    to the cent.
    """

    code = models.CharField(max_length=64)
    day = models.DateField(help_text="In Nairobi.")
    opening_cents = models.BigIntegerField(help_text="By our books.")
    in_cents = models.BigIntegerField()
    out_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField()
    stated_opening_cents = models.BigIntegerField(help_text="By M-PESA's statement.")
    stated_in_cents = models.BigIntegerField()
    stated_out_cents = models.BigIntegerField()
    stated_closing_cents = models.BigIntegerField()
    items = models.JSONField(help_text="What is between them, each {kind, cents, receipt, words, discrepancy}.")
    open_count = models.PositiveIntegerField(help_text="Discrepancies among the items.")
    ledger_head = models.CharField(max_length=64)
    files = models.JSONField(help_text="SHA-256 of the statement's files, by name.")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    countersigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    countersigned_at = models.DateTimeField(null=True)
    knew = models.JSONField(help_text="The last entry, verdict, discrepancy, note and reading, and the snapshot.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-day"], name="close_by_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(name="close_of_a_day_once", fields=["code", "day"]),
            models.CheckConstraint(
                name="close_by_four_eyes",
                condition=Q(countersigned_by=None, countersigned_at=None)
                | (Q(countersigned_at__isnull=False) & ~Q(countersigned_by=F("signed_by"))),
            ),
            models.CheckConstraint(
                name="close_adds_up",
                condition=Q(closing_cents=F("opening_cents") + F("in_cents") - F("out_cents"))
                & Q(in_cents__gte=0, out_cents__gte=0, stated_in_cents__gte=0, stated_out_cents__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} on {self.day}"

    @property
    def difference_cents(self) -> int:
        """Books less statement at the end of the day."""
        return self.closing_cents - self.stated_closing_cents

    @property
    def is_signed(self) -> bool:
        """Whether nobody's signature is missing: with open items two people sign."""
        return not self.open_count or self.countersigned_by_id is not None
