"""Checkouts, purchases, orders, their lines and their timeline."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod, Right
from django.db.models.lookups import Exact

REFERENCE_TAIL = 5
"""The last characters of a reference have an index of their own, by which mistyped references are found."""


class Checkout(models.Model):
    """One walk from *Buy Now* to *Pay*. It keeps what was answered, so every step can be taken up again."""

    class Step(models.TextChoices):
        REVIEW = "review"
        ADDRESS = "address"
        METHOD = "method"
        NUMBER = "number"
        PAY = "pay"
        PLACED = "placed"

    class Method(models.TextChoices):
        MPESA = "mpesa", "M-PESA"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    buyer = models.ForeignKey("people.User", on_delete=models.CASCADE, null=True, related_name="checkouts")
    offer = models.ForeignKey("catalog.Offer", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    reviewed = models.BooleanField(default=False)
    address = models.ForeignKey("people.Address", on_delete=models.SET_NULL, null=True, related_name="+")
    payment_method = models.CharField(max_length=8, choices=Method.choices, blank=True, default="")
    msisdn = models.CharField(max_length=12, blank=True, default="")
    purchase = models.OneToOneField("orders.Purchase", on_delete=models.PROTECT, null=True, related_name="checkout")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="checkout_of_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="checkout_msisdn", condition=Q(msisdn="") | Q(msisdn__regex=r"^254[0-9]{9}$")),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def step(self) -> Step:
        """The first thing that is still missing."""
        answers = (
            (self.reviewed, self.Step.REVIEW),
            (self.buyer_id and self.address_id, self.Step.ADDRESS),
            (self.payment_method, self.Step.METHOD),
            (self.msisdn, self.Step.NUMBER),
            (self.purchase_id, self.Step.PAY),
        )
        return next((step for answered, step in answers if not answered), self.Step.PLACED)


class HeldRate(models.Model):
    """The exchange rate that a checkout was promised: what it was, of what day, who said so, and until when it holds.

    A copy, so that nothing that becomes of `sokopesa.catalog.models.ExchangeRate` alters what was promised.
    """

    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="held_rates")
    currency = models.CharField(max_length=3)
    kes_per_unit = models.DecimalField(max_digits=12, decimal_places=4)
    as_of = models.DateField()
    source = models.CharField(max_length=120)
    quoted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="held_rate_once_per_checkout", fields=["checkout", "currency"]),
            models.CheckConstraint(
                name="held_rate_is_a_rate", condition=Q(kes_per_unit__gt=0) & ~Q(source="") & ~Q(currency="KES")
            ),
            models.CheckConstraint(name="held_rate_expires", condition=Q(expires_at__gt=F("quoted_at"))),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = KES {self.kes_per_unit} until {self.expires_at}"

    def holds(self, now: datetime) -> bool:
        """Whether the promise still stands."""
        return now < self.expires_at


class Purchase(models.Model):
    """What one payment is for. Amounts are whole shillings, kept in cents and frozen when it is placed."""

    class State(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", "Awaiting payment"
        PAID = "paid", "Paid"
        LAPSED = "lapsed", "Not paid in time"
        CANCELLED = "cancelled", "Cancelled"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.AWAITING_PAYMENT: (State.PAID, State.LAPSED, State.CANCELLED),
        State.PAID: (),
        State.LAPSED: (State.PAID,),
        State.CANCELLED: (State.PAID,),
    }
    """What may become what; the database holds the same table. What is over becomes paid only by being revived."""

    number = models.CharField(max_length=16, unique=True)
    reference = models.CharField(max_length=12, unique=True)
    buyer = models.ForeignKey(
        "people.User",
        on_delete=models.PROTECT,
        related_name="purchases",
        db_index=False,  # purchase_newest_of_buyer begins with it
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.AWAITING_PAYMENT)
    goods_cents = models.BigIntegerField()
    shipping_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-placed_at", "-id"], name="purchase_newest_of_buyer"),
            models.Index(Right("reference", REFERENCE_TAIL), name="purchase_reference_tail"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="purchase_number", condition=Q(number__regex=r"^[0-9]{16}$")),
            models.CheckConstraint(
                name="purchase_total", condition=Q(total_cents=F("goods_cents") + F("shipping_cents"))
            ),
            models.CheckConstraint(
                name="purchase_in_whole_shillings",
                condition=Q(goods_cents__gt=0, shipping_cents__gte=0)
                & Q(Exact(Mod(F("goods_cents"), 100), 0))
                & Q(Exact(Mod(F("shipping_cents"), 100), 0)),
            ),
            models.CheckConstraint(
                name="purchase_paid_at_a_time",
                condition=Q(state__in=["awaiting_payment", "lapsed", "cancelled"], paid_at=None)
                | Q(state="paid", paid_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AwaitingPayment(models.Model):
    """A row for each purchase that awaits payment, kept by the database itself. It is an index: with ``state`` in none
    of the large table's own, a payment changes a purchase in place however many there are."""

    purchase = models.OneToOneField(
        Purchase, on_delete=models.PROTECT, primary_key=True, related_name="awaiting", db_constraint=False
    )
    placed_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purchase_id} since {self.placed_at}"


class Order(models.Model):
    """One seller's share of a purchase, with the promise made to the buyer frozen into it."""

    class State(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", "Awaiting payment"
        AWAITING_SHIPMENT = "awaiting_shipment", "Awaiting shipment"
        LAPSED = "lapsed", "Not paid in time"
        CANCELLED = "cancelled", "Cancelled"

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="orders")
    number = models.CharField(max_length=20, unique=True)
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=20, choices=State.choices, default=State.AWAITING_PAYMENT)
    goods_cents = models.BigIntegerField()
    shipping_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    deliver_to = models.JSONField(help_text="Lines of the address as it was then.")
    deliver_phone = models.CharField(max_length=12)
    promised_from = models.DateField()
    promised_until = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="order_total", condition=Q(total_cents=F("goods_cents") + F("shipping_cents"))),
            models.CheckConstraint(name="order_promise", condition=Q(promised_until__gte=F("promised_from"))),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """Goods of one offer. ``snapshot`` is the listing as it stood, against which a dispute compares."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    offer = models.ForeignKey("catalog.Offer", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    unit_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    snapshot = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="order_line_total", condition=Q(quantity__gte=1, total_cents=F("quantity") * F("unit_cents"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_id}"


class Event(models.Model):
    """One line of the timeline that buyer and support read; never changed afterwards. Its foreign keys are checked a
    statement at a time (``migrations/0002_marking_paid.py``)."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="events", db_constraint=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, related_name="events", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=32)
    text = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["id"]  # as we learned of it: M-PESA's clock is cut to whole seconds

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
