"""Tokens by which programs act for a buyer.

A token is signed, so a forged or outlived one is refused without a question to the database. It names the buyer and
carries a mark of the buyer's account, which `revoke` changes: from then on none of the buyer's tokens is good.
"""

from __future__ import annotations

import base64
import time
from datetime import datetime, timedelta
from hashlib import sha256

from django.core import signing
from django.http import HttpRequest
from ninja.security import HttpBearer

from sokopesa.kernel import clock
from sokopesa.kernel.rows import Rows
from sokopesa.people.models import User

_USERS = Rows(User, "person")
_SIGNER = signing.Signer(salt="sokopesa.api.token")
DAYS = 90
"""How long a token is good for, unless something else was asked for."""

REMEMBERED = 5.0
"""Seconds for which a process takes a buyer as read: as long as a revoked token may still be taken."""
_MOST_REMEMBERED = 10_000


def issue(user: User, *, days: int = DAYS, now: datetime) -> str:
    """A new token of this buyer, good for so many days."""
    until = int((now + timedelta(days=days)).timestamp())
    return _SIGNER.sign(f"{user.pk}.{until}.{_mark(user)}")


def revoke(user: User) -> None:
    """None of the buyer's tokens is good any longer, and every browser has to sign in again."""
    user.set_unusable_password()
    user.save(update_fields=["password"])


def read(token: str, *, now: datetime) -> tuple[int, str] | None:
    """The buyer's id and the mark of the account at issue; None if the token is forged or too old. Asks nobody."""
    try:
        user_id, until, mark = _SIGNER.unsign(token).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return (int(user_id), mark) if now.timestamp() < int(until) else None


def _mark(user: User) -> str:
    """Changes with the (unusable) password, and tells nothing about it."""
    digest = sha256(f"sokopesa.api:{user.pk}:{user.password}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


def _active(user_id: int) -> User | None:
    try:
        return _USERS.get("id = %s AND is_active", [user_id])
    except User.DoesNotExist:
        return None


class Token(HttpBearer):
    """``Authorization: Bearer <token>``."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[int, str], tuple[float, User]] = {}

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The buyer, read from the database at most every `REMEMBERED` seconds."""
        named = read(token, now=clock.now())
        if named is None:
            return None
        read_at, user = self._known.get(named, (0.0, None))
        if user is None or time.monotonic() - read_at > REMEMBERED:
            user = _active(named[0])
            if user is None or _mark(user) != named[1]:
                self._known.pop(named, None)
                return None
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[named] = (time.monotonic(), user)
        return user
