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


def reconcile(ours: Table, theirs: Table, tolerance: Tolerance | None = None) -> Table:
    """The cases of both sides, a row each; nothing is computed before the expression is executed.

    ``ours`` is what we booked, ``theirs`` M-PESA's statement. *one-to-many*: one line of theirs is several of ours.
    """
    allowed = tolerance or Tolerance()
    named, unnamed = ours.filter(_.receipt != ""), ours.filter(_.receipt == "")
    cases = _cases(_grouped(named, "receipt"), _grouped(theirs.filter(_.receipt != ""), "receipt"), allowed)
    unknown = cases.filter(cases.verdict == Verdict.MISSING_OURS.value)
    settled = cases.filter(cases.verdict != Verdict.MISSING_OURS.value)

    # A receipt that the other side does not know is no other receipt; only what has none is looked for further.
    left = _keyed(unnamed, "ours:")
    right = _keyed(
        ibis.union(theirs.semi_join(unknown, theirs.receipt == unknown.key), theirs.filter(_.receipt == "")), "theirs:"
    )
    by_reference = _cases(
        _grouped(left.filter(_.reference != ""), "reference"),
        _grouped(right.filter(_.reference != ""), "reference"),
        allowed,
        both=True,
    )
    left = _without(left, by_reference, "reference", "key")
    right = _without(right, by_reference, "reference", "key")
    by_number = _by_number(left, right, allowed)
    left = _without(left, by_number, "id", "ours_id")
    right = _without(right, by_number, "id", "theirs_id")
    return ibis.union(
        _by_receipt(settled),
        _ruled(by_reference, Rule.REFERENCE),
        _ruled(by_number, Rule.NUMBER),
        _ruled(_missing(left, ours_side=True), Rule.NONE),
        _ruled(_missing(right, ours_side=False), Rule.NONE),
    )


def summary(cases: Table) -> Table:
    """How many cases each rule and verdict has, and the money of both sides."""
    return (
        cases.group_by("rule", "verdict")
        .agg(cases=_.count(), ours_cents=_.ours_cents.sum(), theirs_cents=_.theirs_cents.sum())
        .order_by("rule", "verdict")
    )


def _without(side: Table, settled: Table, column: str, there: str) -> Table:
    return side.anti_join(settled, side[column] == settled[there])


def _keyed(side: Table, prefix: str) -> Table:
    """With a key that is the receipt or, where there is none, nobody else's."""
    stand_in = ibis.literal(prefix) + side.id.cast("string")
    return side.mutate(key=ibis.ifelse(side.receipt == "", stand_in, side.receipt))


def _grouped(side: Table, by: str) -> Table:
    return side.group_by(key=side[by]).agg(
        n=_.count(), cents=_.cents.sum().cast("int64"), least=_.cents.min(), most=_.cents.max(), seconds=_.seconds.min()
    )


def _cases(ours: Table, theirs: Table, allowed: Tolerance, *, both: bool = False) -> Table:
    """Bring groups of one key together and say what they are."""
    ours = ours.rename(ours="n", ours_cents="cents", ours_least="least", ours_most="most", ours_seconds="seconds")
    theirs = theirs.rename(
        theirs_key="key",
        theirs="n",
        theirs_cents="cents",
        theirs_least="least",
        theirs_most="most",
        theirs_seconds="seconds",
    )
    same = ours.key == theirs.theirs_key
    joined = ours.join(theirs, same) if both else ours.outer_join(theirs, same)
    return joined.select(
        key=ibis.coalesce(joined.key, joined.theirs_key),
        verdict=_verdict(joined, allowed),
        ours=joined.ours.fill_null(0),
        theirs=joined.theirs.fill_null(0),
        ours_cents=joined.ours_cents.fill_null(0),
        theirs_cents=joined.theirs_cents.fill_null(0),
    )


def _verdict(case: Table, allowed: Tolerance) -> Value:
    is_equal = (case.ours_cents - case.theirs_cents).abs() <= allowed.cents
    is_late = (case.ours_seconds - case.theirs_seconds).abs() > allowed.late
    one, other = case.ours == 1, case.theirs == 1
    again_ours = (case.ours_least == case.theirs_cents) & (case.ours_most == case.theirs_cents)
    again_theirs = (case.theirs_least == case.ours_cents) & (case.theirs_most == case.ours_cents)
    return ibis.cases(
        (case.ours.isnull(), Verdict.MISSING_OURS.value),
        (case.theirs.isnull(), Verdict.MISSING_THEIRS.value),
        (one & other & is_equal & is_late, Verdict.LATE.value),
        (one & other & is_equal, Verdict.MATCHED.value),
        (other & ~one & is_equal, Verdict.ONE_TO_MANY.value),
        (one & ~other & is_equal, Verdict.MANY_TO_ONE.value),
        (is_equal, Verdict.MANY_TO_MANY.value),
        (other & ~one & again_ours, Verdict.DUPLICATE_OURS.value),
        (one & ~other & again_theirs, Verdict.DUPLICATE_THEIRS.value),
        else_=Verdict.AMOUNT.value,
    )


def _by_number(left: Table, right: Table, allowed: Tolerance) -> Table:
    """Lines of one number and amount, of which each side has just one, close in time."""

    def lonely(side: Table, name: str) -> Table:
        known = side.filter(_.msisdn != "")
        return (
            known.group_by("msisdn", "cents")
            .agg(n=_.count(), seconds=_.seconds.min(), id=_.id.min())
            .filter(_.n == 1)
            .rename({f"{name}_seconds": "seconds", f"{name}_id": "id"})
            .drop("n")
        )

    met = lonely(left, "ours").join(lonely(right, "theirs"), ["msisdn", "cents"])
    met = met.filter((met.ours_seconds - met.theirs_seconds).abs() <= allowed.near)
    return met.select(
        key=met.msisdn,
        verdict=ibis.literal(Verdict.MATCHED.value),
        ours=ibis.literal(1, "int64"),
        theirs=ibis.literal(1, "int64"),
        ours_cents=met.cents,
        theirs_cents=met.cents,
        ours_id=met.ours_id,
        theirs_id=met.theirs_id,
    )


def _missing(side: Table, *, ours_side: bool) -> Table:
    alone = side.group_by("key").agg(n=_.count(), cents=_.cents.sum().cast("int64"))
    none = ibis.literal(0, "int64")
    return alone.select(
        key=alone.key,
        verdict=ibis.literal((Verdict.MISSING_THEIRS if ours_side else Verdict.MISSING_OURS).value),
        ours=alone.n if ours_side else none,
        theirs=none if ours_side else alone.n,
        ours_cents=alone.cents if ours_side else none,
        theirs_cents=none if ours_side else alone.cents,
    )


def _by_receipt(cases: Table) -> Table:
    """No rule has brought together what theirs do not know."""
    is_alone = cases.verdict == Verdict.MISSING_THEIRS.value
    rule = ibis.ifelse(is_alone, ibis.literal(Rule.NONE.value), ibis.literal(Rule.RECEIPT.value))
    return cases.mutate(rule=rule).select(*RESULT)


def _ruled(cases: Table, rule: Rule) -> Table:
    return cases.mutate(rule=ibis.literal(rule.value)).select(*RESULT)
