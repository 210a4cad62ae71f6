"""Proof that the running balance follows, line by line: each balance is the one before it and what the line moved.

Statements come newest first, oldest first, or in no order at all. Lines of the same second may stand in any order, so
they are put into the one in which each begins with the balance that another left: a walk along every edge of a graph of
balances, each once (an Eulerian trail, by Hierholzer's algorithm), which finds an order if any is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import polars as pl

from sokopesa.kernel.money import format_kes
from sokopesa.reconciliation.errors import ASK_FOR_WHOLE, Fault
from sokopesa.reconciliation.sheets import LINE


class Link(NamedTuple):
    """A line's part in the chain."""

    line: int
    amount: int
    balance: int

    @property
    def before(self) -> int:
        """The balance that it says it found."""
        return self.balance - self.amount


@dataclass(frozen=True, slots=True)
class Chain:
    """What was proved. ``order`` has the lines, oldest first, where the file's own order is not the balance's, in one
    direction or the other."""

    opening_cents: int | None
    closing_cents: int | None
    newest_first: bool
    order: Sequence[int] | None
    faults: Sequence[Fault]

    def spelled_out(self, lines: pl.DataFrame) -> Chain:
        """With the order even if it is the file's own."""
        numbers = lines.get_column(LINE).to_list()
        return replace(self, order=numbers[::-1] if self.newest_first else numbers)


def prove(lines: pl.DataFrame) -> Chain:
    """Prove the chain of a whole statement, from ``line``, ``completed_at``, ``amount`` and ``balance_cents`` of each
    line in the file's order."""
    if lines.is_empty():
        return Chain(None, None, newest_first=True, order=None, faults=())
    for newest_first in (True, False):
        ordered = lines.reverse() if newest_first else lines
        if _follows(ordered):
            first, last = (Link(*ordered.select(LINE, "amount", "balance_cents").row(place)) for place in (0, -1))
            return Chain(first.before, last.balance, newest_first, None, ())
    return _sorted_out(lines)


def _follows(ordered: pl.DataFrame) -> bool:
    balance, at = pl.col("balance_cents"), pl.col("completed_at")
    return bool(
        ordered.select(((balance.shift(1) + pl.col("amount") == balance) & (at.shift(1) <= at)).slice(1).all()).item()
    )


def _sorted_out(lines: pl.DataFrame) -> Chain:
    """By time, and within a second as the balances want it."""
    at = lines.get_column("completed_at")
    newest_first = bool(at[0] >= at[-1])  # as the portal has it, where times do not tell
    ordered = (lines.reverse() if newest_first else lines).sort("completed_at", maintain_order=True)
    rows = ordered.select("completed_at", LINE, "amount", "balance_cents").iter_rows()
    seconds = [[Link(*row[1:]) for row in group] for _, group in groupby(rows, key=lambda row: row[0])]
    order: list[Link] = []
    breaks: list[int] = []
    for place, second in enumerate(seconds):
        following = seconds[place + 1] if place + 1 < len(seconds) else ()
        start = order[-1].balance if order else _opening(second, following)
        trail = _trail(second, start)
        if trail is None:
            trail = _trail(second, _opening(second, following)) or second
        breaks += _breaks(order[-1:], trail, len(order))
        order += trail
    faults = list(_told(order, breaks))
    return Chain(order[0].before, order[-1].balance, newest_first, [link.line for link in order], faults)


def _opening(second: Sequence[Link], following: Iterable[Link]) -> int:
    """The balance with which a second begins, by its own lines: where more lines begin than end. If it ends as it
    began, it ends with what the next second begins with."""
    if len(second) > 1:
        surplus: dict[int, int] = defaultdict(int)
        for link in second:
            surplus[link.before] += 1
            surplus[link.balance] -= 1
        begins = [balance for balance, more in surplus.items() if more == 1]
        if len(begins) == 1:
            return begins[0]
        wanted = {link.before for link in following}
        for link in second:
            if link.before in wanted:
                return link.before
    return second[0].before


def _trail(second: Sequence[Link], start: int) -> Sequence[Link] | None:
    """The second's lines in an order in which each follows from the one before, from the balance ``start`` on; None if
    there is none."""
    if len(second) == 1:
        return second if second[0].before == start else None
    leaving: dict[int, list[Link]] = defaultdict(list)
    for link in reversed(second):  # of several orders the file's own
        leaving[link.before].append(link)
    trail: list[Link] = []
    path: list[tuple[int, Link | None]] = [(start, None)]
    while path:
        balance, came_by = path[-1]
        if leaving[balance]:
            link = leaving[balance].pop()
            path.append((link.balance, link))
        else:
            path.pop()
            if came_by is not None:
                trail.append(came_by)
    trail.reverse()
    if len(trail) < len(second) or _breaks((), trail, 0) or trail[0].before != start:
        return None
    return trail


def _breaks(previous: Sequence[Link], trail: Sequence[Link], place: int) -> list[int]:
    """Places, counted on from ``place``, of lines that do not follow from the one before."""
    chain = [*previous, *trail]
    offset = place - len(previous)
    return [offset + at for at in range(1, len(chain)) if chain[at].before != chain[at - 1].balance]


def _told(order: Sequence[Link], breaks: Sequence[int]) -> Iterable[Fault]:
    """A break in words. Two in a row that cancel each other are one wrong balance between them."""
    places = iter(breaks)
    pending = next(places, None)
    while pending is not None:
        at, pending = pending, next(places, None)
        link, previous = order[at], order[at - 1]
        wanted = previous.balance + link.amount
        if pending == at + 1 and order[pending].before == wanted:
            pending = next(places, None)
            yield Fault(
                link.line,
                f"its balance is {format_kes(link.balance)}; by the lines around it it should be {format_kes(wanted)}.",
                ASK_FOR_WHOLE,
            )
            continue
        yield Fault(
            link.line,
            f"its balance does not follow. After line {previous.line} there were {format_kes(previous.balance)}, and "
            f"with {format_kes(link.amount)} that makes {format_kes(wanted)}, not {format_kes(link.balance)}. "
            "A line is missing or repeated, or an amount was changed.",
            ASK_FOR_WHOLE,
        )
