"""Who takes part in the market: people with a verified phone number, sellers, and where parcels go."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone

HOME_COUNTRY = "KE"
"""ISO 3166 code of the country in which a seller counts as domestic."""

LANGUAGES = [("en", "English"), ("sw", "Kiswahili")]
"""In which people are told things."""

MSISDN = r"^254[17][0-9]{8}$"
"""A Kenyan mobile number as it is stored: twelve digits, no plus sign."""


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in with a code sent to their phone, so that none of them has a password."""

    def create_user(self, phone: str, *, name: str = "") -> User:
        """Store a person known by ``phone`` (a 12-digit MSISDN)."""
        user = self.model(phone=phone, name=name)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by the one phone number whose SMS they can read. Times are in UTC."""

    phone = models.CharField(max_length=12, unique=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(null=True, blank=True, unique=True)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "phone"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(phone__regex=MSISDN), name="user_phone_is_msisdn"),
            models.CheckConstraint(
                name="user_confirmed_an_email", condition=Q(email_confirmed_at=None) | Q(email__isnull=False)
            ),
        ]
        permissions: ClassVar = [
            ("see_desk", "See the operators' desk"),
            ("release_money", "Propose and approve where unmatched money goes"),
            ("rule_disputes", "Rule on disputes between buyers and sellers"),
        ]

    def __str__(self) -> str:
        return self.name or self.phone


class FactorUse(models.Model):
    """What a person's second factor was used for so far, so that a code works once and guessing ends soon.

    ``last_step`` is the half minute, counted from 1970, whose code was taken last; the database lets it only grow.
    ``wrong`` counts wrong codes since the last right one.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    last_step = models.BigIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="factor_is_locked_by_wrong_codes", condition=Q(locked_until=None) | Q(wrong__gte=1)
            )
        ]

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class Seller(models.Model):
    """A shop that offers goods, at home or abroad."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    about = models.TextField(blank=True)
    town = models.CharField(max_length=60)
    country = models.CharField(max_length=2, default=HOME_COUNTRY)
    rating = models.DecimalField(max_digits=2, decimal_places=1, null=True, blank=True)
    joined_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="seller_country_is_iso"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=0, rating__lte=5),
                name="seller_rating_within_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_domestic(self) -> bool:
        """Whether the shop is in Kenya, so that its parcels cross no customs."""
        return self.country == HOME_COUNTRY


class SellerMember(models.Model):
    """A person who acts for a shop: ships its orders and answers in its name. One person may act for several."""

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="member_once", fields=["seller", "user"])]

    def __str__(self) -> str:
        return f"{self.user} of {self.seller}"


class Address(models.Model):
    """Where a person's parcels go: a door, or a box at a post office. The other kind's fields stay empty."""

    class Kind(models.TextChoices):
        STREET = "street", "Street or building"
        PO_BOX = "po_box", "P.O. Box"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=6, choices=Kind)
    recipient = models.CharField(max_length=80)
    phone = models.CharField(max_length=12)

    building = models.CharField(max_length=100, blank=True)
    street = models.CharField(max_length=100, blank=True)
    landmark = models.CharField(max_length=100, blank=True)
    town = models.CharField(max_length=60, blank=True)
    county = models.CharField(max_length=20, blank=True)

    box_number = models.CharField(max_length=40, blank=True)
    postcode = models.CharField(max_length=5, blank=True)
    post_office = models.CharField(max_length=60, blank=True)

    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(phone__regex=MSISDN), name="address_phone_is_msisdn"),
            models.CheckConstraint(condition=~Q(recipient=""), name="address_has_recipient"),
            models.CheckConstraint(
                condition=(
                    Q(kind="street", box_number="", postcode="", post_office="")
                    & ~Q(building="", street="")
                    & ~Q(town="")
                    & ~Q(county="")
                )
                | (
                    Q(kind="po_box", building="", street="", landmark="", town="", county="")
                    & Q(box_number__regex=r"^([1-9][0-9]{0,5}|Private Bag( .+)?|Poste Restante)$")
                    & Q(postcode__regex=r"^[0-9]{5}$")
                    & ~Q(post_office="")
                ),
                name="address_is_complete_for_its_kind",
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(is_default=True), name="address_one_default_per_user"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.lines())

    def lines(self) -> list[str]:
        """The address as Kenyans write it on a parcel, top line first, without phone and country."""
        if self.kind == self.Kind.PO_BOX:
            numbered = self.box_number.isdigit()
            box = f"P.O. Box {self.box_number}" if numbered else self.box_number
            return [self.recipient, f"{box} - {self.postcode}", self.post_office.upper()]
        near = f"Near {self.landmark}" if self.landmark else ""
        place = self.town if self.town == self.county else f"{self.town}, {self.county} County"
        return [line for line in (self.recipient, self.building, self.street, near, place) if line]
