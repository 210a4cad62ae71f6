"""An e-mail address is a person's once they, signed in, opened the link sent to it. Nothing else goes there before."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core import signing
from django.db import IntegrityError, transaction

from sokopesa.people.errors import EmailTaken, LinkExpired
from sokopesa.people.models import User

LINK_WORKS = timedelta(days=3)
_SALT = "sokopesa.people.emails"


def token_for(*, user: User, email: str) -> str:
    """What the link to this address holds: whose it is to be, signed by us. It works for `LINK_WORKS`."""
    return signing.dumps([user.pk, normalised(email)], salt=_SALT, compress=True)


def address_in(token: str, *, user: User) -> str:
    """The address that this person may prove by the token.

    Raises:
        LinkExpired: it is too old, not ours, or was made for somebody else.
    """
    try:
        user_id, email = signing.loads(token, salt=_SALT, max_age=LINK_WORKS)
    except signing.BadSignature as error:
        raise LinkExpired from error
    if user_id != user.pk:
        raise LinkExpired
    return str(email)


@transaction.atomic
def confirm(*, user: User, token: str, now: datetime) -> str:
    """The address is the person's from now on, in place of any they had. Opening the link again changes nothing.

    Raises:
        LinkExpired: see `address_in`.
        EmailTaken: another account proved it first.
    """
    email = address_in(token, user=user)
    person = User.objects.select_for_update().get(pk=user.pk)
    if person.email == email and person.email_confirmed_at:
        return email
    person.email, person.email_confirmed_at = email, now
    try:
        with transaction.atomic():
            person.save(update_fields=["email", "email_confirmed_at"])
    except IntegrityError as error:
        raise EmailTaken from error
    return email


def forget(*, user: User) -> None:
    """Nothing is sent to the person's address any more, and somebody else may prove it."""
    User.objects.filter(pk=user.pk).update(email=None, email_confirmed_at=None)


def normalised(email: str) -> str:
    """The address with its domain in lower case, as two spellings of one are the same."""
    local, _, domain = email.strip().rpartition("@")
    return f"{local}@{domain.lower()}"
