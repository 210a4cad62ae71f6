"""Checkouts, purchases, orders, their lines and their timeline."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod, Right
from django.db.models.lookups import Exact

DEFAULT_HANDLING_DAYS = 3

REFERENCE_TAIL = 5
"""The last characters of a reference have an index of their own, by which mistyped references are found."""


MOST_PIECES = 20
"""Of one offer in one order; more is a conversation with the seller."""


class Basket(models.Model):
    """What somebody has put aside to buy. A buyer has one; a guest's has no buyer and is known to the guest's session
    alone, until signing in makes it the buyer's."""

    buyer = models.OneToOneField("people.User", on_delete=models.CASCADE, null=True, related_name="basket")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"basket of {self.buyer_id or 'a guest'}"


class BasketItem(models.Model):
    """Pieces of one offer. ``seen_unit_cents`` is the price in shillings that the buyer has seen and not objected to;
    ``method`` is the way of sending that was chosen for the parcel, None for the default one."""

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="items", db_index=False)
    offer = models.ForeignKey("catalog.Offer", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    method = models.ForeignKey("catalog.ShippingMethod", on_delete=models.SET_NULL, null=True, related_name="+")
    seen_unit_cents = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="basket_item_once", fields=["basket", "offer"]),
            models.CheckConstraint(name="basket_item_pieces", condition=Q(quantity__gte=1, quantity__lte=MOST_PIECES)),
            models.CheckConstraint(name="basket_item_price", condition=Q(seen_unit_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_id}"


class Checkout(models.Model):
    """One walk from *Buy Now*, or from the basket, to *Pay*. It keeps what was answered, so every step can be taken up
    again. Lines of one that began ``from_basket`` leave the buyer's basket when they are bought."""

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
    from_basket = models.BooleanField(db_default=False)
    reviewed = models.BooleanField(default=False)
    address = models.ForeignKey("people.Address", on_delete=models.SET_NULL, null=True, related_name="+")
    payment_method = models.CharField(max_length=8, choices=Method.choices, blank=True, default="")
    msisdn = models.CharField(max_length=12, blank=True, default="")
    purchase = models.OneToOneField("orders.Purchase", on_delete=models.PROTECT, null=True, related_name="checkout")
    place_key = models.CharField(
        max_length=80, db_default="", help_text="By which a program knows its wish to place this again."
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="checkout_place_key", fields=["buyer", "place_key"], condition=~Q(place_key="")
            ),
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


class CheckoutLine(models.Model):
    """Pieces of one offer that a checkout is about."""

    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="lines", db_index=False)
    offer = models.ForeignKey("catalog.Offer", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="checkout_line_once", fields=["checkout", "offer"]),
            models.CheckConstraint(
                name="checkout_line_pieces", condition=Q(quantity__gte=1, quantity__lte=MOST_PIECES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_id}"


class CheckoutParcel(models.Model):
    """How the goods of one shipping profile are sent, if the buyer chose. Without a row they go the default way."""

    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="parcels", db_index=False)
    profile = models.ForeignKey("catalog.ShippingProfile", on_delete=models.PROTECT, related_name="+")
    method = models.ForeignKey("catalog.ShippingMethod", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="checkout_parcel_once", fields=["checkout", "profile"])]

    def __str__(self) -> str:
        return f"{self.profile_id} by {self.method_id}"


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


class NewlyPaid(models.Model):
    """A row for each purchase whose payment has come and whose orders have no deadline yet; see
    `sokopesa.orders.opening`. The database adds it when the purchase is paid."""

    purchase = models.OneToOneField(
        Purchase, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )

    def __str__(self) -> str:
        return str(self.purchase_id)


class Order(models.Model):
    """One seller's share of a purchase, with the promise made to the buyer frozen into it.

    ``refunded_cents`` is what of ``total_cents`` was given back since it was paid. The four overlays say what is
    pending beside the state: a request to cancel, a dispute, the seller's request for more time to ship, the buyer's
    for longer protection.
    """

    class State(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", "Awaiting payment"
        AWAITING_SHIPMENT = "awaiting_shipment", "Awaiting shipment"
        PARTLY_SHIPPED = "partly_shipped", "Partly shipped"
        SHIPPED = "shipped", "Shipped"
        DELIVERED = "delivered", "Delivered"
        COMPLETED = "completed", "Completed"
        REFUNDED = "refunded", "Refunded"
        LAPSED = "lapsed", "Not paid in time"
        CANCELLED = "cancelled", "Cancelled"

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        State.AWAITING_PAYMENT: (State.AWAITING_SHIPMENT, State.LAPSED, State.CANCELLED),
        State.AWAITING_SHIPMENT: (State.PARTLY_SHIPPED, State.SHIPPED, State.CANCELLED),
        State.PARTLY_SHIPPED: (State.SHIPPED, State.REFUNDED),
        State.SHIPPED: (State.DELIVERED, State.COMPLETED, State.REFUNDED),
        State.DELIVERED: (State.COMPLETED, State.REFUNDED),
        State.COMPLETED: (),
        State.REFUNDED: (),
        State.LAPSED: (State.AWAITING_SHIPMENT,),
        State.CANCELLED: (State.AWAITING_SHIPMENT,),
    }
    """What may become what; the database holds the same table. What is over comes back only by being revived, which
    nothing can be of which money was given back."""

    PAID: ClassVar = (State.AWAITING_SHIPMENT, State.PARTLY_SHIPPED, State.SHIPPED, State.DELIVERED)
    """States in which the market holds the buyer's money for the order."""

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
    handling_days = models.PositiveSmallIntegerField(
        db_default=DEFAULT_HANDLING_DAYS, help_text="Business days from payment within which the seller ships."
    )
    shipping_name = models.CharField(max_length=60, db_default="")
    is_tracked = models.BooleanField(db_default=False)
    shipped_at = models.DateTimeField(null=True, help_text="When the last parcel left.")
    delivered_at = models.DateTimeField(null=True, help_text="When the last parcel came, or the buyer confirmed.")
    completed_at = models.DateTimeField(null=True)
    refunded_cents = models.BigIntegerField(db_default=0)
    cancel_asked = models.BooleanField(db_default=False)
    disputed = models.BooleanField(db_default=False)
    ship_time_asked = models.BooleanField(db_default=False)
    protection_asked = models.BooleanField(db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="order_total", condition=Q(total_cents=F("goods_cents") + F("shipping_cents"))),
            models.CheckConstraint(name="order_promise", condition=Q(promised_until__gte=F("promised_from"))),
            models.CheckConstraint(
                name="order_refunded_within_total",
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("total_cents")),
            ),
            models.CheckConstraint(
                name="order_times",
                condition=(~Q(state__in=["shipped", "delivered", "completed"]) | Q(shipped_at__isnull=False))
                & (~Q(state="delivered") | Q(delivered_at__isnull=False))
                & (~Q(state="completed") | Q(completed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="order_refunded_whole", condition=~Q(state="refunded") | Q(refunded_cents=F("total_cents"))
            ),
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
    shipped_quantity = models.PositiveSmallIntegerField(db_default=0)
    cancelled_quantity = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="order_line_total", condition=Q(quantity__gte=1, total_cents=F("quantity") * F("unit_cents"))
            ),
            models.CheckConstraint(
                name="order_line_pieces_go_once",
                condition=Q(
                    shipped_quantity__gte=0,
                    cancelled_quantity__gte=0,
                    quantity__gte=F("shipped_quantity") + F("cancelled_quantity"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_id}"

    @property
    def open_quantity(self) -> int:
        """Pieces that are neither shipped nor cancelled."""
        return self.quantity - self.shipped_quantity - self.cancelled_quantity


class Clock(models.Model):
    """A deadline of an order: who is to do something, until when. What happens at zero is `sokopesa.orders.clocks`' to
    tell. ``subject`` is the id of the request or dispute that it belongs to, 0 where it is the order's own.

    Its order and shop are checked a statement at a time (``migrations/0011_clocks_checked_together.py``).
    """

    class Owner(models.TextChoices):
        BUYER = "buyer", "the buyer"
        SELLER = "seller", "the seller"
        EITHER = "either", "buyer or seller"
        CARRIER = "carrier", "the courier"
        MARKET = "market", "the market"

    class Kind(models.TextChoices):
        SHIP = "ship", "Ship"
        ANSWER_CANCEL = "answer_cancel", "Answer the request to cancel"
        ANSWER_SHIP_TIME = "answer_ship_time", "Answer the seller's request for time"
        DELIVER = "deliver", "Deliver"
        PROTECTION = "protection", "Confirm, or open a dispute"
        ANSWER_PROTECTION = "answer_protection", "Answer the request for longer protection"
        ANSWER_DISPUTE = "answer_dispute", "Answer the dispute"
        ANSWER_OFFER = "answer_offer", "Agree, or ask the market to decide"
        SEND_BACK = "send_back", "Send the goods back"
        TAKE_BACK = "take_back", "Confirm that the goods came back"
        RULE = "rule", "Rule on the dispute"
        APPEAL = "appeal", "Appeal against the ruling"

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="clocks", db_index=False, db_constraint=False
    )
    seller = models.ForeignKey(
        "people.Seller", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.BigIntegerField(db_default=0)
    owner = models.CharField(max_length=8, choices=Owner.choices)
    due_at = models.DateTimeField()
    reminded = models.PositiveSmallIntegerField(db_default=0, help_text="How many reminders were sent.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="clock_due"),
            models.Index(fields=["seller", "kind", "due_at"], name="clock_of_seller"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="clock_once", fields=["order", "kind", "subject"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} until {self.due_at}"


class Event(models.Model):
    """One line of the timeline that buyer and support read; never changed afterwards. Its foreign keys are checked a
    statement at a time (``migrations/0002_marking_paid.py``)."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="events", db_constraint=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, related_name="events", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=32)
    by = models.CharField(
        max_length=8, db_default="", help_text="buyer, seller, carrier, market, or nobody in particular."
    )
    text = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["id"]  # as we learned of it: M-PESA's clock is cut to whole seconds

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
