"""Kenya's 47 counties, numbered as in the First Schedule of the Constitution."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class County:
    """A county with its three-digit code and the town that is its seat."""

    code: str
    name: str
    seat: str


@cache
def counties() -> tuple[County, ...]:
    """All counties by name, as a person looks for theirs."""
    text = (files("sokopesa.people") / "data" / "counties.csv").read_text("utf-8")
    found = (County(row["code"], row["name"], row["seat"]) for row in csv.DictReader(text.splitlines()))
    return tuple(sorted(found, key=lambda county: county.name))
