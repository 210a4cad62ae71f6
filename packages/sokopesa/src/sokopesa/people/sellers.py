"""Who acts for a shop. Members sign in as everybody does, by a code sent to their phone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from sokopesa.people.actions import account_of
from sokopesa.people.errors import NotMember
from sokopesa.people.models import Seller, SellerMember, User


@transaction.atomic
def add_member(*, seller: Seller, phone: str, name: str = "") -> User:
    """The person with this MSISDN acts for the shop from now on; an account is opened if there is none."""
    user = account_of(phone=phone)
    if name and name != user.name:
        user.name = name
        user.save(update_fields=["name"])
    SellerMember.objects.get_or_create(seller=seller, user=user)
    return user


def remove_member(*, seller: Seller, phone: str) -> None:
    """The person acts for the shop no longer.

    Raises:
        NotMember: nobody with this number does.
    """
    deleted, _ = SellerMember.objects.filter(seller=seller, user__phone=phone).delete()
    if not deleted:
        raise NotMember(seller.name)


def sellers_of(user: User) -> QuerySet[Seller]:
    """The shops that the person acts for, by name."""
    return Seller.objects.filter(members__user=user).order_by("name")


def acts_for(user: User, seller_id: int) -> bool:
    """Whether the person may speak and act in this shop's name."""
    return user.is_active and SellerMember.objects.filter(user=user, seller_id=seller_id).exists()


def members_of(seller_ids: Iterable[int]) -> dict[int, list[User]]:
    """Those who act for each of the shops, the longest first. One query."""
    members: dict[int, list[User]] = {}
    known = SellerMember.objects.filter(seller_id__in=set(seller_ids), user__is_active=True)
    for member in known.select_related("user").order_by("id"):
        members.setdefault(member.seller_id, []).append(member.user)
    return members
