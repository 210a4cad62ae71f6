"""Tracking events from a file: CSV with a header, or JSON with one object to a line. All of it or nothing.

The columns, in any order: *tracking_number*, *at* (ISO 8601 with its offset) and *kind* have to be there; *carrier*,
*place* and *text* may be. Kinds are those of `shipping.models.TrackingEvent`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from sokopesa.shipping.errors import EventsRefused
from sokopesa.shipping.tracking import Scan, TakenIn, read, take_in

REQUIRED = ("tracking_number", "at", "kind")
OPTIONAL = ("carrier", "place", "text")
_NOTHING = dict.fromkeys((*REQUIRED, *OPTIONAL), "")
MOST_FAULTS = 50
"""Faults that are told; whoever has more has the wrong file."""


def import_events(lines: Iterable[str], *, now: datetime) -> TakenIn:
    """Take in the events of a file.

    Raises:
        EventsRefused: with every fault by its line; nothing was taken in.
    """
    scans: list[Scan] = []
    faults: list[str] = []
    for number, fields, malformed in _rows(lines):
        scan, wrong = read(**fields, now=now) if not malformed else (None, malformed)
        if scan is not None:
            scans.append(scan)
        faults += [f"Line {number}: {fault}" for fault in wrong]
        if len(faults) > MOST_FAULTS:
            faults = [*faults[:MOST_FAULTS], "And more: the rest was not read."]
            break
    if not scans and not faults:
        faults.append("Line 1: no events follow.")
    if faults:
        raise EventsRefused(faults)
    return take_in(scans, now=now)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str], list[str]]]:
    """Each line's number, its fields by name, and what is wrong with its form."""
    rest = iter(lines)
    first = next(rest, "")
    whole = chain([first], rest)
    return _json_rows(whole) if first.lstrip().startswith("{") else _csv_rows(whole)


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str], list[str]]]:
    rows = csv.reader(lines)
    header = [name.strip().lower() for name in next(rows, [])]
    missing = [name for name in REQUIRED if name not in header]
    strange = [name for name in header if name not in (*REQUIRED, *OPTIONAL)]
    if missing or strange or len(set(header)) < len(header):
        yield 1, {}, [f"the first line should name the columns {', '.join((*REQUIRED, *OPTIONAL))}."]
        return
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            wrong = [] if len(row) == len(header) else [f"{len(row)} columns instead of {len(header)}."]
            yield rows.line_num, _NOTHING | dict(zip(header, row, strict=False)), wrong
    except csv.Error as error:
        yield rows.line_num, {}, [f"not CSV: {error}."]


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str], list[str]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except ValueError:
            yield number, {}, ["not JSON."]
            continue
        if not isinstance(told, dict) or any(
            not isinstance(told.get(name, ""), str) for name in (*REQUIRED, *OPTIONAL)
        ):
            yield number, {}, ["should be an object whose fields are text."]
            continue
        yield number, {name: told.get(name, "") for name in _NOTHING}, []
