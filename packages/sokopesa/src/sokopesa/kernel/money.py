"""Kenyan shillings as whole numbers of cents. M-PESA moves whole shillings; the ledger keeps cents.

A plain ``int`` whose name ends in ``_cents`` is an amount of KES; nothing here ever touches a float.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

CENTS = 100
"""Cents in a shilling."""


def format_kes(cents: int) -> str:
    """The amount as people read it: ``KES 1,250``, with cents only where there are any."""
    sign = "-" if cents < 0 else ""
    shillings, rest = divmod(abs(cents), CENTS)
    return f"{sign}KES {shillings:,}" + (f".{rest:02d}" if rest else "")


def format_foreign(minor: int, currency: str) -> str:
    """Hundredths of a foreign currency as people read them: ``USD 1,096.00``."""
    units, rest = divmod(minor, 100)
    return f"{currency} {units:,}.{rest:02d}"


def format_rate(kes_per_unit: Decimal) -> str:
    """Shillings for one unit, with two decimals, and with more only where they say something: ``129.30``."""
    units, _, decimals = f"{kes_per_unit:.4f}".partition(".")
    return f"{int(units):,}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def read_total(typed: str) -> int | None:
    """Cents of a total as people type it: ``1250``, ``1,250``, ``KES 1,250``, ``1,250.00``; None if it is none."""
    found = re.fullmatch(r"\s*(?:(?:KES|KSh|Ksh\.?)\s*)?(\d{1,3}(?:,\d{3})+|\d+)(?:\.00)?\s*", typed, re.ASCII)
    return int(found[1].replace(",", "")) * CENTS if found else None


def whole_shillings_up(amount: Decimal) -> int:
    """Cents of the smallest whole number of shillings that is not less than ``amount`` shillings.

    Prices in another currency become KES this way, so that rounding never loses the seller's money.
    """
    return int(amount.to_integral_value(rounding=ROUND_CEILING)) * CENTS
