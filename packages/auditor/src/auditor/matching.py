"""Reconciliation as one expression of ibis, which DuckDB, PostgreSQL and Spark run alike.

Both sides are tables with the columns of `COLUMNS`. A line of ours is looked for on the other side by its receipt;
where it has none by its reference; and what is left of those by number, amount and time, where that can mean one line
only. The result has a row for each *case*: what belongs together on both sides, what was decided, and by which rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import ibis
from ibis import Table, Value, _

COLUMNS = {
    "id": "int64",
    "receipt": "string",
    "reference": "string",
    "msisdn": "string",
    "cents": "int64",
    "seconds": "int64",
}
"""What both sides have. ``seconds`` are since 1970, in UTC; ``receipt``, ``reference`` and ``msisdn`` are empty where
they are not known; ``id`` is unique within its side."""


class Verdict(StrEnum):
    """What is said of a case."""

    MATCHED = "matched"
    LATE = "late"
    AMOUNT = "amount"
    ONE_TO_MANY = "one-to-many"
    MANY_TO_ONE = "many-to-one"
    MANY_TO_MANY = "many-to-many"
    DUPLICATE_OURS = "duplicate-ours"
    DUPLICATE_THEIRS = "duplicate-theirs"
    MISSING_OURS = "missing-ours"
    MISSING_THEIRS = "missing-theirs"


class Rule(StrEnum):
    """By what the two sides of a case were brought together; NONE: they were not."""

    RECEIPT = "receipt"
    REFERENCE = "reference"
    NUMBER = "number"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Rules as data. ``cents``: up to this much a difference of amounts is none. ``late``: seconds between the sides
    after which a match is called late. ``near``: seconds within which number and amount may bring lines together."""

    cents: int = 0
    late: int = 86_400
    near: int = 600


RESULT = ("rule", "key", "verdict", "ours", "theirs", "ours_cents", "theirs_cents")
"""The columns of the result: ``ours`` and ``theirs`` count lines. ``key`` is the receipt, reference or number."""

_TOLD = ("ours", "theirs", "ours_cents", "theirs_cents", "least", "most", "first", "last")
"""What `_grouped` tells of a group."""


def reconcile(ours: Table, theirs: Table, tolerance: Tolerance | None = None) -> Table:
    """The cases of both sides, a row each; nothing is computed before the expression is executed.

    ``ours`` is what we booked, ``theirs`` M-PESA's statement. *one-to-many*: one line of theirs is several of ours.
    """
    allowed = tolerance or Tolerance()
    receipts = _grouped(_both(ours, theirs), "receipt")
    by_receipt = receipts.filter(_.receipt != "", _.ours > 0)

    # A receipt that the other side does not know is no other receipt; only what has none is looked for further.
    unknown = receipts.filter((_.receipt == "") | (_.ours == 0))
    rest = _both(ours.filter(_.receipt == ""), theirs.semi_join(unknown, "receipt"))
    by_reference = _grouped(rest, "reference").filter(_.reference != "", _.ours > 0, _.theirs > 0)
    # The key comes between the two anti joins: of two in a row, both used, ibis writes PostgreSQL one too many.
    rest = _keyed(rest.anti_join(by_reference, "reference"))
    by_number = _grouped(rest, "msisdn", "cents").filter(
        _.msisdn != "", _.ours == 1, _.theirs == 1, _.last - _.first <= allowed.near
    )
    rest = rest.anti_join(by_number, ["msisdn", "cents"])
    cases = ibis.union(
        _ruled(by_receipt, "receipt", Rule.RECEIPT),
        _ruled(by_reference, "reference", Rule.REFERENCE),
        _ruled(by_number, "msisdn", Rule.NUMBER),
        _ruled(_grouped(rest, "key", "is_ours"), "key", Rule.NONE),
    )
    return cases.mutate(verdict=_verdict(cases, allowed)).select(*RESULT)


def summary(cases: Table) -> Table:
    """How many cases each rule and verdict has, and the money of both sides."""
    return (
        cases.group_by("rule", "verdict")
        .agg(cases=_.count(), ours_cents=_.ours_cents.sum(), theirs_cents=_.theirs_cents.sum())
        .order_by("rule", "verdict")
    )


def _both(ours: Table, theirs: Table) -> Table:
    """The lines of both sides, each of which says whose it is."""
    return ibis.union(ours.select(*COLUMNS, is_ours=True), theirs.select(*COLUMNS, is_ours=False))


def _keyed(lines: Table) -> Table:
    """With a key that is the receipt or, where there is none, nobody else's."""
    stand_in = ibis.ifelse(lines.is_ours, "ours:", "theirs:") + lines.id.cast("string")
    return lines.mutate(key=ibis.ifelse(lines.receipt == "", stand_in, lines.receipt))


def _grouped(lines: Table, *by: str) -> Table:
    """What belongs together, of both sides at once: to group each and join the groups would take twice as long."""
    groups = lines.group_by(*by).agg(
        lines=_.count(),
        ours=_.count(where=_.is_ours),
        all_cents=_.cents.sum(),
        ours_cents=_.cents.sum(where=_.is_ours).fill_null(0),
        least=_.cents.min(),
        most=_.cents.max(),
        first=_.seconds.min(),
        last=_.seconds.max(),
    )
    return groups.mutate(theirs=_.lines - _.ours, theirs_cents=_.all_cents - _.ours_cents)


def _ruled(groups: Table, key: str, rule: Rule) -> Table:
    """Groups as cases. No rule has brought together what we alone know."""
    brought = ibis.ifelse(groups.theirs == 0, Rule.NONE.value, rule.value)
    return groups.select(*_TOLD, rule=brought, key=groups[key])


def _verdict(case: Table, allowed: Tolerance) -> Value:
    is_equal = (case.ours_cents - case.theirs_cents).abs() <= allowed.cents
    one, other = case.ours == 1, case.theirs == 1
    is_again = case.least == case.most
    return ibis.cases(
        (case.ours == 0, Verdict.MISSING_OURS.value),
        (case.theirs == 0, Verdict.MISSING_THEIRS.value),
        (one & other & is_equal & (case.last - case.first > allowed.late), Verdict.LATE.value),
        (one & other & is_equal, Verdict.MATCHED.value),
        (other & ~one & is_equal, Verdict.ONE_TO_MANY.value),
        (one & ~other & is_equal, Verdict.MANY_TO_ONE.value),
        (is_equal, Verdict.MANY_TO_MANY.value),
        (other & ~one & is_again, Verdict.DUPLICATE_OURS.value),
        (one & ~other & is_again, Verdict.DUPLICATE_THEIRS.value),
        else_=Verdict.AMOUNT.value,
    )
