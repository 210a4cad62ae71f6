"""Secrets of people in the database: sealed with the market's own key, so that a copy of the database opens nothing."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from sokopesa.people.errors import FactorUnreadable


def seal(text: str) -> str:
    """The text as only this market's ``SOKOPESA_SECRET_KEY`` opens it again."""
    return _seal().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed.

    Raises:
        FactorUnreadable: it was sealed with another key, or altered.
    """
    try:
        return _seal().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise FactorUnreadable from error


def _seal() -> Fernet:
    digest = hashlib.sha256(b"sokopesa.people.sealing" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
