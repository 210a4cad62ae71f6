"""Parcels, what couriers say of them, and requests for more time. What the database refuses beyond the constraints
here is in ``migrations/0001_initial.py``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

MOST_DAYS = 30
"""As many days one request may ask for."""


class Shipment(models.Model):
    """A parcel that left the seller with all or some of an order's pieces. It never changes, but that it is delivered
    once. ``key`` is the form's, so that a parcel sent twice by a double press is stored once.
    """

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=40, blank=True, help_text="Empty where the seller named none.")
    tracking_number = models.CharField(max_length=40, blank=True, help_text="Capitals and digits, without spaces.")
    shipped_at = models.DateTimeField()
    shipped_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    delivered_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="shipment_tracked_once", fields=["tracking_number", "carrier"], condition=~Q(tracking_number="")
            ),
            models.CheckConstraint(
                name="shipment_tracking_number",
                condition=Q(tracking_number="") | (Q(tracking_number__regex=r"^[A-Z0-9]{5,40}$") & ~Q(carrier="")),
            ),
            models.CheckConstraint(
                name="shipment_delivered_after_shipping",
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("shipped_at")),
            ),
            models.CheckConstraint(name="shipment_has_a_key", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}".strip() or f"parcel {self.pk}"


class ShipmentLine(models.Model):
    """So many pieces of an order's line are in the parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="shipped")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="shipment_line_once", fields=["shipment", "line"]),
            models.CheckConstraint(name="shipment_line_of_something", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class TrackingEvent(models.Model):
    """What a courier says of a parcel. ``at`` is the courier's clock, ``learned_at`` ours; ``key`` is made of what is
    said, so the same word is stored once whichever way it comes. While nobody has registered the parcel, ``shipment``
    is empty; nothing else of an event ever changes.
    """

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", "Handed to the courier"
        IN_TRANSIT = "in_transit", "On its way"
        CUSTOMS = "customs", "With customs"
        OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
        DELIVERED = "delivered", "Delivered"
        RETURNED = "returned", "Going back to the sender"
        LOST = "lost", "Lost"

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, null=True, related_name="events")
    carrier = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=40)
    at = models.DateTimeField()
    learned_at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    place = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["tracking_number"], name="tracking_of_nobodys", condition=Q(shipment=None)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tracking_event_says_something",
                condition=~Q(tracking_number="")
                & ~Q(key="")
                & Q(
                    kind__in=[
                        "accepted",
                        "in_transit",
                        "customs",
                        "out_for_delivery",
                        "delivered",
                        "returned",
                        "lost",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tracking_number} {self.kind} at {self.at}"


class Extension(models.Model):
    """More days: to ship, which the seller asks and the buyer grants; or of protection, which the buyer asks and the
    seller grants, or gives unasked. What is decided stays decided.
    """

    class Kind(models.TextChoices):
        SHIP_TIME = "ship_time", "More time to ship"
        PROTECTION = "protection", "Longer protection"

    class State(models.TextChoices):
        ASKED = "asked", "Waits for an answer"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"
        UNANSWERED = "unanswered", "Not answered in time"
        SETTLED = "settled", "No longer needed"

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="extensions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    days = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    answered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="extension_asked_once", fields=["order", "kind"], condition=Q(state="asked")),
            models.CheckConstraint(name="extension_days", condition=Q(days__gte=1, days__lte=MOST_DAYS)),
            models.CheckConstraint(
                name="extension_is_decided_at_a_time",
                condition=Q(state="asked", answered_at=None, answered_by=None)
                | Q(state__in=["granted", "refused"], answered_at__isnull=False, answered_by__isnull=False)
                | Q(state__in=["unanswered", "settled"], answered_at__isnull=False, answered_by=None),
            ),
            models.CheckConstraint(name="extension_kind_is_known", condition=Q(kind__in=["ship_time", "protection"])),
        ]

    def __str__(self) -> str:
        return f"{self.days} days, {self.kind}, {self.state}"


class Feed(models.Model):
    """How far a courier's interface was read: the cursor that it gave with its last page."""

    name = models.CharField(max_length=200, unique=True)
    cursor = models.CharField(max_length=500, blank=True)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
