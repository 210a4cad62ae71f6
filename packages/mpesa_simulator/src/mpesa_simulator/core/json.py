"""JSON as M-PESA writes it: a money value keeps its two decimals (`1.00`), which the standard encoder would drop."""

from decimal import Decimal

import orjson


def shillings(cents: int) -> Decimal:
    """Cents as shillings with exactly two decimals."""
    return Decimal(cents).scaleb(-2)


def money(cents: int) -> str:
    """Cents as text, such as `45.00`."""
    return f"{shillings(cents):.2f}"


def encode(value: object) -> str:
    """`value` as compact JSON; a Decimal is written digit for digit."""
    text: bytes = orjson.dumps(value, default=_digits)
    return text.decode()


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} has no form in JSON")
