"""Disputes. What the database refuses beyond the constraints here is in ``migrations/0002_disputes.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from sokopesa.aftersale.disputes.numbers import NUMBER
from sokopesa.kernel.money import CENTS

LEAST_CENTS = 1000
"""The least that can be sent back by itself: M-PESA pays out KES 10 and more (domain: B2C minimum)."""

LONGEST_WORDS = 2000


class Kind(models.TextChoices):
    """The two things that a buyer can ask for (R47), and what a refusal leaves of them."""

    RETURN = "return", "Return Goods"
    REFUND_ONLY = "refund_only", "Refund Only"
    NOTHING = "nothing", "No refund"


class Side(models.TextChoices):
    """Who says something in a dispute."""

    BUYER = "buyer", "Buyer"
    SELLER = "seller", "Seller"
    MARKET = "market", "The market"


class Dispute(models.Model):
    """A buyer's claim about one line of an order. It holds the claim as it stands now; `Plan` has every version.

    ``whole_cents`` is what a full refund of the line means: what was paid for the pieces shipped, with their share of
    the shipping, as it was when the dispute was opened.
    """

    class State(models.TextChoices):
        AWAITING_SELLER = "awaiting_seller", "The seller has to answer"
        NEGOTIATING = "negotiating", "Buyer and seller have to agree"
        SENDING_BACK = "sending_back", "The buyer has to send the goods back"
        COMING_BACK = "coming_back", "The goods are on their way back"
        WITH_MEDIATOR = "with_mediator", "The market decides"
        RULED = "ruled", "Decided; an appeal is possible"
        APPEALED = "appealed", "Appealed; the market decides again"
        CLOSED = "closed", "Closed"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.AWAITING_SELLER: (State.NEGOTIATING, State.SENDING_BACK, State.CLOSED),
        State.NEGOTIATING: (State.SENDING_BACK, State.WITH_MEDIATOR, State.CLOSED),
        State.SENDING_BACK: (State.COMING_BACK, State.CLOSED),
        State.COMING_BACK: (State.WITH_MEDIATOR, State.CLOSED),
        State.WITH_MEDIATOR: (State.RULED, State.SENDING_BACK, State.CLOSED),
        State.RULED: (State.APPEALED, State.SENDING_BACK, State.CLOSED),
        State.APPEALED: (State.SENDING_BACK, State.CLOSED),
        State.CLOSED: (),
    }
    """What may become what; the database holds the same table."""

    class Outcome(models.TextChoices):
        WITHDRAWN = "withdrawn", "The buyer withdrew it"
        AGREED = "agreed", "Buyer and seller agreed"
        UNANSWERED = "unanswered", "The seller did not answer, so the claim was granted"
        RETURNED = "returned", "The goods came back"
        NO_ADDRESS = "no_address", "The seller named no address to send the goods to"
        NOT_RETURNED = "not_returned", "The goods were not sent back in time"
        RULED = "ruled", "The market decided"

    number = models.CharField(max_length=11, unique=True, help_text="What people read out.")
    key = models.UUIDField(unique=True, help_text="Of the form that opened it, so that pressing twice opens one.")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="disputes")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=20)
    received = models.BooleanField(help_text="Whether the buyer has the goods; the reason says so.")
    amount_cents = models.BigIntegerField(help_text="What the buyer claims.")
    whole_cents = models.BigIntegerField()
    details = models.CharField(max_length=LONGEST_WORDS)
    state = models.CharField(max_length=16, choices=State.choices, default=State.AWAITING_SELLER)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    protection_left = models.DurationField(null=True, help_text="What was left of the order's protection; it rests.")
    return_to = models.CharField(max_length=300, blank=True, default="", help_text="Where the goods go back to.")
    return_carrier = models.CharField(max_length=60, blank=True, default="")
    return_tracking = models.CharField(max_length=60, blank=True, default="")
    sent_back_at = models.DateTimeField(null=True)
    came_back_at = models.DateTimeField(null=True, help_text="When the courier delivered them to the seller.")
    refunded_cents = models.BigIntegerField(default=0)
    refund = models.OneToOneField("refunds.Refund", on_delete=models.PROTECT, null=True, related_name="dispute")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["opened_at"], condition=~Q(state="closed"), name="dispute_live"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="dispute_number", condition=Q(number__regex=NUMBER)),
            models.UniqueConstraint(name="dispute_one_of_a_line", fields=["line"], condition=~Q(outcome="withdrawn")),
            models.CheckConstraint(
                name="dispute_claims_what_can_be",
                condition=Q(kind="return", received=True, amount_cents=F("whole_cents"))
                | Q(kind="refund_only", received=False, amount_cents=F("whole_cents"))
                | Q(kind="refund_only", received=True, amount_cents__gte=LEAST_CENTS)
                | Q(kind="refund_only", received=True, amount_cents=F("whole_cents")),
            ),
            models.CheckConstraint(
                name="dispute_within_the_line",
                condition=Q(
                    amount_cents__gt=0,
                    amount_cents__lte=F("whole_cents"),
                    refunded_cents__gte=0,
                    refunded_cents__lte=F("whole_cents"),
                ),
            ),
            models.CheckConstraint(name="dispute_in_whole_shillings", condition=Exact(Mod("amount_cents", CENTS), 0)),
            models.CheckConstraint(name="dispute_says_why", condition=~Q(details="") & ~Q(reason="")),
            models.CheckConstraint(
                name="dispute_ends_with_an_outcome",
                condition=(Q(state="closed", closed_at__isnull=False) & ~Q(outcome=""))
                | (~Q(state="closed") & Q(closed_at=None, outcome="")),
            ),
            models.CheckConstraint(
                name="dispute_refunds_when_closed",
                condition=Q(refunded_cents=0, refund=None)
                | (
                    Q(refunded_cents__gt=0, refund__isnull=False, state="closed")
                    & ~Q(outcome__in=["withdrawn", "not_returned"])
                ),
            ),
            models.CheckConstraint(
                name="dispute_goods_on_their_way_back",
                condition=(Q(sent_back_at=None, return_tracking="") & ~Q(state="coming_back"))
                | (Q(sent_back_at__isnull=False) & ~Q(return_tracking="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_live(self) -> bool:
        """Whether it is still to be decided."""
        return self.state != self.State.CLOSED


class Plan(models.Model):
    """How a side would end the dispute; the newest of each side counts. Never changed afterwards.

    A refusal is a plan of nothing. The market's plans are its rulings.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="plans")
    side = models.CharField(max_length=8, choices=Side.choices)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount_cents = models.BigIntegerField()
    words = models.CharField(max_length=LONGEST_WORDS)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="plan_side_is_known", condition=Q(side__in=["buyer", "seller", "market"])),
            models.CheckConstraint(
                name="plan_is_a_plan",
                condition=Q(kind="nothing", amount_cents=0) | Q(kind__in=["return", "refund_only"], amount_cents__gt=0),
            ),
            models.CheckConstraint(name="plan_in_whole_shillings", condition=Exact(Mod("amount_cents", CENTS), 0)),
            models.CheckConstraint(name="plan_says_why", condition=~Q(words="")),
            models.CheckConstraint(name="plan_of_a_buyer_asks", condition=~Q(side="buyer", kind="nothing")),
        ]

    def __str__(self) -> str:
        return f"{self.side}: {self.kind} {self.amount_cents}"


class Ruling(models.Model):
    """A mediator's decision. One that answers an appeal is somebody else's than the one appealed against, and nobody
    rules who is a party: the database sees to both."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="rulings")
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="ruling")
    mediator = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    appeal = models.OneToOneField(
        "aftersale.Appeal", on_delete=models.PROTECT, null=True, related_name="answer", help_text="What it answers."
    )
    ruled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Ruling on {self.dispute_id} at {self.ruled_at}"


class Appeal(models.Model):
    """A side asks for another mediator's decision. There is one in a dispute."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="appeal")
    ruling = models.OneToOneField(Ruling, on_delete=models.PROTECT, related_name="appealed")
    side = models.CharField(max_length=8, choices=Side.choices)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=LONGEST_WORDS)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="appeal_by_a_party", condition=Q(side__in=["buyer", "seller"])),
            models.CheckConstraint(name="appeal_says_why", condition=~Q(words="")),
        ]

    def __str__(self) -> str:
        return f"Appeal of the {self.side} in {self.dispute_id}"


class Evidence(models.Model):
    """A file that a side shows; it stays with the dispute for good. Private to both sides and to mediators."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="evidence")
    upload = models.OneToOneField("media.Upload", on_delete=models.PROTECT, related_name="evidence")
    side = models.CharField(max_length=8, choices=Side.choices)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="evidence_of_a_party", condition=Q(side__in=["buyer", "seller"])),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} of the {self.side}"


class DisputeEvent(models.Model):
    """One line of the dispute's timeline; never changed afterwards."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    by = models.CharField(max_length=8, choices=Side.choices)
    text = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.text} at {self.at}"


class DisputeDraft(models.Model):
    """What a buyer has filled in so far, as it was typed, until the dispute is opened."""

    buyer = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="draft_one_of_a_line", fields=["buyer", "line"])]

    def __str__(self) -> str:
        return f"Draft of {self.buyer_id} for line {self.line_id}"


class SupportReport(models.Model):
    """Something reported that belongs to no order of the person's. Support reads it at the desk."""

    number = models.CharField(max_length=11, unique=True)
    key = models.UUIDField(unique=True)
    reporter = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=120, blank=True, help_text="What the person searched for.")
    words = models.CharField(max_length=LONGEST_WORDS)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(answered_at=None), name="report_to_answer")]
        constraints: ClassVar = [
            models.CheckConstraint(name="report_says_something", condition=~Q(words="")),
            models.CheckConstraint(
                name="report_answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number
