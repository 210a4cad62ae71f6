"""The tie-out report of a closed day as rows to reckon with; the one to sign is `report_pdf`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sokopesa.ledger.exports import tables
from sokopesa.ledger.exports.files import Control, shillings
from sokopesa.reconciliation.models import DayClose
from sokopesa.reconciliation.refusals import NoSuchClose
from sokopesa.reconciliation.tie_out import Item, bounds, words_of

FIGURES = (
    ("Opening balance", "opening_cents", "stated_opening_cents"),
    ("In", "in_cents", "stated_in_cents"),
    ("Out", "out_cents", "stated_out_cents"),
    ("Closing balance", "closing_cents", "stated_closing_cents"),
)
"""The lines of the comparison: what our books say and what M-PESA's statement says."""


def closes_of(day: date) -> list[DayClose]:
    """The day's closes, account by account.

    Raises:
        NoSuchClose: the day is not closed.
    """
    found = list(DayClose.objects.select_related("signed_by", "countersigned_by").filter(day=day).order_by("code"))
    if not found:
        raise NoSuchClose
    return found


def table(closes: Sequence[DayClose]) -> tables.Table:
    """The same as rows: four for the figures of each account, then one for each item."""
    control = Control()

    def rows() -> Iterator[tuple[tables.Cell, ...]]:
        for one in closes:
            for title, ours, theirs in FIGURES:
                yield (one.code, title, "", shillings(getattr(one, ours)), shillings(getattr(one, theirs)), None, "")
            for item in (Item(**item) for item in one.items):
                control.count(item.cents)
                yield (one.code, words_of(item), item.receipt, None, None, shillings(item.cents), item.words)

    columns = (
        tables.ACCOUNT,
        tables.Column("What", 30),
        tables.Column("Receipt"),
        tables.Column("Our books KES"),
        tables.Column("Statement KES"),
        tables.Column("Books less statement KES"),
        tables.Column("Evidence", 60),
    )
    return tables.Table(f"Tie-out {closes[0].day}", _end(closes[0]), columns, rows(), control)


def _end(one: DayClose) -> datetime:
    return bounds(one.day)[1]
