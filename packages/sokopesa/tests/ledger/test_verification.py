"""An auditor's mutation suite: each class of corruption, planted past every guard, is named, alone and by its name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from sokopesa.ledger.actions import book
from sokopesa.ledger.canonical import GENESIS
from sokopesa.ledger.findings import Fault
from sokopesa.ledger.models import Block
from sokopesa.ledger.sealing import seal
from sokopesa.ledger.verification import verify

Books = Any

ENTRY_2 = "receipt:SG2 (entry 2)"

CASES = tomllib.loads(Path(__file__).with_name("corruptions.toml").read_text())


@pytest.fixture
def sealed(books: Books) -> Books:
    """Six entries in three blocks, and a seventh that waits to be sealed."""
    books.begin()
    for _ in range(3):
        seal(now=books.noon, limit=2)
    book([books.payment(9)])
    return books


def test_clean_books_raise_nothing(sealed: Books) -> None:
    report = verify()
    assert report.findings == []
    assert (report.blocks, report.entries, report.waiting) == (3, 6, 1)
    assert report.head == Block.objects.get(number=3).hash


def test_empty_books_raise_nothing(books: Books) -> None:
    report = verify(anchor=GENESIS)
    assert (report.findings, report.blocks, report.head, report.anchored_at) == ([], 0, GENESIS, 0)


@pytest.mark.parametrize("case", CASES)
def test_each_corruption_is_named_once(sealed: Books, case: str) -> None:
    planted = CASES[case]
    try:
        sealed.forge(planted["sql"])
        findings = verify().findings
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_is_append_only")
    assert [(finding.fault, finding.where) for finding in findings] == [(Fault[planted["fault"]], planted["where"])], [
        *map(str, findings)
    ]
    assert planted["what"] in findings[0].what


def test_two_corruptions_are_two_findings(sealed: Books) -> None:
    """One does not hide behind the other: the altered posting explains one balance, and only that."""
    sealed.forge(
        "UPDATE ledger_posting SET amount_cents = amount_cents + 1 WHERE id = 3",
        "UPDATE ledger_account SET balance_cents = balance_cents - 100 WHERE code = 'escrow:85'",
    )
    assert [(finding.fault, finding.where) for finding in verify().findings] == [
        (Fault.POSTING_ALTERED, ENTRY_2),
        (Fault.BALANCE_WRONG, "escrow:85"),
    ]


def test_what_follows_from_a_deleted_entry_is_told_with_it(sealed: Books) -> None:
    sealed.forge("DELETE FROM ledger_entry WHERE id = 2", "DELETE FROM ledger_posting WHERE entry_id = 2")
    (finding,) = verify().findings
    assert set(finding.consequences) == {
        "mpesa:174379: it is kept KES 700 above what its postings give",
        "escrow:82: it is kept KES 700 below what its postings give",
    }


def test_an_anchored_head_proves_history_after_more_was_sealed(sealed: Books) -> None:
    head = verify().head
    seal(now=sealed.noon)
    report = verify(anchor=head)
    assert (report.findings, report.blocks, report.anchored_at) == ([], 4, 3)


def test_a_chain_written_anew_from_its_beginning_is_caught_by_the_anchor_alone(sealed: Books) -> None:
    """Whoever owns the database can alter an entry and seal everything again. A hash kept elsewhere tells."""
    head = verify().head
    sealed.forge("UPDATE ledger_entry SET memo = 'tidied' WHERE id = 2", "DELETE FROM ledger_block")
    seal(now=sealed.noon)
    assert verify().findings == []
    (finding,) = verify(anchor=head).findings
    assert (finding.fault, finding.where) == (Fault.HEAD_UNKNOWN, head)


def test_a_block_resealed_under_its_successor_is_named(sealed: Books) -> None:
    """The last block but one is made again over an altered entry, with a hash that fits its new content."""
    third = Block.objects.get(number=3)
    sealed.forge("UPDATE ledger_entry SET memo = 'tidied' WHERE id = 4", "DELETE FROM ledger_block WHERE number > 1")
    seal(now=sealed.noon, limit=2)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        third.save(force_insert=True)
        cursor.execute("RESET session_replication_role")
    (finding,) = verify().findings
    assert (finding.fault, finding.where) == (Fault.BLOCK_REPLACED, "block 2")


def test_the_end_of_the_chain_cut_off_is_caught_by_the_anchor(sealed: Books) -> None:
    head = verify().head
    sealed.forge("DELETE FROM ledger_block WHERE number = 3")
    assert [finding.fault for finding in verify(anchor=head).findings] == [Fault.HEAD_UNKNOWN]
