"""Closed days as a chart: how far books and M-PESA's statement were apart at the end of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sokopesa.faces.back_office.chart import GAP, HEIGHT, STEP, nice_top
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.reconciliation.queries import Day

FOOT = 3.0
"""Units of a day on which nothing was apart: a mark, so that it is not taken for a day that was not closed."""

FEW = 14
"""Days for which there is room at least, so that few of them do not look like walls."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's rectangle, y growing downwards; ``kind`` is ``tied`` or ``apart``."""

    words: str
    x: int
    y: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class DaysChart:
    """``width`` by 100 units. ``scale`` labels the axis in shillings from top to foot."""

    width: int
    bars: tuple[Bar, ...]
    scale: tuple[str, str, str]
    first: date
    last: date
    summary: str


def draw(days: Sequence[Day]) -> DaysChart | None:
    """The chart of closed days, given the newest first; None where there is none."""
    if not days:
        return None
    oldest_first = days[::-1]
    top = nice_top(max(2, *(-(-day.apart_cents // CENTS) for day in days)))
    tied = sum(not day.apart_cents for day in days)
    return DaysChart(
        width=max(len(days), FEW) * STEP,
        bars=tuple(_bar(day, at, top) for at, day in enumerate(oldest_first)),
        scale=(f"{top:,}", f"{top // 2:,}", "0"),
        first=oldest_first[0].day,
        last=oldest_first[-1].day,
        summary=f"Closed days: {len(days)}. Books and M-PESA's statement agreed to the cent on {tied} of them.",
    )


def _bar(day: Day, at: int, top: int) -> Bar:
    height = max(FOOT, round(day.apart_cents * HEIGHT / (top * CENTS), 2))
    words = f"{day.day:%d %b %Y}: {format_kes(day.apart_cents)} apart"
    kind = "apart" if day.apart_cents else "tied"
    return Bar(words, at * STEP + GAP // 2, round(HEIGHT - height, 2), height, kind)
