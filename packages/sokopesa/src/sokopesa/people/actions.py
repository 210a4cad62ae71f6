"""What changes about people: they prove a phone number, and keep an address book."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from sokopesa.people.models import Address, User


def account_of(*, phone: str) -> User:
    """The person known by this MSISDN, or a new account for it."""
    user, _ = User.objects.get_or_create(phone=phone, defaults={"password": make_password(None)})
    return user


def verify_phone(*, user: User, now: datetime) -> None:
    """The person has shown at ``now`` that they read the SMS sent to their phone."""
    user.phone_verified_at = now
    user.save(update_fields=["phone_verified_at"])


def speak(*, user: User, language: str) -> None:
    """The person is told things in this language (``en`` or ``sw``) from now on."""
    user.language = language
    user.save(update_fields=["language"])


@transaction.atomic
def save_address(*, user: User, address: Address, make_default: bool = False) -> Address:
    """Keep ``address``, new or changed, in the person's book. The first one becomes the default.

    A person who gave us no name yet is known by the recipient's from now on.
    """
    User.objects.select_for_update().get(pk=user.pk)
    address.user = user
    has_default = user.addresses.filter(is_default=True).exclude(pk=address.pk).exists()
    if make_default and has_default:
        user.addresses.filter(is_default=True).update(is_default=False)
    address.is_default = address.is_default or make_default or not has_default
    address.save()
    if not user.name:
        user.name = address.recipient
        user.save(update_fields=["name"])
    return address


@transaction.atomic
def make_default(*, address: Address) -> None:
    """Offer this address first from now on."""
    User.objects.select_for_update().get(pk=address.user_id)
    Address.objects.filter(user=address.user_id, is_default=True).update(is_default=False)
    Address.objects.filter(pk=address.pk).update(is_default=True)


@transaction.atomic
def delete_address(*, address: Address) -> None:
    """Take an address out of the book. If it was the default, the newest of the others takes its place."""
    User.objects.select_for_update().get(pk=address.user_id)
    address.delete()
    rest = Address.objects.filter(user=address.user_id)
    if not rest.filter(is_default=True).exists() and (newest := rest.order_by("-created_at", "-pk").first()):
        make_default(address=newest)
