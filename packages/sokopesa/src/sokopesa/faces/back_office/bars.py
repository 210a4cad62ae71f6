"""Amounts as bars, one below the other: how long each is beside the longest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """``percent`` of the longest bar; ``kind`` is ``bad`` where the bar should not be there, else empty."""

    label: str
    count: int
    cents: int
    percent: float
    kind: str


def bars(rows: Iterable[tuple[str, int, int, bool]]) -> list[Bar]:
    """Of label, count, cents and whether it is bad."""
    known = list(rows)
    longest = max((cents for _, _, cents, _ in known), default=0) or 1
    return [
        Bar(label, count, cents, round(100 * cents / longest, 2), "bad" if is_bad and count else "")
        for label, count, cents, is_bad in known
    ]
