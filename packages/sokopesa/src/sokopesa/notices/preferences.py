"""What people want to be told, and how."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from sokopesa.notices.events import ALWAYS, Group
from sokopesa.notices.models import Preference
from sokopesa.people.models import User

CHOICES = tuple(group for group in Group if group is not Group.CODES)
"""The groups about which there is something to choose. Codes come by SMS, when asked for, and in no other way."""


def preferences_of(user: User) -> dict[Group, Preference]:
    """For each group of `CHOICES` what the person chose, or else what holds until they choose."""
    chosen = {preference.event_group: preference for preference in Preference.objects.filter(user=user)}
    return {group: chosen.get(group) or Preference(user=user, event_group=group) for group in CHOICES}


@transaction.atomic
def choose(*, user: User, sms: Collection[str], email: Collection[str] | None) -> None:
    """From now on the person is told of these groups by SMS and of those by e-mail, and of money by SMS in any case.

    Without ``email`` what they chose about e-mails stays.
    """
    Preference.objects.bulk_create(
        [
            Preference(
                user=user, event_group=group, sms=group in ALWAYS or group in sms, email=email is None or group in email
            )
            for group in CHOICES
        ],
        update_conflicts=True,
        unique_fields=["user", "event_group"],
        update_fields=["sms"] if email is None else ["sms", "email"],
    )
