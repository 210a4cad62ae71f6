"""Who works at the market, and in which role. Staff sign in as everybody does, by a code sent to their phone."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet, TextChoices

from sokopesa.people.actions import account_of
from sokopesa.people.errors import NotStaff
from sokopesa.people.models import User

SEE_DESK = "people.see_desk"
"""The permission to look at the operators' desk."""

RELEASE_MONEY = "people.release_money"
"""The permission to propose where unmatched money goes, and to approve what somebody else proposed."""


RULE_DISPUTES = "people.rule_disputes"
"""The permission to rule on disputes between buyers and sellers."""


class Role(TextChoices):
    """What a member of staff may do. Each is a group of Django's, made in ``migrations/0002_staff_groups.py`` and
    ``0003_seller_members.py``."""

    SUPPORT = "support", "Support: sees the desk"
    FINANCE = "finance", "Finance: sees the desk, and releases unmatched money"
    MEDIATOR = "mediator", "Mediator: sees the desk, and rules on disputes"


@transaction.atomic
def add_staff(*, phone: str, role: Role, name: str = "") -> User:
    """The person with this MSISDN works here in this role and no other; an account is opened if there is none."""
    user = User.objects.select_for_update().get(pk=account_of(phone=phone).pk)
    user.is_staff = True
    user.name = name or user.name
    user.save(update_fields=["is_staff", "name"])
    user.groups.set([Group.objects.get(name=role)])
    return user


@transaction.atomic
def remove_staff(*, phone: str) -> User:
    """The person works here no longer: from the next click on they see no desk. As a buyer they stay.

    Raises:
        NotStaff: nobody with this number works here.
    """
    user = User.objects.select_for_update().filter(phone=phone, is_staff=True).first()
    if user is None:
        raise NotStaff
    user.is_staff = False
    user.save(update_fields=["is_staff"])
    user.groups.clear()
    return user


def staff() -> QuerySet[User]:
    """Everybody who works here, with their groups, by name and number."""
    return User.objects.filter(is_staff=True).prefetch_related("groups").order_by("name", "phone")


def may(user: User, permission: str) -> bool:
    """Whether the person works here, still, and has the permission."""
    return user.is_active and user.is_staff and user.has_perm(permission)
