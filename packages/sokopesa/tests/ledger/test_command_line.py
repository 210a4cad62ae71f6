"""``sokopesa ledger`` as an accountant and an auditor run it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.ledger.canonical import GENESIS
from sokopesa.ledger.models import Block

Books = Any


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ledger", *arguments], env={"COLUMNS": "200"})


def test_sealing_prints_the_head_that_verification_takes(books: Books) -> None:
    books.begin()
    assert "6 wait to be sealed" in run("verify").output
    sealed = run("seal")
    head = Block.objects.get().hash
    assert (sealed.exit_code, sealed.output) == (0, f"Sealed 6 entries. Head: block 1, {head}\n")
    verified = run("verify", "--head", head)
    assert verified.exit_code == 0
    assert "6 entries sealed; 0 wait to be sealed." in verified.output
    assert "The given head is that of block 1." in verified.output
    assert "Nothing was altered" in verified.output


def test_altered_books_end_in_status_1_with_the_name_of_what_was_altered(books: Books) -> None:
    books.begin()
    run("seal")
    books.forge("UPDATE ledger_posting SET amount_cents = amount_cents + 100 WHERE id = 3")
    verified = run("verify")
    assert verified.exit_code == 1
    words = "posting altered: receipt:SG2 (entry 2): posting 3 to mpesa:174379 was KES 700 and now reads KES 701\n"
    assert words in verified.output
    checked = run("check")
    assert checked.exit_code == 1
    assert "account mpesa:174379: kept KES 5,234, recomputed KES 5,235" in checked.output


def test_a_head_that_is_not_in_the_chain_is_status_1(books: Books) -> None:
    books.begin()
    run("seal")
    verified = run("verify", "--head", "ab" * 32)
    assert verified.exit_code == 1
    assert "anchored head not in the chain" in verified.output
    assert run("verify", "--head", GENESIS).exit_code == 0


def test_the_installed_command_proves_the_books_of_a_database_by_its_url(books: Books) -> None:
    books.begin()
    where = connection.settings_dict
    url = f"postgresql:///{where['NAME']}?{urlencode({'host': where['HOST'], 'user': where['USER']})}"
    command = [str(Path(sysconfig.get_path("scripts")) / "sokopesa"), "ledger", "verify"]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "6 wait to be sealed" in done.stdout


def test_the_trial_balance_and_a_statement_are_shown(books: Books) -> None:
    books.begin()
    balance = run("trial-balance")
    assert balance.exit_code == 0
    assert "7 rows, debit KES 5,249, credit KES 5,249" in balance.output
    before = run("trial-balance", "--until", "2026-03-01")
    assert "0 rows" in before.output
    shown = run("statement", "escrow:82", "--from", "2026-03-02", "--until", "2026-03-02")
    assert shown.exit_code == 0
    for words in ("Opening balance", "receipt:SG2", "-700.00", "Closing balance"):
        assert words in shown.output


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "beancount", "journal"])
def test_an_export_prints_its_totals_and_its_hash(books: Books, tmp_path: Path, suffix: str) -> None:
    books.begin()
    path = tmp_path / f"books.{suffix}"
    done = run("export", str(path), "--until", "2026-03-02")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert done.output == f"{path}: 12 rows, debit KES 5,264, credit KES 5,264, SHA-256 {digest}\n"


def test_a_file_of_an_unknown_kind_or_an_unknown_account_is_a_mistake_of_the_command(
    books: Books, tmp_path: Path
) -> None:
    books.begin()
    wrong = run("export", str(tmp_path / "books.pdf"))
    assert wrong.exit_code == 2
    assert ".csv, .xlsx, .beancount, .journal" in wrong.output
    assert run("statement", "escrow:nobody").exit_code == 2
    assert [*tmp_path.iterdir()] == []
