"""Numbers of refunds, which people read out on the telephone."""

from __future__ import annotations

from sokopesa.orders.numbers import code_shape, new_code

LETTER = "R"
NUMBER = code_shape(LETTER)
"""The shape of a refund's number."""


def new_number() -> str:
    """A fresh random number."""
    return new_code(LETTER)
