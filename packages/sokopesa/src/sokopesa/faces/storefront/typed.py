"""Numbers in addresses and forms, which anybody may fill with anything."""

from __future__ import annotations

_MOST_DIGITS = 9


def whole_number(text: str | None) -> int | None:
    """The number that was sent, or None for anything that is none, or is larger than anything we number."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > _MOST_DIGITS:
        return None
    return int(text)


def two_numbers(text: str | None) -> tuple[int, int] | None:
    """Both numbers of what a button says as ``12-345``, or None for anything else."""
    first, _, second = (text or "").partition("-")
    one, other = whole_number(first), whole_number(second)
    return None if one is None or other is None else (one, other)
