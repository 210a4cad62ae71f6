"""Numbers of disputes, which people read out on the telephone."""

from __future__ import annotations

import secrets

from sokopesa.orders.numbers import ALPHABET, REFERENCE_LENGTH

LETTER = "D"
NUMBER = rf"^{LETTER}[{ALPHABET}]{{{REFERENCE_LENGTH}}}$"
"""The shape of a dispute's number."""


def new_number() -> str:
    """A fresh random number: the letter D and ten characters of the alphabet that order references use."""
    return LETTER + "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))
