"""What reconciliation goes by, as data: what M-PESA's Reason Types mean, what still counts as the same moment, and how
soon a difference has to be explained. ``data/*.csv``; the rows of tolerances and service levels are dated."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import CENTS


class Sort(StrEnum):
    """What a line moves."""

    PAYMENT = "payment"
    """A customer paid us."""
    CHARGE = "charge"
    """M-PESA took its charge."""
    REVERSAL = "reversal"
    """A customer's payment was taken back."""
    RETURNED = "returned"
    """What we had paid out came back."""
    PAYOUT = "payout"
    """We paid somebody."""
    MOVE = "move"
    """Between two accounts of organisations, mostly our own."""
    BANK = "bank"
    """To or from the bank."""
    OTHER = "other"
    """Nothing that we know."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What still counts as the same: so much time between M-PESA's clock and our booking; so many hours that the
    statement may take to show what we booked; so many cents."""

    apart: timedelta
    late: timedelta
    amount_cents: int


def sort_of(reason: str, *, is_in: bool) -> Sort:
    """What M-PESA's Reason Type means for money that came in or went out. The first row that fits counts."""
    said = reason.lower()
    direction = "in" if is_in else "out"
    for words, wanted, sort in _reasons():
        if words in said and wanted in ("any", direction):
            return sort
    return Sort.OTHER


def tolerance(on: date) -> Tolerance:
    """What is in force on a day in Nairobi."""
    row = max((row for row in _rows("tolerances") if row["in_force_from"] <= on.isoformat()), key=_in_force_from)
    return Tolerance(
        timedelta(minutes=int(row["minutes_apart"])), timedelta(hours=int(row["hours_late"])), int(row["amount_cents"])
    )


def due_at(amount_cents: int, opened_at: datetime) -> datetime:
    """When a difference of so much has to be explained: the more money, the sooner."""
    begun = [row for row in _rows("service_levels") if row["in_force_from"] <= nairobi_date(opened_at).isoformat()]
    newest = max(row["in_force_from"] for row in begun)
    levels = [row for row in begun if row["in_force_from"] == newest and int(row["from_kes"]) * CENTS <= amount_cents]
    return opened_at + timedelta(hours=min(int(row["hours"]) for row in levels))


@cache
def _reasons() -> Sequence[tuple[str, str, Sort]]:
    return [(row["words"], row["direction"], Sort(row["sort"])) for row in _rows("reasons")]


@cache
def _rows(name: str) -> Sequence[dict[str, str]]:
    text = files("sokopesa.reconciliation").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _in_force_from(row: dict[str, str]) -> str:
    return row["in_force_from"]
