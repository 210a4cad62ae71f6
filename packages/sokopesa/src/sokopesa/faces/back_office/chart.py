"""The last hour as bars, one a minute: where each rectangle lies, and the words for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sokopesa.kernel.clock import EAT
from sokopesa.payments.watching import Outcomes

HEIGHT = 100
STEP = 10
GAP = 2
SERIES = (("paid", "paid"), ("homeless", "without a home"), ("ended", "ended without payment"))
"""The fields of `Outcomes` from the foot of a bar upwards, with the words for each."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One rectangle in the units of the drawing, y growing downwards; ``series`` says what it counts."""

    series: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A minute's rectangles, and what it says when pointed at."""

    words: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """``width`` by `HEIGHT` units. ``scale`` labels the axis from top to foot, ``times`` from left to right."""

    width: int
    bars: tuple[Bar, ...]
    scale: tuple[int, int, int]
    times: tuple[datetime, ...]
    summary: str


def draw(minutes: Sequence[Outcomes]) -> Chart:
    """The chart of the minutes, the oldest first."""
    top = nice_top(max(minute.total for minute in minutes))
    quarters = [*minutes[:: len(minutes) // 4], minutes[-1]]
    return Chart(
        width=len(minutes) * STEP,
        bars=tuple(_bar(minute, at, top) for at, minute in enumerate(minutes) if minute.total),
        scale=(top, top // 2, 0),
        times=tuple(minute.minute for minute in quarters),
        summary=_summary(minutes),
    )


def nice_top(most: int) -> int:
    """The smallest even, round number that is not less than ``most``, for the axis: 2, 4, 6, 8, 10, 20, 40, …"""
    unit = 1
    while most > 10 * unit:
        unit *= 10
    return next(step * unit for step in (2, 4, 6, 8, 10) if step * unit >= most)


def _bar(minute: Outcomes, at: int, top: int) -> Bar:
    pieces, foot = [], float(HEIGHT)
    for name, _ in SERIES:
        count = getattr(minute, name)
        if count:
            height = round(count * HEIGHT / top, 2)
            foot = round(foot - height, 2)
            pieces.append(Piece(series=name, x=at * STEP + GAP // 2, y=foot, height=height))
    return Bar(f"{minute.minute.astimezone(EAT):%H:%M}: {_counted(minute)}", tuple(pieces))


def _counted(minute: Outcomes) -> str:
    return ", ".join(f"{getattr(minute, name):,} {words}" for name, words in SERIES if getattr(minute, name))


def _summary(minutes: Sequence[Outcomes]) -> str:
    sums = ", ".join(f"{sum(getattr(minute, name) for minute in minutes):,} {words}" for name, words in SERIES)
    busiest = max(minutes, key=lambda minute: minute.total)
    most = f" Most in one minute: {busiest.total:,} at {busiest.minute.astimezone(EAT):%H:%M}." if busiest.total else ""
    return f"In the last {len(minutes)} minutes: {sums}.{most}"
