"""Files for accountants, opened with the programs that accountants use."""

from __future__ import annotations

import csv
import hashlib
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from openpyxl import load_workbook

from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.exports import tables
from sokopesa.ledger.exports.files import Control
from sokopesa.ledger.exports.plaintext import write_beancount, write_hledger
from sokopesa.ledger.exports.tables import journal_table, statement_table, trial_balance_table, write_csv, write_xlsx
from sokopesa.ledger.images import one_moment
from sokopesa.ledger.models import Entry
from sokopesa.ledger.statements import Period, statement

Books = Any
PAYBILL = "mpesa:174379"


@pytest.fixture
def filled(books: Books) -> Books:
    """The usual books, and an entry whose texts try everything that a file format could trip over."""
    books.begin()
    nasty = '=HYPERLINK("http://x";"y") | ; (a) \\ \n\t@SUM(1+1) “ÿ€'
    book([Draft("+cmd|' /C calc'!A0", "@kind", books.noon, (debit(PAYBILL, 5), credit("seller:7", 5)), nasty)])
    return books


def everything(books: Books) -> Period:
    return Period(None, books.noon + timedelta(days=1))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def test_the_journal_as_csv_holds_every_posting_and_its_totals(filled: Books, tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    with one_moment():
        control = write_csv(journal_table(everything(filled)), path)
    rows = read(path)
    assert control.rows == len(rows) == 14
    assert control.debit_cents == control.credit_cents == 526_405
    assert sum(float(row["Debit KES"] or 0) for row in rows) == pytest.approx(5_264.05)
    assert control.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    number = str(Entry.objects.get(key="receipt:SG1").pk)
    assert [*rows[2].values()][:-1] == [
        "2026-03-02 12:01:00", number, "receipt:SG1", "payment", "From 0712 ***678, order 81", PAYBILL, "1250.00", ""
    ]  # fmt: skip


def test_no_text_in_a_csv_can_be_run_as_a_formula(filled: Books, tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    with one_moment():
        write_csv(journal_table(everything(filled)), path)
    nasty = read(path)[0]
    assert nasty["Key"] == "'+cmd|' /C calc'!A0"
    assert nasty["Kind"] == "'@kind"
    assert nasty["Memo"].startswith("'=HYPERLINK")


def test_a_workbook_has_numbers_dates_and_no_formulas(filled: Books, tmp_path: Path) -> None:
    path = tmp_path / "journal.xlsx"
    with one_moment():
        control = write_xlsx(journal_table(everything(filled)), path)
    book_ = load_workbook(path)
    journal, totals = book_.worksheets
    rows = [*journal.iter_rows(min_row=2)]
    assert len(rows) == control.rows == 14
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}
    assert (rows[2][0].value.isoformat(), rows[2][6].value) == ("2026-03-02T12:01:00", 1_250)
    assert rows[0][4].value.startswith("=HYPERLINK")
    assert [[*row] for row in totals.values] == [["Rows", 14], ["Debit KES", 5_264.05], ["Credit KES", 5_264.05]]


def test_the_same_books_make_the_same_file(filled: Books, tmp_path: Path) -> None:
    with one_moment():
        first = write_xlsx(journal_table(everything(filled)), tmp_path / "1.xlsx")
        second = write_xlsx(journal_table(everything(filled)), tmp_path / "2.xlsx")
    assert first.sha256 == second.sha256


def test_a_statement_and_a_trial_balance_go_into_files_too(filled: Books, tmp_path: Path) -> None:
    with one_moment():
        write_csv(statement_table(statement("escrow:82", everything(filled))), tmp_path / "statement.csv")
        control = write_csv(trial_balance_table(everything(filled)), tmp_path / "trial.csv")
    opening, line, closing = read(tmp_path / "statement.csv")
    assert (opening["Memo"], opening["Balance KES"]) == ("Opening balance", "0.00")
    assert (line["Key"], line["Credit KES"], line["Balance KES"]) == ("receipt:SG2", "700.00", "-700.00")
    assert (closing["Memo"], closing["Balance KES"]) == ("Closing balance", "-700.00")
    assert control.debit_cents == control.credit_cents
    assert {row["Account"]: row["Debit KES"] for row in read(tmp_path / "trial.csv")}[PAYBILL] == "5234.05"


@pytest.mark.parametrize("start", [None, 2.5], ids=["from the beginning", "with opening balances"])
def test_beancount_accepts_the_books_and_comes_to_our_balances(
    filled: Books, tmp_path: Path, start: float | None
) -> None:
    path = tmp_path / "books.beancount"
    since = filled.noon + timedelta(minutes=start) if start else None
    with one_moment():
        control = write_beancount(Period(since, filled.noon + timedelta(days=1)), path)
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    assert control.rows == (6 if start else 14)
    balances = [entry for entry in entries if type(entry).__name__ == "Balance"]
    assert {entry.account: str(entry.amount) for entry in balances}["Assets:Mpesa:174379"] == "5234.05 KES"
    payments = [entry for entry in entries if type(entry).__name__ == "Transaction" and entry.payee == "payment"]
    assert payments[-1].meta["key"] == "receipt:SG5"


def test_beancount_finds_a_shilling_changed_in_the_file(filled: Books, tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    with one_moment():
        write_beancount(everything(filled), path)
    path.write_text(path.read_text().replace(" 99.00 KES", " 98.00 KES").replace("-99.00 KES", "-98.00 KES", 1))
    assert loader.load_file(str(path))[1]


def test_the_hledger_journal_reads_as_it_should(filled: Books, tmp_path: Path) -> None:
    path = tmp_path / "books.journal"
    with one_moment():
        write_hledger(everything(filled), path)
    text = path.read_text()
    assert (
        "2026-03-02 * (receipt:SG1) payment | From 0712 ***678, order 81\n"
        "    ; entry: 1, time: 2026-03-02 12:01:00 EAT, booked: "
    ) in text
    assert "    assets:mpesa:174379  KES 1250.00\n    liabilities:escrow:81  KES -1250.00\n" in text
    assert "2026-03-04 * Balances, asserted\n" in text
    assert "    assets:mpesa:174379  KES 0 = KES 5234.05\n" in text


def test_a_failed_export_leaves_no_file(filled: Books, tmp_path: Path) -> None:
    def breaks() -> Any:
        yield ("x", "asset", None, None)
        raise ZeroDivisionError

    table = tables.Table("t", filled.noon, (tables.ACCOUNT,), breaks(), Control())
    with pytest.raises(ZeroDivisionError):
        write_csv(table, tmp_path / "t.csv")
    assert [*tmp_path.iterdir()] == []


def test_an_export_does_not_hold_the_journal_in_memory(books: Books, tmp_path: Path) -> None:
    """Four times the entries need no more memory to write."""

    def peak() -> int:
        tracemalloc.start()
        with one_moment():
            write_csv(journal_table(everything(books)), tmp_path / "journal.csv")
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    book([books.charge(number) for number in range(1_400)])
    few = peak()
    book([books.charge(number) for number in range(1_400, 5_600)])
    assert peak() < 1.5 * few


def test_a_table_too_long_for_a_sheet_goes_on_in_the_next(filled: Books, tmp_path: Path) -> None:
    with one_moment():
        write_xlsx(journal_table(everything(filled)), tmp_path / "long.xlsx", sheet_rows=6)
    sheets = load_workbook(tmp_path / "long.xlsx").worksheets
    assert [sheet.max_row for sheet in sheets] == [6, 6, 5, 3]
    assert all(sheet["A1"].value == "Time (EAT)" for sheet in sheets[:3])
