"""The last month as bars, one a day: where each rectangle lies, and the words for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

from sokopesa.faces.back_office.chart import GAP, HEIGHT, STEP, nice_top


@dataclass(frozen=True, slots=True)
class Day:
    """How many orders were paid on a day in Nairobi."""

    day: date
    orders: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's rectangle in the units of the drawing, y growing downwards, and what it says when pointed at."""

    words: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """``width`` by `HEIGHT` units. ``scale`` labels the axis from top to foot, ``days`` from left to right."""

    width: int
    bars: tuple[Bar, ...]
    scale: tuple[int, int, int]
    days: tuple[date, ...]
    summary: str


def draw(days: Sequence[Day]) -> Chart:
    """The chart of the days, the oldest first."""
    top = nice_top(max(day.orders for day in days))
    return Chart(
        width=len(days) * STEP,
        bars=tuple(_bar(day, at, top) for at, day in enumerate(days) if day.orders),
        scale=(top, top // 2, 0),
        days=(days[0].day, days[len(days) // 2].day, days[-1].day),
        summary=_summary(days),
    )


def _bar(day: Day, at: int, top: int) -> Bar:
    height = round(day.orders * HEIGHT / top, 2)
    words = f"{_written(day.day)}: {_counted(day.orders)}"
    return Bar(words, x=at * STEP + GAP // 2, y=round(HEIGHT - height, 2), height=height)


def _counted(orders: int) -> str:
    return f"{orders:,} order{'' if orders == 1 else 's'}"


def _summary(days: Sequence[Day]) -> str:
    best = max(days, key=lambda day: day.orders)
    most = f" Most on one day: {best.orders:,}, on {_written(best.day)}." if best.orders else ""
    return f"In the last {len(days)} days: {_counted(sum(day.orders for day in days))} paid.{most}"


def _written(day: date) -> str:
    return date_format(day, "j M")
