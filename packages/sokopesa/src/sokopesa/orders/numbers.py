"""Order numbers and the payment references made from them.

A number is 16 digits, says nothing about dates or volumes, and ends in a Luhn digit, so that a slip on the telephone is
noticed. The reference is the same number without its check digit in Crockford's base 32: 10 characters that fit
M-PESA's limit of 12 for an account number and have no letters that people confuse (no I, L, O, U).
"""

from __future__ import annotations

import secrets

_CONFUSED = str.maketrans("OILU", "011V")
"""What people type for characters that the alphabet leaves out."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""
_DIGITS = 15
REFERENCE_LENGTH = 10


def luhn_digit(digits: str) -> str:
    """The check digit that belongs after ``digits``."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def new_number() -> str:
    """A fresh random purchase number: 16 digits, the first one 8."""
    body = "8" + "".join(secrets.choice("0123456789") for _ in range(_DIGITS - 1))
    return body + luhn_digit(body)


def is_number(text: str) -> bool:
    """Whether ``text`` has the shape and the check digit of a purchase number."""
    return len(text) == _DIGITS + 1 and text.isdecimal() and luhn_digit(text[:-1]) == text[-1]


def code_shape(letter: str) -> str:
    """The shape of other numbers that people read out: a letter that says of what, and as much as a reference has."""
    return rf"^{letter}[{ALPHABET}]{{{REFERENCE_LENGTH}}}$"


def new_code(letter: str) -> str:
    """A fresh random one."""
    return letter + "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))


def reference(number: str) -> str:
    """The account reference that M-PESA shows in the prompt and in the SMS for this purchase."""
    value = int(number[:_DIGITS])
    characters = []
    for _ in range(REFERENCE_LENGTH):
        value, place = divmod(value, 32)
        characters.append(ALPHABET[place])
    return "".join(reversed(characters))


def read_reference(typed: str) -> str:
    """The reference that somebody meant, typed in any case, with spaces or dashes, with the letter O for a zero."""
    return "".join(typed.upper().split()).replace("-", "").translate(_CONFUSED)
