"""JSON as M-PESA writes it: a money value keeps its two decimals (`1.00`), which the standard encoder would drop."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal


def shillings(cents: int) -> Decimal:
    """Cents as shillings with exactly two decimals."""
    return Decimal(cents).scaleb(-2)


def money(cents: int) -> str:
    """Cents as text, such as `45.00`."""
    return f"{shillings(cents):.2f}"


def encode(value: object) -> str:
    """`value` as compact JSON; a Decimal is written digit for digit."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(encode, value)) + "]"
    return json.dumps(value)
