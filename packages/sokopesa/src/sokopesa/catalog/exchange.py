"""Taking exchange rates over from a file, all of them or none, and telling how those that we have stand."""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from sokopesa.catalog.errors import RatesRefused
from sokopesa.catalog.models import Currency, ExchangeRate
from sokopesa.catalog.pricing import MAX_RATE_AGE
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import format_rate

COLUMNS = ("currency", "kes_per_unit", "as_of", "source")
FOREIGN = tuple(code for code in Currency.values if code != Currency.KES)

_RATE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,4})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SOURCE_LENGTH = 120
_MOST_JUMP = 2
"""A rate of more than so many times the one before, or of less than that part of it, is a slip of the hand until
somebody says that it is not."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rates of a file are new, replace one of the same day, or were known as they are."""

    new: int
    replaced: int
    known: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A currency's newest rate, None where there is none, and whether goods can be sold by it today."""

    currency: str
    rate: ExchangeRate | None
    is_usable: bool

    @property
    def last_day(self) -> date | None:
        """The last day on which goods are sold by this rate."""
        return self.rate.as_of + MAX_RATE_AGE if self.rate else None


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    currency: str
    kes_per_unit: Decimal
    as_of: date
    source: str

    @property
    def day(self) -> tuple[str, date]:
        return self.currency, self.as_of


@transaction.atomic
def import_rates(lines: Iterable[str], *, now: datetime, sure: bool = False) -> Imported:
    """Take over the rates of a CSV file with the columns `COLUMNS`.

    A rate of a day that is known already, and a rate far from the one before, are refused unless ``sure``.

    Raises:
        RatesRefused: with every fault by its line; nothing was taken over.
    """
    entries, faults = _read(lines, today=nairobi_date(now))
    known = {(rate.currency, rate.as_of): rate for rate in ExchangeRate.objects.select_for_update()}
    if not sure:
        faults += _contradictions(entries, known)
        faults += _jumps(entries, known)
    if faults:
        raise RatesRefused([str(fault) for fault in sorted(faults)])
    same = [entry for entry in entries if entry.day in known and _is_same(entry, known[entry.day])]
    fresh = [entry for entry in entries if entry not in same]
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(
                currency=entry.currency, kes_per_unit=entry.kes_per_unit, as_of=entry.as_of, source=entry.source
            )
            for entry in fresh
        ],
        update_conflicts=True,
        unique_fields=["currency", "as_of"],
        update_fields=["kes_per_unit", "source"],
    )
    replaced = sum(entry.day in known for entry in fresh)
    return Imported(new=len(fresh) - replaced, replaced=replaced, known=len(same))


def standing(*, now: datetime) -> list[Standing]:
    """How the newest rate of each foreign currency stands today, later days aside."""
    today = nairobi_date(now)
    newest = ExchangeRate.objects.filter(as_of__lte=today).order_by("currency", "-as_of").distinct("currency")
    rates = {rate.currency: rate for rate in newest}
    return [
        Standing(code, rate, is_usable=rate is not None and today <= rate.as_of + MAX_RATE_AGE)
        for code in FOREIGN
        for rate in [rates.get(code)]
    ]


@dataclass(frozen=True, slots=True, order=True)
class _Fault:
    line: int
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}"


def _read(lines: Iterable[str], *, today: date) -> tuple[list[_Entry], list[_Fault]]:
    entries: list[_Entry] = []
    faults: list[_Fault] = []
    rows = csv.reader(lines)
    header = [name.strip().lower() for name in next(rows, [])]
    if header != list(COLUMNS):
        return [], [_Fault(1, f"the first line should read {','.join(COLUMNS)}.")]
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        wrong = [_Fault(rows.line_num, words) for words in _wrong(row, today)]
        faults += wrong
        if not wrong:
            currency, rate, day, source = (cell.strip() for cell in row)
            entries.append(_Entry(rows.line_num, currency, Decimal(rate), date.fromisoformat(day), source))
    if not entries and not faults:
        faults.append(_Fault(1, "no rates follow."))
    return entries, faults + _twice(entries)


def _wrong(row: list[str], today: date) -> Iterator[str]:
    if len(row) != len(COLUMNS):
        yield f"{len(row)} columns instead of {len(COLUMNS)}."
        return
    currency, rate, day, source = (cell.strip() for cell in row)
    if currency not in FOREIGN:
        yield f"the currency “{currency}” is none of {', '.join(FOREIGN)}."
    if not _RATE.fullmatch(rate) or not Decimal(rate):
        yield f"the rate “{rate}” should be shillings for one unit, such as 129.30, with at most four decimals."
    if (as_of := _day(day)) is None:
        yield f"the day “{day}” should be written as 2026-11-24."
    elif as_of > today:
        yield f"the day {day} has not come yet."
    if not 0 < len(source) <= _SOURCE_LENGTH:
        yield f"say in at most {_SOURCE_LENGTH} characters who publishes the rate."


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _twice(entries: list[_Entry]) -> list[_Fault]:
    first: dict[tuple[str, date], _Entry] = {}
    return [
        _Fault(entry.line, f"{entry.currency} of {entry.as_of} stands in line {earlier.line} already.")
        for entry in entries
        if (earlier := first.setdefault(entry.day, entry)) is not entry
    ]


def _contradictions(entries: list[_Entry], known: dict[tuple[str, date], ExchangeRate]) -> list[_Fault]:
    faults = []
    for entry in entries:
        rate = known.get(entry.day)
        if rate and not _is_same(entry, rate):
            told = f"{format_rate(rate.kes_per_unit)} ({rate.source})"
            faults.append(_Fault(entry.line, f"{entry.currency} of {entry.as_of} is known as {told}."))
    return faults


def _jumps(entries: list[_Entry], known: dict[tuple[str, date], ExchangeRate]) -> list[_Fault]:
    """Each rate is held against that of the last earlier day, be it known or from the same file."""
    rates = {day: rate.kes_per_unit for day, rate in known.items()}
    rates |= {entry.day: entry.kes_per_unit for entry in entries}
    days = sorted(rates)
    faults = []
    for entry in entries:
        place = bisect_left(days, entry.day)
        if place == 0 or days[place - 1][0] != entry.currency:
            continue
        before = rates[days[place - 1]]
        if not before / _MOST_JUMP <= entry.kes_per_unit <= before * _MOST_JUMP:
            now, then = format_rate(entry.kes_per_unit), format_rate(before)
            faults.append(_Fault(entry.line, f"{now} is far from {then} of {days[place - 1][1]}."))
    return faults


def _is_same(entry: _Entry, rate: ExchangeRate) -> bool:
    return (entry.kes_per_unit, entry.source) == (rate.kes_per_unit, rate.source)
