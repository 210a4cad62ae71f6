"""However the portal writes a statement, the same lines come in."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from stating import HEADINGS, Dialect, Movement, account, as_csv, as_xlsx, preamble, rows, some

from sokopesa.reconciliation.importing import import_statement
from sokopesa.reconciliation.models import StatementImport, StatementLine
from sokopesa.reconciliation.taken_back import is_reversed

pytestmark = pytest.mark.django_db

PLAIN = Dialect()
AHEAD = timezone(timedelta(hours=3))
SECOND = timedelta(seconds=1)


def kept(*, masked: bool = False) -> list[tuple[object, ...]]:
    """What the database has, oldest first."""
    fields = ("receipt", "completed_at", "paid_in_cents", "withdrawn_cents", "balance_cents", "reason", "linked")
    fields += ("reference",) if masked else ("reference", "other_party", "details", "msisdn")
    return list(StatementLine.objects.order_by("id").values_list(*fields))


def wanted(lines: list[Movement], *, masked: bool = False) -> list[tuple[object, ...]]:
    told = []
    for line in lines:
        paid_in, withdrawn = max(line.cents, 0), max(-line.cents, 0)
        row: tuple[object, ...] = (
            line.receipt,
            line.at.astimezone(UTC),
            paid_in,
            withdrawn,
            line.balance,
            line.reason,
            line.linked,
        )
        row += (line.reference,)
        if not masked:
            row += (line.party, line.details, line.party[:12] if line.party else "")
        told.append(row)
    return told


DIALECTS = {
    "as the portal": PLAIN,
    "byte order mark": Dialect(bom=True),
    "Unix line ends": Dialect(end="\n"),
    "no last line end": Dialect(final_end=False),
    "ISO dates": Dialect(day="%Y-%m-%d"),
    "slashes": Dialect(day="%d/%m/%Y"),
    "no thousands separators": Dialect(thousands=False),
    "withdrawn is positive": Dialect(minus=False),
    "oldest first": Dialect(newest_first=False),
    "headings without dots": Dialect(dots=False),
    "a long preamble": Dialect(preamble=40),
}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_each_dialect(take_in, dialect: Dialect):
    lines = some(30)
    done = take_in(as_csv(lines, dialect))
    assert (done.new, done.known) == (30, 0)
    assert kept() == wanted(lines)
    whole = StatementImport.objects.get()
    assert (whole.opening_cents, whole.closing_cents) == (1_000_000, lines[-1].balance)
    assert (whole.shortcode, whole.account, whole.line_count, whole.source) == ("174379", "utility", 30, "csv")
    assert whole.period_from == datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    assert whole.period_until == datetime(2026, 11, 20, 20, 59, 59, tzinfo=UTC)


def test_masked_parties(take_in):
    lines = some(30)
    take_in(as_csv(lines, Dialect(masked=True)))
    assert kept(masked=True) == wanted(lines, masked=True)
    assert set(StatementLine.objects.values_list("msisdn", flat=True)) == {""}
    assert StatementLine.objects.filter(other_party="2547****149 - JOHN DOE").exists()


@pytest.mark.parametrize("columns", [8, 9, 10, 11, 12])
def test_last_columns_that_are_not_there(take_in, columns: int):
    """What they would have said is read from the details."""
    lines = [replace(line, linked="" if columns < 12 else line.linked) for line in some(30)]
    take_in(as_csv(lines, Dialect(columns=columns)))
    assert kept() == wanted(lines)


@pytest.mark.parametrize("columns", [10, 13])
@pytest.mark.parametrize("named", ["Transaction Reversal of UKA0000001 to 254708374149", "reversal for UKA0000001"])
def test_a_reversal_whose_payment_only_the_details_name(take_in, columns: int, named: str):
    """Missed, the payment would be given back a second time."""
    [paid] = some(1)
    back = Movement("UKA0000002", paid.at + SECOND, -paid.cents, reason="Transaction Reversal", reference="")

    def rename(cells: list[list[str]]) -> None:
        cells[0][3] = named

    take_in(as_csv(account([paid, back]), Dialect(columns=columns), altered=rename))
    assert list(StatementLine.objects.order_by("id").values_list("linked", flat=True)) == ["", "UKA0000001"]
    assert is_reversed("UKA0000001")


@pytest.mark.parametrize("dates", [True, False], ids=["dates and numbers", "texts"])
@pytest.mark.parametrize("newest_first", [True, False])
def test_excel(take_in, *, dates: bool, newest_first: bool):
    lines = some(30)
    done = take_in(as_xlsx(lines, Dialect(newest_first=newest_first), dates=dates), "statement.xlsx")
    assert kept() == wanted(lines)
    assert done.whole.source == "xlsx"


def test_midnight_in_excel(take_in):
    """Whose cell is a day without a time."""
    midnight = datetime(2026, 11, 3, tzinfo=AHEAD)
    lines = account([Movement("UKD0000001", midnight, 5_000), Movement("UKD0000002", midnight + 9 * SECOND, -2_000)])
    take_in(as_xlsx(lines), "statement.xlsx")
    assert kept() == wanted(lines)


def test_excel_with_another_sheet_before_and_times_that_lost_their_format(take_in):
    lines, book = some(3), Workbook()
    book.worksheets[0].append(["Notes"])
    sheet = book.create_sheet("Statement")
    for row in [[None], *preamble(PLAIN), list(HEADINGS)]:
        sheet.append(row)
    for line, cells in zip(lines, rows(lines, Dialect(newest_first=False)), strict=True):
        day = (line.at - datetime(1899, 12, 30, tzinfo=AHEAD)).total_seconds() / 86400
        sheet.append([cells[0], day, day, *cells[3:]])
    file = io.BytesIO()
    book.save(file)
    take_in(file.getvalue(), "statement.xlsx")
    assert kept() == wanted(lines)


def test_what_did_not_complete_is_counted_and_moves_nothing(take_in):
    lines = some(12)
    for place, status in enumerate(("Failed", "Declined", "Cancelled", "Expired", "Pending", "Authorized")):
        lines.insert(place * 2 + 1, Movement(f"UKF000000{place}", lines[place * 2].at, 50_000, status=status))
    lines = account(lines)
    done = take_in(as_csv(lines))
    assert kept() == wanted([line for line in lines if line.status == "Completed"])
    assert done.whole.passed_over == 6


def test_without_a_preamble_somebody_says_whose_it_is(take_in):
    lines = some(5)
    done = take_in(as_csv(lines, Dialect(preamble=0)), shortcode="174379", account="Utility Account")
    assert kept() == wanted(lines)
    assert (done.whole.period_from, done.whole.period_until) == (wanted(lines)[0][1], wanted(lines)[-1][1])


def test_a_statement_of_a_quiet_day(take_in):
    done = take_in(as_csv([]))
    assert (done.new, done.whole.opening_cents, done.whole.closing_cents) == (0, None, None)


def test_a_cell_with_a_line_break_and_quotes(take_in):
    lines = [replace(line, reference='INV "7"\nsecond', party='254708374149 - O"DOE, JOHN') for line in some(9)]
    take_in(as_csv(lines))
    numbers = list(StatementLine.objects.order_by("id").values_list("line_number", flat=True))
    assert kept() == wanted(lines)
    # A record is known by its first line, and has three: one break in Details, another in A/C No.
    assert numbers == [6 + 3 * place for place in reversed(range(9))]


def test_blank_lines_do_not_shift_line_numbers(take_in):
    lines = some(4)
    text = as_csv(lines).replace(b"UKA0000002", b"\r\n \r\nUKA0000002", 1)
    take_in(text)
    numbers = list(StatementLine.objects.order_by("id").values_list("line_number", flat=True))
    assert numbers == [11, 10, 7, 6]
    assert kept() == wanted(lines)


SECONDS = st.lists(
    st.tuples(st.sampled_from([-500, 500, 1_000, -1_000, 70_000]), st.sampled_from([0, 0, 1, 60])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=SECONDS,
    dialect=st.builds(
        Dialect,
        day=st.sampled_from(["%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y"]),
        thousands=st.booleans(),
        minus=st.booleans(),
        newest_first=st.booleans(),
        bom=st.booleans(),
        end=st.sampled_from(["\r\n", "\n"]),
        columns=st.sampled_from([13, 13, 10]),
        dots=st.booleans(),
        preamble=st.integers(4, 9),
        final_end=st.booleans(),
    ),
    shuffle=st.none() | st.randoms(use_true_random=False),
)
def test_any_statement_in_any_dialect_and_order(moves, dialect, shuffle):
    """Amounts repeat and cancel each other within seconds, so that the order of lines is a riddle."""
    at, lines = datetime(2026, 11, 2, 8, 0, tzinfo=AHEAD), []
    for n, (cents, later) in enumerate(moves):
        at += timedelta(seconds=later)
        lines.append(Movement(f"UKB{n:07d}", at, cents, reference=f"INV-{n}"))
    lines = account(lines)
    order = list(lines)
    if shuffle:
        shuffle.shuffle(order)
    with transaction.atomic():
        content = as_csv(order, dialect)
        done = import_statement(io.BytesIO(content), name="any.csv", by=None, now=datetime(2026, 11, 25, tzinfo=UTC))
        found = kept()
        assert done.new == len(lines)
        assert sorted(found) == sorted(wanted(lines))
        balance = done.whole.opening_cents  # where all begins and ends in one second, several are as good
        for row in found:  # ids follow the balance
            balance += row[2] - row[3]
            assert row[4] == balance
        assert done.whole.closing_cents == balance
        transaction.set_rollback(True)
