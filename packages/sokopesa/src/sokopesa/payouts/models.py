"""Instructions to M-PESA to pay out, the accounts they are paid from, and what we asked about them. What the database
refuses beyond the constraints here is in ``migrations/0001_initial.py`` and ``migrations/0002_telling.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from sokopesa.kernel.ids import time_ordered_uuid
from sokopesa.payments.models import MOST_CENTS

LEAST_CENTS = 1_000
"""KES 10: the least that M-PESA pays out by B2C (Daraja's documentation)."""


class Transfer(models.Model):
    """One instruction to M-PESA to move money out of an account of ours. It is given at most once.

    *sent* is committed before M-PESA is told, so whoever dies in between leaves a transfer that is asked after and
    never sent again. It goes back from *sent* to *released* in one case alone: M-PESA's gateway turned the call away at
    the door, or could not be reached, so that nothing was taken. *unknown* ends only by M-PESA's own word. What a
    transfer pays, to whom and how much never changes; money that came back goes out by another one, with the next
    ``attempt``.
    """

    class Purpose(models.TextChoices):
        REFUND = "refund", "Refund"
        SETTLEMENT = "settlement", "Payout to a seller"

    class Via(models.TextChoices):
        B2C = "b2c", "To a phone"
        REVERSAL = "reversal", "By reversing the payment"
        B2B = "b2b", "To a paybill or till"
        PORTAL = "portal", "By a file for M-PESA's portal"

    class State(models.TextChoices):
        PREPARED = "prepared", "Waits for approval"
        RELEASED = "released", "May be sent"
        SENT = "sent", "Sent to M-PESA"
        UNKNOWN = "unknown", "M-PESA has not said how it ended"
        PAID = "paid", "Paid"
        RETURNED = "returned", "Not paid"
        WITHDRAWN = "withdrawn", "Never sent"

    LIVE: ClassVar = (State.PREPARED, State.RELEASED, State.SENT, State.UNKNOWN)
    """States in which it may still be paid."""

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.PREPARED: (State.RELEASED, State.WITHDRAWN),
        State.RELEASED: (State.SENT, State.WITHDRAWN),
        State.SENT: (State.UNKNOWN, State.PAID, State.RETURNED, State.RELEASED),
        State.UNKNOWN: (State.PAID, State.RETURNED),
        State.PAID: (),
        State.RETURNED: (),
        State.WITHDRAWN: (),
    }
    """What may become what; the database holds the same table."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    key = models.CharField(max_length=80, unique=True, help_text="For instance refund:17:1:1: why it exists, once.")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    via = models.CharField(max_length=8, choices=Via.choices)
    account = models.CharField(max_length=64, help_text="The ledger account whose money it pays out.")
    refund = models.ForeignKey("refunds.Refund", on_delete=models.PROTECT, null=True, related_name="transfers")
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, null=True, related_name="transfers")
    shortcode = models.CharField(max_length=7, help_text="Ours, that pays.")
    payee = models.CharField(max_length=12, help_text="An MSISDN; by B2B a shortcode.")
    payee_reference = models.CharField(max_length=13, blank=True, default="", help_text="The account number, by B2B.")
    original_receipt = models.CharField(max_length=16, blank=True, default="", help_text="What a reversal reverses.")
    amount_cents = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=1, help_text="1, 2, … of what M-PESA does not move at once.")
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARED)
    code = models.CharField(max_length=16, blank=True, default="", help_text="M-PESA's result code, or our own word.")
    remark = models.CharField(max_length=200, blank=True, default="")
    receipt = models.CharField(max_length=16, blank=True, default="", help_text="M-PESA's, for what it paid.")
    conversation_id = models.CharField(
        max_length=64, blank=True, default="", help_text="M-PESA's, from the answer that it took the instruction."
    )
    their_originator_id = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Made by M-PESA for reversals and B2B, which take none of ours.",
    )
    token_digest = models.BinaryField(null=True, unique=True, help_text="SHA-256 of the secret in its result address.")
    prepared_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, help_text="When we began to hand it to M-PESA.")
    ended_at = models.DateTimeField(null=True, help_text="By M-PESA's clock where it paid.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was handed over, or we began to.")
    asked = models.PositiveSmallIntegerField(default=0)
    not_found = models.PositiveSmallIntegerField(
        default=0, help_text="How often M-PESA said, after its lifetime, that it knows nothing of it."
    )
    next_ask_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["released_at", "id"], name="transfer_to_send", condition=Q(state="released")),
            models.Index(fields=["next_ask_at"], name="transfer_to_ask", condition=~Q(next_ask_at=None)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="transfer_one_live_part",
                fields=["account", "part"],
                condition=Q(purpose="refund") & ~Q(state__in=["returned", "withdrawn"]),
            ),
            models.UniqueConstraint(name="transfer_receipt", fields=["receipt"], condition=~Q(receipt="")),
            models.CheckConstraint(
                name="transfer_pays_somebody",
                condition=Q(purpose="refund", refund__isnull=False, seller=None)
                | Q(purpose="settlement", refund=None, seller__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_amount_mpesa_can_move",
                condition=Q(amount_cents__gt=0, amount_cents__lte=MOST_CENTS)
                & (Q(amount_cents__gte=LEAST_CENTS) | Q(via="reversal"))
                & Q(Exact(Mod(F("amount_cents"), 100), 0)),
            ),
            models.CheckConstraint(
                name="transfer_payee",
                condition=Q(via="b2b", payee__regex=r"^[0-9]{5,7}$")
                | (~Q(via="b2b") & Q(payee__regex=r"^254[0-9]{9}$")),
            ),
            models.CheckConstraint(
                name="transfer_reverses_a_receipt",
                condition=Q(via="reversal", purpose="refund") & ~Q(original_receipt="")
                | (~Q(via="reversal") & Q(original_receipt="")),
            ),
            models.CheckConstraint(name="transfer_counts_from_one", condition=Q(part__gte=1, attempt__gte=1)),
            models.CheckConstraint(
                name="transfer_released_before_sent",
                condition=Q(state__in=["prepared", "withdrawn"]) | Q(released_at__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_sent_when_sent",
                condition=Q(state__in=["prepared", "released", "withdrawn"], sent_at=None)
                | Q(state__in=["sent", "unknown", "paid", "returned"], sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_ended_when_over",
                condition=Q(state__in=["prepared", "released", "sent", "unknown"], ended_at=None)
                | Q(state__in=["paid", "returned", "withdrawn"], ended_at__isnull=False, next_ask_at=None),
            ),
            models.CheckConstraint(
                name="transfer_receipt_when_paid",
                condition=Q(state="paid") & ~Q(receipt="") | (~Q(state="paid") & Q(receipt="")),
            ),
            models.CheckConstraint(name="transfer_returned_for_a_reason", condition=~Q(state="returned") | ~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def originator_id(self) -> str:
        """Our own OriginatorConversationID: M-PESA takes each once, and finds the transaction by it."""
        return f"SOKO-{self.id.hex}"

    @property
    def asked_by(self) -> str:
        """The OriginatorConversationID by which M-PESA finds it; empty where we never learned it."""
        return self.originator_id if self.via == self.Via.B2C else self.their_originator_id

    @property
    def is_live(self) -> bool:
        """Whether it may still be paid."""
        return self.state in self.LIVE


class Payer(models.Model):
    """One of our shortcodes that pays out: at what pace, whether it may at present, and what M-PESA told of its float.

    ``next_send_at`` and ``next_ask_at`` hand out turns to all workers. ``proven_at`` is when M-PESA last accepted the
    API operator with this ``fingerprint``; as long as that is not lately, one instruction a minute goes out, because
    three wrong credentials lock the operator.
    """

    shortcode = models.CharField(max_length=7, primary_key=True)
    next_send_at = models.DateTimeField()
    next_ask_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    stopped_at = models.DateTimeField(null=True, help_text="Nothing is sent from then on, until a person says so.")
    stopped_for = models.CharField(max_length=200, blank=True, default="")
    short_at = models.DateTimeField(null=True, help_text="M-PESA said that there is too little in it.")
    needs_cents = models.BigIntegerField(default=0, help_text="So much there has to be before anything else is sent.")
    told_cents = models.BigIntegerField(null=True, help_text="Its Utility Account, as M-PESA told last.")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="payer_stopped_for_a_reason",
                condition=Q(stopped_at=None, stopped_for="") | (Q(stopped_at__isnull=False) & ~Q(stopped_for="")),
            ),
            models.CheckConstraint(
                name="payer_told_at_a_moment",
                condition=Q(told_cents=None, told_at=None) | Q(told_cents__isnull=False, told_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.shortcode


class ToldBalance(models.Model):
    """What M-PESA said that one of a payer's accounts holds: a point of its history. The newest are all there; of older
    ones the last of each hour, later of each day in Nairobi (`sokopesa.payouts.history`)."""

    UTILITY = "Utility Account"

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="told")
    account = models.CharField(max_length=60, help_text="As M-PESA calls it.")
    cents = models.BigIntegerField()
    told_at = models.DateTimeField(help_text="When that was so, by M-PESA's clock.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="balance_told_of_a_moment", fields=["payer", "account", "told_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.payer_id} {self.account}: {self.cents}"


class Question(models.Model):
    """One question to M-PESA, whose answer comes to an address with a secret of its own: what became of a transfer,
    what a receipt is that customers' money came with, or (without either) what the account holds."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="questions")
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, related_name="questions")
    receipt = models.CharField(max_length=16, blank=True, default="")
    token_digest = models.BinaryField(unique=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["asked_at"], name="question_by_age")]
        constraints: ClassVar = [
            models.CheckConstraint(name="question_about_one_thing", condition=Q(transfer=None) | Q(receipt="")),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"
