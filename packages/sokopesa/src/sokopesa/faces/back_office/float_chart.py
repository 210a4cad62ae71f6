"""The float as two lines: what our books said that the account holds, and what M-PESA told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sokopesa.faces.back_office.chart import HEIGHT, STEP, nice_top
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.payouts.history import Point, course

DAYS = 7
STEP_TIME = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class FloatChart:
    """``width`` by `HEIGHT` units; paths in the words of SVG, empty where there is nothing to draw. ``scale`` labels
    the axis in shillings from top to foot, ``times`` from left to right, where each of the days begins."""

    width: int
    ours: str
    told: str
    scale: tuple[str, str, str]
    times: tuple[datetime, ...]
    summary: str


def of(shortcode: str, *, now: datetime) -> FloatChart | None:
    """The chart of the last days; None where there never was anything in the account, and M-PESA never said so."""
    points = course(shortcode, until=now, step=STEP_TIME, count=DAYS * 24 // 2 + 1)
    return draw(points) if any(point.booked_cents or point.told_cents for point in points) else None


def draw(points: Sequence[Point]) -> FloatChart:
    """The chart of the points, the oldest first."""
    most = max(max(point.booked_cents, point.told_cents or 0) for point in points)
    top = nice_top(max(2, -(-most // CENTS)))
    told = [(place, point.told_cents) for place, point in enumerate(points) if point.told_cents is not None]
    a_day = timedelta(days=1) // STEP_TIME
    return FloatChart(
        width=(len(points) - 1) * STEP,
        ours=_path([(place, point.booked_cents) for place, point in enumerate(points)], top),
        told=_path(told, top),
        scale=(f"{top:,}", f"{top // 2:,}", "0"),
        times=tuple(point.at for point in points[:-1:a_day]),
        summary=_summary(points),
    )


def _path(places: Sequence[tuple[int, int]], top: int) -> str:
    """Level until the next point, for balances jump; what is below nought lies on the foot."""
    steps = [(place * STEP, round(HEIGHT - max(cents, 0) * HEIGHT / (top * CENTS), 2)) for place, cents in places]
    if not steps:
        return ""
    (x, y), *rest = steps
    return f"M{x} {y}" + "".join(f"H{x}V{y}" for x, y in rest)


def _summary(points: Sequence[Point]) -> str:
    last = points[-1]
    ours = f"Over {DAYS} days. By our books it holds {format_kes(last.booked_cents)} now"
    both = [abs(point.booked_cents - point.told_cents) for point in points if point.told_cents is not None]
    if last.told_cents is None or not both:
        return f"{ours}; M-PESA has not told yet."
    far = f"the two were never further apart than {format_kes(max(both))}" if max(both) else "the two always agreed"
    return f"{ours}, by M-PESA's last word {format_kes(last.told_cents)}; at these moments {far}."
