"""What is wrong with a file is named by its line, and nothing of it is taken in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from stating import Dialect, Movement, account, as_csv, as_xlsx, preamble, some

from sokopesa.reconciliation.errors import StatementRefused
from sokopesa.reconciliation.models import StatementImport, StatementLine

pytestmark = pytest.mark.django_db

Cells = list[list[str]]


def refused(take_in, content: bytes, *said: str, **told: object) -> tuple[str, ...]:
    """The faults; each of ``said`` is in one of them, in this order."""
    with pytest.raises(StatementRefused) as refusal:
        take_in(content, **told)
    faults = refusal.value.faults
    assert len(faults) >= len(said), faults
    for fault, words in zip(faults, said, strict=False):
        assert words in fault, faults
    assert not StatementImport.objects.exists()
    assert not StatementLine.objects.exists()
    return faults


def cell(row: int, column: int, value: str) -> Callable[[Cells], None]:
    def alter(cells: Cells) -> None:
        cells[row][column] = value

    return alter


ONE_CELL = {
    "receipt": (0, "UKA 12", "“UKA 12” is no receipt number"),
    "no receipt": (0, "", "“” is no receipt number"),
    "completion time": (1, "31-02-2026 10:00:00", "completion time “31-02-2026 10:00:00” is no time"),
    "time without seconds": (1, "01-11-2026 08:00", "is no time"),
    "initiation time": (2, "yesterday", "initiation time “yesterday” is no time"),
    "status": (4, "Complete", "transaction status “Complete” is none"),
    "paid in": (5, "1.500,00", "Paid In is “1.500,00”, which is no amount"),
    "paid in has letters": (5, "1,5O0.00", "Paid In is “1,5O0.00”"),
    "paid in below zero": (5, "-1,500.00", "Paid In is “-1,500.00”, below zero"),
    "thousands misplaced": (7, "1,50,000.00", "Balance is “1,50,000.00”"),
    "fractions of a cent": (7, "1500.001", "Balance is “1500.001”"),
    "both ways": (6, "5.00", "both paid in"),
    "balance": (7, "", "it has no balance"),
    "confirmed": (8, "Pay Bill", "Balance Confirmed is “Pay Bill”"),
    "linked": (11, "see note", "“see note” is no receipt number"),
    "outside of the period": (1, "31-10-2026 23:59:59", "outside of the period"),
}


@pytest.mark.parametrize(("column", "value", "words"), ONE_CELL.values(), ids=ONE_CELL)
def test_a_cell_that_cannot_be(take_in, column: int, value: str, words: str):
    lines = [line for line in some(20) if line.cents > 0]
    content = as_csv(account(lines), altered=cell(3, column, value))
    faults = refused(take_in, content, words)
    assert faults[0].startswith("Line 9: ")


def test_every_bad_line_is_named_and_the_first_ones_first(take_in):
    def alter(cells: Cells) -> None:
        cells[2][7] = "x"
        cells[9][1] = "y"
        cells[5][4] = "z"

    faults = refused(take_in, as_csv(some(12), altered=alter), "Line 8: ", "Line 11: ", "Line 15: ")
    assert len(faults) == 3


def test_very_many_faults_are_not_all_told(take_in):
    def alter(cells: Cells) -> None:
        for row in cells:
            row[7] = "x"

    faults = refused(take_in, as_csv(some(500), altered=alter))
    assert len(faults) == 51
    assert faults[-1] == "And more."


def test_neither_paid_in_nor_withdrawn(take_in):
    def alter(cells: Cells) -> None:
        cells[0][5] = cells[0][6] = ""

    refused(take_in, as_csv(some(2), altered=alter), "Line 6: UKA0000002 is neither paid in nor withdrawn")


def test_a_time_that_has_not_come(take_in):
    lines = account([Movement("UKA0000001", some(1)[0].at + timedelta(days=40), 1_000)])
    content = as_csv(lines, Dialect(preamble=0))
    refused(take_in, content, "has not come yet", shortcode="174379", account="utility")


@pytest.mark.parametrize("cut", [1, 12, 40, 60, 90, 110])
def test_a_file_that_was_cut_off(take_in, cut: int):
    """Within its last line, at a different place each time."""
    content = as_csv([line for line in some(20) if line.cents > 0][:10])
    last = content.rstrip().rfind(b"\n") + 1
    at = min(last + cut, len(content.rstrip()) - 12)
    faults = refused(take_in, content[:at])
    line = content[:last].count(b"\n") + 1
    assert all(fault.startswith(f"Line {line}: ") for fault in faults), faults


def test_an_amount_that_was_changed_breaks_the_balance(take_in):
    lines = some(20)
    content = as_csv(lines, altered=cell(5, 5, "77.00"))
    faults = refused(take_in, content, "Line 11: its balance does not follow. After line 12")
    assert len(faults) == 1


def test_a_balance_that_was_changed_is_told_as_one(take_in):
    lines = some(20)
    content = as_csv(lines, altered=cell(4, 7, "77.00"))
    wanted = lines[-5].balance
    faults = refused(take_in, content, "Line 10: its balance is KES 77; by the lines around it it should be")
    assert f"KES {wanted // 100:,}" in faults[0]
    assert len(faults) == 1


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_line_that_was_taken_out(take_in, *, newest_first: bool):
    lines = some(20)
    content = as_csv([*lines[:7], *lines[8:]], Dialect(newest_first=newest_first))
    faults = refused(take_in, content, "A line is missing or repeated, or an amount was changed.")
    assert len(faults) == 1


def test_lines_that_are_there_twice(take_in):
    lines = some(20)
    content = as_csv([*lines[:8], lines[7], *lines[8:], lines[2]])
    refused(take_in, content, "Line 20: it repeats line 19.", "Line 25: it repeats line 6.")


def test_a_payment_told_of_a_time_it_was_not(take_in):
    """Its amount and balance are right; it stands where it should by the balance, and not by the time."""
    content = as_csv(some(20), altered=cell(4, 1, "01-11-2026 23:00:00"))
    refused(take_in, content, "its balance does not follow")


def test_breaks_can_be_accepted_and_are_written_down(take_in):
    lines = some(20)
    done = take_in(as_csv([*lines[:7], *lines[8:]]), accept_breaks=True)
    assert (done.new, len(done.breaks)) == (19, 1)
    assert StatementImport.objects.get().break_count == 1
    # The whole file, later, brings the line that was missing.
    assert take_in(as_csv(lines)).new == 1


OTHERS = {
    "another's": ("600000", {}, "Line 2: this statement is of 600000; ours are 174379 and 614251."),
    "the other one of ours": ("614251", {"shortcode": "174379"}, "Line 2: this statement is of 614251, not of 174379."),
    "another account": ("174379", {"account": "working"}, "Line 3: this statement is of the Utility Account, not of"),
}


@pytest.mark.parametrize(("shortcode", "told", "words"), OTHERS.values(), ids=OTHERS)
def test_a_statement_of_something_else(take_in, shortcode: str, told: dict[str, str], words: str):
    refused(take_in, as_csv(some(3), shortcode=shortcode), words, **told)


def test_nobody_says_whose_it_is(take_in):
    content = as_csv(some(3), Dialect(preamble=0))
    refused(take_in, content, "does not say of which account", "does not say of which paybill")


NOT_STATEMENTS = {
    "empty": b"",
    "another file": b"name,amount\r\nx,5\r\n",
    "a picture": bytes(range(256)) * 50,
    "Excel that is none": b"PK\x03\x04" + b"x" * 500,
    "no columns": "\r\n".join([*(",".join(row) for row in preamble(Dialect())), "Receipt No.,Details", ""]).encode(),
}


@pytest.mark.parametrize("content", NOT_STATEMENTS.values(), ids=NOT_STATEMENTS)
def test_no_statement_at_all(take_in, content: bytes):
    refused(take_in, content)


def test_excel_that_was_cut_off(take_in):
    content = as_xlsx(some(50))
    refused(take_in, content[: len(content) // 2], "cut off", name="statement.xlsx")


def test_excel_faults_have_their_lines(take_in):
    lines = some(20)
    wrong = as_xlsx([replace(line, status="Complete") if line is lines[4] else line for line in lines])
    refused(take_in, wrong, "Line 21: the transaction status “Complete”", name="statement.xlsx")


def test_text_in_another_encoding(take_in):
    content = as_csv(some(20)).replace(b"Pay Bill from", b"Pay Bill fr\xf3m", 1)
    refused(take_in, content, "Line 7: it is not text in UTF-8.")


def test_a_line_with_too_many_cells_and_one_with_too_few(take_in):
    def alter(cells: Cells) -> None:
        cells[1].append("more")
        del cells[3][-1]

    refused(
        take_in, as_csv(some(9), altered=alter), "Line 7: it has 14 cells instead of 13.", "Line 9: it has 12 of 13"
    )


def test_a_quote_that_does_not_end(take_in):
    content = as_csv(some(9)).replace(b"UKA0000003,", b'"UKA0000003,', 1)
    refused(take_in, content)
