"""The books as Parquet files, and the auditor's program that proves them without our code."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from auditor.cli import main as auditor
from sokopesa.cli import main
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.exports.parquet import LEDGER, source, write_parquet
from sokopesa.ledger.images import one_moment
from sokopesa.ledger.sealing import head, seal
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

Books = Any
Market = Any


def export(folder: Path) -> Result:
    return CliRunner().invoke(main, ["ledger", "export", "--parquet", str(folder)], env={"COLUMNS": "200"})


def prove(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(auditor, ["prove", str(folder), *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def traded(books: Books, market: Market) -> Books:
    """Orders paid, one of them cancelled and owed back in part, one completed; sealed but for the last."""
    first, second, third = (market.paid_order() for _ in range(3))
    receipt = first.purchase.receipts.get()
    debt = Debt(
        key=f"cancel:{first.pk}",
        cause=Refund.Cause.CANCELLED_ORDER,
        purchase_id=first.purchase_id,
        receipt=receipt.code,
        amount_cents=45_000,
        msisdn=receipt.msisdn,
        from_account=accounts.escrow(first.pk),
        happened_at=market.now,
        received_cents=receipt.amount_cents,
        order_id=first.pk,
    )
    owe([debt], now=market.now)
    legs = (
        debit(accounts.escrow(second.pk), 125_000),
        credit(accounts.seller(second.seller_id), 118_750),
        credit(accounts.COMMISSION, 6_250),
    )
    book([Draft(key=f"completed:{second.pk}", kind="order-completed", happened_at=market.now, legs=legs, memo="“ÿ€")])
    seal(now=market.now)
    market.pay(market.purchase(buyer=third.purchase.buyer))
    return books


def test_the_auditor_proves_what_was_exported(traded: Books, tmp_path: Path) -> None:
    exported = export(tmp_path / "books")
    assert exported.exit_code == 0, exported.output
    proved = prove(tmp_path / "books", "--head", head()[1])
    assert proved.exit_code == 0, proved.output
    assert "4 receipts" in proved.output
    assert "Everything ties" in proved.output


def test_the_manifest_names_each_file_with_its_rows_and_totals(traded: Books, tmp_path: Path) -> None:
    exported = export(tmp_path / "books")
    manifest = json.loads((tmp_path / "books" / "manifest.json").read_text())
    told = {table["name"]: table for table in manifest["tables"]}
    assert {*told} >= {"accounts", "entries", "postings", "blocks", "orders", "receipts", "refunds"}
    assert (told["receipts"]["rows"], told["receipts"]["debit_cents"]) == (4, 500_000)
    assert told["postings"]["debit_cents"] == told["postings"]["credit_cents"]
    for table in told.values():
        file = tmp_path / "books" / table["file"]
        assert table["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert table["rows"] == duckdb.connect().execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0]
    assert hashlib.sha256((tmp_path / "books" / "manifest.json").read_bytes()).hexdigest() in exported.output


@pytest.mark.parametrize(
    ("forged", "found"),
    [
        ("UPDATE ledger_posting SET amount_cents = amount_cents + 1 WHERE id = 3", "posting-altered: receipt:"),
        (
            "UPDATE ledger_account SET balance_cents = balance_cents - 1 WHERE code = 'commission'",
            "balance-wrong: comm",
        ),
        (
            "UPDATE payments_receipt SET amount_cents = 1 WHERE code = (SELECT min(code) FROM payments_receipt)",
            "receipt-",
        ),
        ("UPDATE ledger_block SET seals = substr(seals, 2) || '\\000'::bytea", "block-altered: block 1"),
        ("UPDATE refunds_refund SET received_cents = 900000", "refund-receipt: "),
    ],
)
def test_the_auditor_finds_what_was_forged_in_the_database(
    traded: Books, tmp_path: Path, forged: str, found: str
) -> None:
    traded.forge(forged)
    export(tmp_path / "books")
    proved = prove(tmp_path / "books")
    assert proved.exit_code == 1, proved.output
    assert proved.output.startswith(found)
    assert proved.output.count(" KES ") == 2 + proved.output.splitlines()[0].count(" KES ") - 1, proved.output


def test_a_file_that_was_changed_after_the_export_is_named(traded: Books, tmp_path: Path) -> None:
    export(tmp_path / "books")
    file = tmp_path / "books" / "postings.parquet"
    duckdb.sql(f"COPY (SELECT * REPLACE (abs(amount_cents) AS amount_cents) FROM '{file}') TO '{file}.new'")
    Path(f"{file}.new").replace(file)
    proved = prove(tmp_path / "books")
    assert (proved.exit_code, proved.output.splitlines()[0].split(": KES")[0]) == (1, "file-altered: postings.parquet")


def test_an_export_needs_a_folder_of_its_own(traded: Books, tmp_path: Path) -> None:
    refused = export(tmp_path)
    assert refused.exit_code == 2
    assert "exists already" in refused.output
    both = CliRunner().invoke(main, ["ledger", "export"])
    assert both.exit_code == 2


def test_a_failed_export_leaves_nothing(books: Books, tmp_path: Path) -> None:
    books.begin()
    broken = source(
        "broken", "(SELECT 1 / (id - 4) AS one FROM ledger_entry) AS broken", key="one", columns={"one": "int"}
    )
    with pytest.raises(Exception, match="division by zero"), one_moment():
        list(write_parquet((*LEDGER, broken), tmp_path / "books", now=books.noon))
    assert [*tmp_path.iterdir()] == []


def test_the_same_books_make_the_same_files(books: Books, tmp_path: Path) -> None:
    books.begin()
    seal(now=books.noon)
    for name in ("one", "two"):
        with one_moment():
            list(write_parquet(LEDGER, tmp_path / name, now=books.noon))
    one, two = ((tmp_path / name / "manifest.json").read_text() for name in ("one", "two"))
    assert one == two


def test_an_export_does_not_hold_a_table_in_memory(books: Books, tmp_path: Path) -> None:
    """Four times the entries need no more memory to write."""

    def peak(name: str) -> int:
        tracemalloc.start()
        with one_moment():
            few_at_once = [replace(table, at_once=500) for table in LEDGER]
            list(write_parquet(few_at_once, tmp_path / name, now=books.noon + timedelta(days=1)))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    book([books.charge(number) for number in range(1_000)])
    peak("warm")
    few = peak("few")
    book([books.charge(number) for number in range(1_000, 4_000)])
    assert peak("many") < 1.5 * few
