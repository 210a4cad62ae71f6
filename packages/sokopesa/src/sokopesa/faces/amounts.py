"""Amounts that people type."""

from __future__ import annotations

import re

from sokopesa.kernel.money import CENTS, format_kes

_MOST_CENTS = 999_999_999 * CENTS
_AMOUNT = re.compile(r"(-?[0-9]{1,9})(?:\.([0-9]{1,9}))?")


def read_amount(typed: str) -> int | None:
    """Cents of an amount in shillings, however it was written: ``1250``, ``KES 1,250``, ``1,250/=``. None for nothing.

    More decimals than two count as a cent, so that nobody's half shilling is taken for a whole one.

    Raises:
        ValueError: it is no amount; the words are for who typed it.
    """
    bare = re.sub(r"^(?:KES|KSHS?|SH)\.?|/[=-]?$|[\s,]", "", "".join(typed.upper().split()))
    if not bare:
        return None
    written = _AMOUNT.fullmatch(bare)
    if written is None and re.fullmatch(r"-?[0-9]{10,}(?:\.[0-9]*)?", bare):
        raise ValueError(f"That is too much. The most is {format_kes(_MOST_CENTS)}.")
    if written is None:
        raise ValueError("Write the amount in shillings, such as 1,250.")
    shillings, decimals = written.groups()
    cents = int((decimals or "").ljust(2, "0")[:2]) if decimals else 0
    if decimals and decimals[2:].strip("0"):
        cents = cents or 1
    sign = -1 if shillings.startswith("-") else 1
    return int(shillings) * CENTS + sign * cents
