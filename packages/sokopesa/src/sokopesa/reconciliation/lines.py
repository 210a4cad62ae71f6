"""From a row's text to a movement: times in UTC, amounts in cents, and a word for everything that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from sokopesa.reconciliation.dialect import EAT_AHEAD, NAMES, Layout
from sokopesa.reconciliation.errors import MOST_FAULTS, Fault
from sokopesa.reconciliation.sheets import LINE

COMPLETED = "completed"
NOT_COMPLETED = ("failed", "declined", "cancelled", "canceled", "expired", "pending", "authorized", "authorised")
"""Statuses, in small letters, of transactions that move nothing, or nothing yet."""

_RECEIPT = r"^[A-Z0-9]{6,16}$"
_LINKED = r"^[A-Z0-9]{0,16}$"
_NUMBER = r"^[+-]?(?:\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.\d{1,2}0*)?$"
_MSISDN = r"^(254[17]\d{8})\b"
_TAIL = r" (?:from|to|of) (?:\d[\d*]{4,}|[A-Z0-9]{8,16}\b).*$"
"""What follows the reason in Details: from whom or to whom, or which receipt was reversed."""
_REVERSED = r"(?i:reversal (?:of|for)) ([A-Z]{2}[0-9A-Z]{8})\b"
_PARTY = r" (?:from|to) (\d[\d*]{4,}.*?)(?: Acc\. .*)?$"
_ACCOUNT_TYPED = r" Acc\. (.*)$"
_FORMS = ("%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")

LIMITS = {"details": 300, "other_party": 200, "reason": 80, "reference": 80}
"""Characters that are kept."""


@dataclass(frozen=True, slots=True)
class Window:
    """When lines of a statement can have been completed, in UTC without a zone."""

    period: tuple[datetime, datetime] | None
    """What the statement says itself, its first second and its last."""
    latest: datetime
    """Nothing is completed after now."""


def read(text: pl.DataFrame, found: Layout, window: Window) -> tuple[pl.DataFrame, pl.DataFrame, list[Fault]]:
    """The lines that completed; line and receipt of those that did not; what is wrong.

    ``completed_at`` and ``initiated_at`` are in UTC without a zone; ``amount`` is what was paid in less what was
    withdrawn.
    """
    text = text.with_columns(pl.lit("").alias(name) for name in NAMES if name not in text.columns)
    status = pl.col("status").str.to_lowercase()
    rows = text.select(
        LINE,
        "receipt",
        "status",
        status.alias("is"),
        _moment(text, "completed").alias("completed_at"),
        _moment(text, "initiated").alias("initiated_at"),
        *(_cents(name).alias(f"{name}_cents") for name in ("paid_in", "withdrawn", "balance")),
        *_words(found),
        _linked(),
        completed="completed",
        initiated="initiated",
        paid_in="paid_in",
        withdrawn="withdrawn",
        balance="balance",
        confirmed="confirmed",
    )
    faults = list(_faults(rows, window))
    done = rows.filter(pl.col("is") == COMPLETED)
    others = rows.filter(pl.col("is") != COMPLETED).select(LINE, "receipt", "status")
    paid, withdrawn = pl.col("paid_in_cents").fill_null(0), pl.col("withdrawn_cents").fill_null(0).abs()
    lines = done.select(
        LINE,
        "receipt",
        "reason",
        "completed_at",
        pl.col("initiated_at").fill_null(pl.col("completed_at")),
        paid.alias("paid_in_cents"),
        withdrawn.alias("withdrawn_cents"),
        "balance_cents",
        "details",
        "other_party",
        pl.col("other_party").str.extract(_MSISDN).fill_null("").alias("msisdn"),
        "linked",
        "reference",
        amount=paid - withdrawn,
    )
    return lines, others, faults


def _moment(text: pl.DataFrame, name: str) -> pl.Expr:
    """Either way of writing a time, from Nairobi's to UTC; null where it is neither."""
    cell = pl.col(name)
    first = text.get_column(name).head(1)
    forms = _FORMS if not len(first) or first[0][4:5] != "-" else _FORMS[::-1]
    read = cell.str.to_datetime(forms[0], strict=False, time_unit="ms")
    if text.select(read.is_null().any()).item():
        slashes = cell.str.replace_all("/", "-", literal=True)
        read = pl.coalesce(read, *(slashes.str.to_datetime(form, strict=False, time_unit="ms") for form in _FORMS))
    return read - EAT_AHEAD


def _cents(name: str) -> pl.Expr:
    """Null for what is empty or no amount."""
    number = pl.when(pl.col(name).str.contains(_NUMBER)).then(pl.col(name))
    return (number.str.replace_all(",", "", literal=True).cast(pl.Float64) * 100).round().cast(pl.Int64)


def _words(found: Layout) -> Iterator[pl.Expr]:
    """What Details say stands in for columns that are not there."""
    details = pl.col("details")
    before = details.str.replace(_TAIL, "")
    reason = before if "reason" not in found.places else pl.col("reason")
    party = details.str.extract(_PARTY).fill_null("") if "other_party" not in found.places else pl.col("other_party")
    typed = details.str.extract(_ACCOUNT_TYPED).fill_null("")
    reference = typed if "reference" not in found.places else pl.col("reference")
    for name, words in (
        ("details", details),
        ("reason", pl.when(reason == "").then(before).otherwise(reason)),
        ("other_party", party),
        ("reference", reference),
    ):
        yield words.str.head(LIMITS[name]).alias(name)


def _linked() -> pl.Expr:
    """Where the column is not there or empty, a reversal's details name the payment: it must not be missed, or that
    payment is paid back a second time."""
    named = pl.col("details").str.extract(_REVERSED).fill_null("")
    return pl.when(pl.col("linked") == "").then(named).otherwise(pl.col("linked")).alias("linked")


def _faults(rows: pl.DataFrame, window: Window) -> Iterator[Fault]:
    """Each check that some row does not pass, with the rows."""
    checks = list(_checks(window))
    failed = rows.select(wrong.any().alias(str(place)) for place, (wrong, _, _) in enumerate(checks)).row(0)
    for (wrong, name, words), any_failed in zip(checks, failed, strict=True):
        if any_failed:
            for line, cell in rows.filter(wrong).select(LINE, name).head(MOST_FAULTS + 1).iter_rows():
                yield Fault(line, words.format(_shown(cell)))


def _checks(window: Window) -> Iterator[tuple[pl.Expr, str, str]]:
    """What is wrong, the column that the words show, and the words."""
    status, completed_at = pl.col("is"), pl.col("completed_at")
    is_done = status == COMPLETED
    yield ~pl.col("receipt").str.contains(_RECEIPT), "receipt", "“{}” is no receipt number."
    yield ~status.is_in([COMPLETED, *NOT_COMPLETED]), "status", "the transaction status “{}” is none that M-PESA has."
    yield completed_at.is_null() & is_done, "completed", "the completion time “{}” is no time."
    is_wrong = pl.col("initiated_at").is_null() & (pl.col("initiated") != "")
    yield is_wrong, "initiated", "the initiation time “{}” is no time."
    for name in ("paid_in", "withdrawn", "balance"):
        is_wrong = pl.col(f"{name}_cents").is_null() & (pl.col(name) != "")
        yield is_wrong, name, f"{NAMES[name]} is “{{}}”, which is no amount in shillings and cents."
    yield (pl.col("balance") == "") & is_done, "balance", "it has no balance. Perhaps the file was cut off here."
    yield pl.col("paid_in_cents") < 0, "paid_in", "Paid In is “{}”, below zero."
    moved = [pl.col(name).fill_null(0) != 0 for name in ("paid_in_cents", "withdrawn_cents")]
    yield moved[0] & moved[1], "paid_in", "it is both paid in ({}) and withdrawn."
    is_empty = (pl.col("paid_in") == "") & (pl.col("withdrawn") == "")
    yield is_empty & is_done, "receipt", "{} is neither paid in nor withdrawn."
    is_told = pl.col("confirmed").str.to_lowercase().is_in(["", "true", "false"])
    yield (
        ~is_told,
        "confirmed",
        "Balance Confirmed is “{}”, neither true nor false. Are the columns where they should be?",
    )
    yield (pl.col("reason") == "") & is_done, "receipt", "{} has neither a reason nor details."
    yield ~pl.col("linked").str.contains(_LINKED), "linked", "the linked transaction “{}” is no receipt number."
    if window.period is not None:
        is_outside = ~completed_at.is_between(*window.period)
        yield is_outside, "completed", "{} is outside of the period that the statement says it is of."
    yield completed_at > window.latest, "completed", "{} has not come yet."


def _shown(cell: object) -> str:
    """As much of the cell as a person needs."""
    text = str(cell)
    return text if len(text) <= 60 else f"{text[:60]}…"
