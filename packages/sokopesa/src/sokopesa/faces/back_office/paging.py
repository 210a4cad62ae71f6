"""Lists page by page, each page beginning after the last row of the one before, so that page 1,000 costs what page 1
costs and rows that arrive meanwhile move nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key")

PAGE = 50
ONE_MORE = PAGE + 1
"""What is asked for: the row beyond the page tells whether there is a next one."""

_BETWEEN = "_"
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """``more`` is the cursor of the next page; empty where this is the last."""

    rows: Sequence[Row]
    more: str


def page_of(rows: Sequence[Row], cursor: Callable[[Row], str]) -> Page[Row]:
    """The page of the rows that were found when `ONE_MORE` were asked for."""
    shown = rows[:PAGE]
    return Page(shown, cursor(shown[-1]) if len(rows) > PAGE else "")


def read_id(text: str | None) -> int | None:
    """The id that a page's address begins after; None for anything that is none."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > _MOST_DIGITS:
        return None
    return int(text)


def read_ids(texts: Iterable[str]) -> set[int]:
    """The ids among what somebody may have sent."""
    return {found for text in texts if (found := read_id(text)) is not None}


def write_moment(moment: datetime, key: object) -> str:
    """A cursor for lists that go by time, and by a key where times are equal."""
    return f"{moment.isoformat()}{_BETWEEN}{key}"


def read_moment(text: str, key: Callable[[str], Key]) -> tuple[datetime, Key] | None:
    """What `write_moment` wrote; None for anything else that somebody may have typed into the address."""
    written, _, rest = text.partition(_BETWEEN)
    try:
        moment = datetime.fromisoformat(written)
        return (moment, key(rest)) if moment.tzinfo and rest and "\0" not in rest else None
    except ValueError:
        return None
