"""What comes again changes nothing, what overlaps adds what is new, and what was altered meanwhile is found out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stating import Dialect, Movement, account, as_csv, as_xlsx, some

from sokopesa.reconciliation.errors import StatementRefused
from sokopesa.reconciliation.importing import import_statement
from sokopesa.reconciliation.models import StatementImport, StatementLine

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NO_PERIOD = Dialect(preamble=3)


def test_the_same_file_again(take_in):
    content = as_csv(some(20))
    first = take_in(content)
    again = take_in(content, "renamed.csv")
    assert (again.new, again.known, again.was_known, again.whole) == (0, 20, True, first.whole)
    assert (StatementImport.objects.count(), StatementLine.objects.count()) == (1, 20)


def test_the_same_statement_written_otherwise(take_in):
    lines = some(20)
    take_in(as_csv(lines))
    ways = (Dialect(newest_first=False, minus=False), Dialect(columns=10), Dialect(masked=True), Dialect(columns=8))
    for dialect in ways:
        done = take_in(as_csv(lines, dialect))
        assert (done.new, done.known, done.was_known) == (0, 20, False)
    assert take_in(as_xlsx(lines), "statement.xlsx").known == 20
    assert StatementLine.objects.count() == 20


def test_masked_first_and_plain_later(take_in):
    lines = some(20)
    take_in(as_csv(lines, Dialect(masked=True)))
    assert take_in(as_csv(lines)).known == 20


def test_an_overlapping_file_adds_only_what_is_new(take_in):
    lines = some(30)
    take_in(as_csv(lines[:20], NO_PERIOD))
    done = take_in(as_csv(lines[12:], NO_PERIOD), "next.csv")
    assert (done.new, done.known) == (10, 8)
    assert list(StatementLine.objects.order_by("id").values_list("balance_cents", flat=True)) == [
        line.balance for line in lines
    ]


def test_files_that_meet_within_a_payment_and_its_charge(take_in):
    """The first ends with the payment, the next begins with its charge, under the same receipt."""
    lines = some(30)
    at = next(place for place, line in enumerate(lines) if line.cents < 0 and place > 10)
    take_in(as_csv(lines[:at], NO_PERIOD))
    assert take_in(as_csv(lines[at:], NO_PERIOD)).new == 30 - at


def test_a_receipt_with_the_same_reason_twice(take_in):
    at = some(9)[-1].at
    parts = [Movement("UKC0000001", at, 5_000), Movement("UKC0000001", at + timedelta(seconds=3), 5_000)]
    lines = account([*some(4), *parts])
    take_in(as_csv(lines[:-1], NO_PERIOD))
    done = take_in(as_csv(lines[-1:], NO_PERIOD), "rest.csv")
    assert (done.new, done.known) == (1, 0)
    told = StatementLine.objects.filter(receipt="UKC0000001").order_by("id")
    assert list(told.values_list("occurrence", flat=True)) == [1, 2]


ALTERED = {
    "amount and balances": lambda lines: account([replace(lines[0], cents=lines[0].cents + 100), *lines[1:]]),
    "one amount": lambda lines: [replace(lines[0], cents=lines[0].cents - 100), *lines[1:]],
    "time": lambda lines: [*lines[:-1], replace(lines[-1], at=lines[-1].at + timedelta(hours=1))],
    "receipt": lambda lines: [*lines[:5], replace(lines[5], receipt="UKX0000001"), *lines[6:]],
    "receipt of the last": lambda lines: [*lines[:-1], replace(lines[-1], receipt="UKX0000001")],
    "party": lambda lines: [*lines[:5], replace(lines[5], party="254708374140 - JOHN DOE"), *lines[6:]],
    "account number": lambda lines: [*lines[:6], replace(lines[6], reference="INV-99"), *lines[7:]],
    "reason": lambda lines: [*lines[:5], replace(lines[5], reason="Pay Bill Online"), *lines[6:]],
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_a_known_line_that_was_altered(take_in, alter: Callable[[list[Movement]], list[Movement]]):
    lines = some(20)
    take_in(as_csv(lines), "first.csv")
    told = list(StatementLine.objects.order_by("id").values())
    with pytest.raises(StatementRefused) as refusal:
        take_in(as_csv(alter(lines)), "altered.csv")
    assert "of first.csv" in refusal.value.faults[0]
    assert refusal.value.faults[0].startswith("Line ")
    assert list(StatementLine.objects.order_by("id").values()) == told
    assert StatementImport.objects.count() == 1


def test_the_fault_says_what_it_was_and_is(take_in):
    lines = some(3)
    take_in(as_csv(lines), "first.csv")
    altered = [replace(lines[0], cents=lines[0].cents + 100), *lines[1:]]
    with pytest.raises(StatementRefused) as refusal:
        take_in(as_csv(altered))
    assert refusal.value.faults == (
        "Line 8: in line 8 of first.csv it was KES 1,600 paid in; now it is KES 1,601 paid in.",
    )


def test_a_known_line_that_is_left_out(take_in):
    """The rest is made to follow, so that only what we know speaks against it."""
    lines = some(20)
    take_in(as_csv(lines), "first.csv")
    with pytest.raises(StatementRefused) as refusal:
        take_in(as_csv(lines[1:]), "short.csv")
    assert refusal.value.faults == (
        "UKA0000001 (Pay Bill) of 01-11-2026 08:00:02, line 25 of first.csv, is missing between this file's lines.",
    )


def test_what_completed_does_not_fail_later(take_in):
    lines = some(20)
    take_in(as_csv(lines[:10], NO_PERIOD), "first.csv")
    later = account([replace(lines[9], status="Failed"), *lines[10:]], opening=lines[9].balance)
    with pytest.raises(StatementRefused) as refusal:
        take_in(as_csv(later, NO_PERIOD))
    assert "is “Failed”; in line 5 of first.csv it was Completed." in refusal.value.faults[0]


def test_what_was_pending_completes_later(take_in):
    lines = some(4)
    pending = account([*lines[:2], Movement("UKP0000001", lines[1].at, 9_900, status="Pending")])
    take_in(as_csv(pending, NO_PERIOD))
    done = account([*lines[:2], replace(pending[2], status="Completed"), *lines[2:]])
    assert take_in(as_csv(done, NO_PERIOD)).new == 3


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0, 11), column=st.integers(0, 12), value=st.data())
def test_any_single_altered_cell_is_found_or_harms_nothing(row: int, column: int, value: st.DataObject):
    """A known statement comes again with one cell changed, into another cell's text or anything else."""
    lines = some(12)

    def alter(cells: list[list[str]]) -> None:
        others = st.sampled_from([line[column] for line in cells])
        cells[row][column] = value.draw(others | st.text(max_size=12) | st.just("") | st.sampled_from(cells[row]))

    with transaction.atomic():
        import_statement(io.BytesIO(as_csv(lines)), name="first.csv", by=None, now=NOW)
        told = list(StatementLine.objects.order_by("id").values())
        try:
            done = import_statement(io.BytesIO(as_csv(lines, altered=alter)), name="again.csv", by=None, now=NOW)
        except StatementRefused:
            pass  # it was found
        else:
            assert done.new == 0
        assert list(StatementLine.objects.order_by("id").values()) == told
        transaction.set_rollback(True)


_COPIED = "line_number, reason, completed_at, initiated_at, details, other_party, msisdn, linked, reference"
WRITES = [
    "UPDATE reconciliation_statementline SET paid_in_cents = 5",
    "DELETE FROM reconciliation_statementline",
    "UPDATE reconciliation_statementimport SET closing_cents = 5",
    "DELETE FROM reconciliation_statementimport",
    # A line of another paybill than its import, one that goes both ways, and one without a balance.
    *(
        f"INSERT INTO reconciliation_statementline (statement_import_id, shortcode, account, receipt, occurrence,"
        f" paid_in_cents, withdrawn_cents, balance_cents, {_COPIED}) SELECT statement_import_id, {values}, {_COPIED}"
        f" FROM reconciliation_statementline LIMIT 1"
        for values in (
            "'614251', account, 'X', 1, 1, 0, 1",
            "shortcode, account, 'X', 1, 1, 1, 1",
            "shortcode, account, 'X', 1, 1, 0, NULL",
            "shortcode, account, receipt, 1, 1, 0, 1",
        )
    ),
]


@pytest.mark.parametrize("statement", WRITES)
def test_the_database_keeps_what_was_stated(take_in, statement: str):
    take_in(as_csv(some(5)))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
