"""Prompts, receipts, what operators decide about receipts without a home, and the inbox in which M-PESA's messages are
kept before anybody acts on them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod, Now
from django.db.models.lookups import Exact

from sokopesa.kernel.ids import time_ordered_uuid

MOST_CENTS = 25_000_000
"""KES 250,000: the most that M-PESA moves in one transaction since August 2023 (Central Bank of Kenya)."""


class Prompt(models.Model):
    """One STK push: a request on a phone to pay for a purchase.

    *unknown* means that M-PESA has not told us how it ended; it ends only by M-PESA's own word. ``code`` is M-PESA's
    result code where it gave one, else one of `Ending`.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        SENT = "sent"
        UNKNOWN = "unknown"
        PAID = "paid"
        REFUSED = "refused"

    class Ending(models.TextChoices):
        """Why a prompt was refused when M-PESA gave no result code."""

        CREDENTIALS = "credentials", "M-PESA does not accept our own keys"
        BUSY = "busy", "M-PESA is too busy"
        DOWN = "down", "M-PESA cannot be reached"
        REJECTED = "rejected", "M-PESA rejects the request"
        NOT_FOUND = "not-found", "M-PESA knows nothing of it, and its lifetime has passed"
        WITHDRAWN = "withdrawn", "The order was cancelled before the request left us"

    LIVE: ClassVar = (State.REQUESTED, State.SENT, State.UNKNOWN)
    """States in which the buyer may still pay it, or may have paid it."""

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.REQUESTED: (State.SENT, State.UNKNOWN, State.PAID, State.REFUSED),
        State.SENT: (State.UNKNOWN, State.PAID, State.REFUSED),
        State.UNKNOWN: (State.PAID, State.REFUSED),
        State.REFUSED: (State.PAID,),
        State.PAID: (),
    }
    """What may become what; the database holds the same table. M-PESA has been seen to pay what it first refused."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    purchase = models.ForeignKey(
        "orders.Purchase",
        on_delete=models.PROTECT,
        related_name="prompts",
        db_index=False,  # prompt_attempt begins with it
    )
    attempt = models.PositiveSmallIntegerField(help_text="1 for the purchase's first prompt.")
    msisdn = models.CharField(max_length=12)
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.REQUESTED)
    code = models.CharField(max_length=16, blank=True, default="")
    token_digest = models.BinaryField(null=True, help_text="SHA-256 of the secret in the callback address.")
    merchant_request_id = models.CharField(max_length=64, blank=True, default="")
    checkout_request_id = models.CharField(max_length=64, blank=True, default="")
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, help_text="When we began to hand it to M-PESA.")
    ended_at = models.DateTimeField(null=True)
    asked = models.PositiveSmallIntegerField(default=0, help_text="How often we asked M-PESA how it ended.")
    last_asked_at = models.DateTimeField(null=True)
    next_ask_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["msisdn", "requested_at"], name="prompt_pace_of_phone"),
            BrinIndex(fields=["ended_at"], name="prompt_ended", pages_per_range=32),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="prompt_attempt", fields=["purchase", "attempt"]),
            models.UniqueConstraint(name="prompt_token", fields=["token_digest"]),
            models.UniqueConstraint(
                name="prompt_checkout_request_id", fields=["checkout_request_id"], condition=~Q(checkout_request_id="")
            ),
            models.CheckConstraint(
                name="prompt_state_is_known", condition=Q(state__in=["requested", "sent", "unknown", "paid", "refused"])
            ),
            models.CheckConstraint(name="prompt_msisdn", condition=Q(msisdn__regex=r"^254[17][0-9]{8}$")),
            models.CheckConstraint(
                name="prompt_amount_mpesa_can_move",
                condition=Q(amount_cents__gte=100, amount_cents__lte=MOST_CENTS)
                & Q(Exact(Mod(F("amount_cents"), 100), 0)),
            ),
            models.CheckConstraint(
                name="prompt_refused_for_a_reason", condition=~Q(state="refused") | (~Q(code="") & ~Q(code="0"))
            ),
            models.CheckConstraint(
                name="prompt_ended_when_over",
                condition=Q(state__in=["requested", "sent", "unknown"], ended_at=None)
                | Q(state__in=["paid", "refused"], ended_at__isnull=False, next_ask_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_id}-{self.attempt}"

    @property
    def is_live(self) -> bool:
        """Whether it may still be paid, or may have been paid without our knowing."""
        return self.state in self.LIVE


class LivePrompt(models.Model):
    """A row for each prompt that is live, kept by the database itself; a purchase has at most one.

    It is also an index: with ``state`` and ``next_ask_at`` in none of the large table's own, a prompt ends in place
    however many there are.
    """

    prompt = models.OneToOneField(
        Prompt, on_delete=models.PROTECT, primary_key=True, related_name="live", db_constraint=False
    )
    purchase = models.OneToOneField(
        "orders.Purchase", on_delete=models.PROTECT, related_name="live_prompt", db_constraint=False
    )
    next_ask_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return str(self.prompt_id)


class Pace(models.Model):
    """When M-PESA may next be asked, for all workers together: none asks a question of this kind before ``next_at``."""

    class Kind(models.TextChoices):
        QUERY = "query", "How a prompt ended"
        LIST = "list", "The list of payments"
        STATUS = "status", "What became of a receipt"

    kind = models.CharField(primary_key=True, max_length=8, choices=Kind.choices)
    next_at = models.DateTimeField()
    taken = models.BigIntegerField(default=0, help_text="Turns that were taken, ever.")

    def __str__(self) -> str:
        return f"{self.kind} from {self.next_at}"


class Receipt(models.Model):
    """A payment that M-PESA confirmed, under M-PESA's own number. Each has exactly one entry in the ledger.

    ``purchase`` is empty, and ``unplaced`` says why, while the money has no home. ``charge_cents`` is what M-PESA took
    from the payer on top: computed from the tariff named, because M-PESA does not report it to the payee. Foreign keys
    are checked a statement at a time (``migrations/0003_crediting.py``).
    """

    code = models.CharField(primary_key=True, max_length=16)
    prompt = models.OneToOneField(
        Prompt, on_delete=models.PROTECT, null=True, related_name="receipt", db_constraint=False
    )
    purchase = models.ForeignKey(
        "orders.Purchase",
        on_delete=models.PROTECT,
        null=True,
        related_name="receipts",
        db_constraint=False,
        db_index=False,  # receipt_one_pays_a_purchase is one
    )
    shortcode = models.CharField(max_length=7)
    msisdn = models.CharField(max_length=12, blank=True, default="", help_text="Empty where M-PESA hid it.")
    account = models.CharField(
        max_length=20, blank=True, default="", help_text="The account number as it was typed; empty for a prompt."
    )
    amount_cents = models.BigIntegerField()
    charge_cents = models.BigIntegerField()
    tariff = models.CharField(max_length=32)
    paid_at = models.DateTimeField(help_text="By M-PESA's clock.")
    learned_at = models.DateTimeField()
    learned_from = models.CharField(
        max_length=12,
        choices=[
            ("callback", "the prompt's callback"),
            ("confirmation", "a paybill confirmation"),
            ("pull", "pulled transactions"),
            ("status", "a transaction's status"),
            ("statement", "M-PESA's statement"),
        ],
    )
    unplaced = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["paid_at", "code"], name="receipt_without_home", condition=Q(purchase=None)),
            BrinIndex(fields=["learned_at"], name="receipt_learned", pages_per_range=32),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="receipt_amount", condition=Q(amount_cents__gt=0, charge_cents__gte=0)),
            models.UniqueConstraint(name="receipt_one_pays_a_purchase", fields=["purchase"]),
            models.CheckConstraint(
                name="receipt_has_a_home_or_a_reason",
                condition=Q(purchase__isnull=False, unplaced="") | (Q(purchase=None) & ~Q(unplaced="")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Release(models.Model):
    """One person's proposal to release a receipt's money from *unmatched*, and another's decision on it.

    A receipt has at most one release that is proposed or approved; the database also refuses an approver who is the
    maker, a change of what was proposed or decided, and an approval that did not give the receipt its purchase.
    """

    class Kind(models.TextChoices):
        PLACE = "place", "Pay an order with it"
        REFUND = "refund", "Send it back to the payer"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="releases")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    purchase = models.ForeignKey("orders.Purchase", on_delete=models.PROTECT, null=True, related_name="releases")
    unplaced = models.CharField(max_length=120, help_text="Why the money had no home when this was proposed.")
    reason = models.CharField(max_length=300, help_text="Why it belongs there, in the maker's words.")
    maker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decider = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="release_to_decide", condition=Q(state="proposed")),
            models.Index(fields=["-decided_at"], name="release_decided", condition=~Q(state="proposed")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="release_one_of_a_receipt", fields=["receipt"], condition=Q(state__in=["proposed", "approved"])
            ),
            models.CheckConstraint(name="release_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))),
            models.CheckConstraint(
                name="release_goes_somewhere",
                condition=Q(kind="place", purchase__isnull=False) | Q(kind="refund", purchase=None),
            ),
            models.CheckConstraint(name="release_for_a_reason", condition=~Q(reason="") & ~Q(unplaced="")),
            models.CheckConstraint(
                name="release_is_decided_by_somebody",
                condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.pk} of {self.receipt_id}"


class InboxMessage(models.Model):
    """What somebody posted to our callback door, byte for byte, kept before it was answered. The verdict says what
    settlement made of it; what nobody could use stays here for operators to see."""

    class Verdict(models.TextChoices):
        PAID = "paid", "A payment, booked"
        ENDED = "ended", "The prompt ended without payment"
        UNCLEAR = "unclear", "Not final; M-PESA is asked again"
        DOUBTFUL = "doubtful", "Does not fit the prompt; M-PESA is asked, nothing is booked on its word"
        REPEATED = "repeated", "Told before; no effect"
        STRANGER = "stranger", "The address carries no token of ours"
        UNTRUSTED = "untrusted", "Not from M-PESA's addresses"
        UNREADABLE = "unreadable", "Not a message of M-PESA's"
        NOT_OURS = "not-ours", "Not a customer's payment to our paybill"
        SET_ASIDE = "set-aside", "Settling it failed by a fault of ours; nothing was booked"

    ROUTINE: ClassVar = (Verdict.PAID, Verdict.ENDED, Verdict.REPEATED)
    """What nearly every message ends in; the others are few, and have an index of their own."""

    class Kind(models.TextChoices):
        STK = "stk", "How a prompt ended"
        CONFIRMATION = "confirmation", "A payment to the paybill, by prompt or by hand"
        RESULT = "result", "The status of a transaction that we enquired about"
        PAYOUT = "payout", "What became of money that we paid out"

    received_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.STK)
    token_digest = models.BinaryField()
    source = models.GenericIPAddressField(null=True)
    trusted = models.BooleanField(help_text="Whether the source is on the list of M-PESA's addresses.")
    headers = models.JSONField()
    body = models.BinaryField()
    settled_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="")
    remark = models.CharField(max_length=200, blank=True, default="")
    prompt = models.ForeignKey(
        Prompt, on_delete=models.PROTECT, null=True, related_name="messages", db_constraint=False, db_index=False
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="inbox_to_settle", condition=Q(settled_at=None)),
            models.Index(fields=["id"], name="inbox_payouts", condition=Q(settled_at=None, kind="payout")),
            models.Index(
                fields=["verdict", "id"],
                name="inbox_out_of_the_ordinary",
                condition=~Q(verdict__in=["", "paid", "ended", "repeated"]),
            ),
            BrinIndex(fields=["received_at"], name="inbox_received", pages_per_range=32),
            models.Index(
                fields=["received_at"],
                name="inbox_to_purge",
                condition=Q(verdict__in=["stranger", "untrusted", "unreadable"], prompt=None),
            ),
            models.Index(fields=["prompt"], name="inbox_of_prompt", condition=~Q(prompt=None)),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Enquiry(models.Model):
    """A receipt that a doubtful message named for a prompt. M-PESA is asked what it is; ``next_ask_at`` is empty once
    that is known, or has been asked often enough. Its answer comes to an address with a secret of its own."""

    prompt = models.ForeignKey(
        Prompt,
        on_delete=models.PROTECT,
        related_name="enquiries",
        db_index=False,  # enquiry_once begins with it
    )
    receipt = models.CharField(max_length=10)
    token_digest = models.BinaryField(null=True, unique=True)
    asked = models.PositiveSmallIntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_ask_at"], name="enquiry_to_ask", condition=~Q(next_ask_at=None)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="enquiry_once", fields=["prompt", "receipt"]),
            models.CheckConstraint(name="enquiry_receipt", condition=Q(receipt__regex=r"^[0-9A-Z]{10}$")),
        ]

    def __str__(self) -> str:
        return self.receipt


class AccessToken(models.Model):
    """The M-PESA access token that all our processes share. M-PESA ends an app's token whenever it gives a new one."""

    app = models.CharField(primary_key=True, max_length=128)
    value = models.CharField(max_length=256)
    expires_at = models.FloatField(help_text="Seconds since 1970, UTC.")

    def __str__(self) -> str:
        return self.app
