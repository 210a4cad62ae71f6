"""Numbers of settlements, which people read out on the telephone."""

from __future__ import annotations

import secrets

from sokopesa.orders.numbers import ALPHABET, REFERENCE_LENGTH

LETTER = "S"
NUMBER = rf"^{LETTER}[{ALPHABET}]{{{REFERENCE_LENGTH}}}$"
"""The shape of a settlement's number."""


def new_number() -> str:
    """A fresh random number: the letter S and ten characters of the alphabet that order references use."""
    return LETTER + "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))
