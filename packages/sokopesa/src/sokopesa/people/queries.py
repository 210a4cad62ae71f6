"""Reads about people that more than one face needs."""

from __future__ import annotations

from django.db.models import QuerySet

from sokopesa.kernel.rows import Rows
from sokopesa.people.models import Address, User

_ADDRESSES = Rows(Address, "address")


def addresses_of(user: User) -> QuerySet[Address]:
    """The person's address book, default first, then the newest."""
    return user.addresses.order_by("-is_default", "-created_at", "-pk")


def address_of(user_id: int, address_id: int) -> Address:
    """One out of the person's address book.

    Raises:
        Address.DoesNotExist: there is none, or it is somebody else's.
    """
    return _ADDRESSES.get("id = %s AND user_id = %s", [address_id, user_id])


def default_address(user: User) -> Address | None:
    """The address offered first, if the person has any."""
    return addresses_of(user).first()


def language_of(phone: str) -> str:
    """The language of the person with this MSISDN; English if there is none yet."""
    return User.objects.filter(phone=phone).values_list("language", flat=True).first() or "en"
