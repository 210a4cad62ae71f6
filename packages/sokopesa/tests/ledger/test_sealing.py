"""The chain takes every entry exactly once, however transactions overlap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import Error, connection, connections, transaction

from sokopesa.ledger import sealing
from sokopesa.ledger.actions import book
from sokopesa.ledger.canonical import GENESIS
from sokopesa.ledger.models import Block, Entry
from sokopesa.ledger.sealing import seal
from sokopesa.ledger.verification import verify

Books = Any
FORK = """
    INSERT INTO ledger_block SELECT 2, previous_hash, repeat('a', 64), sealed_at, entry_ids, seals, accounts,
        sealed_to_transaction, sealed_to_entry, after_entry FROM ledger_block
"""


def sealed_ids() -> list[int]:
    return [entry for ids in Block.objects.order_by("number").values_list("entry_ids", flat=True) for entry in ids]


def test_each_entry_is_sealed_once_and_the_blocks_are_linked(books: Books) -> None:
    books.begin()
    assert seal(now=books.noon, limit=4) == 4
    assert seal(now=books.noon) == 2
    assert seal(now=books.noon) == 0
    assert sealed_ids() == [*Entry.objects.order_by("id").values_list("id", flat=True)]
    first, second = Block.objects.order_by("number")
    assert (first.number, first.previous_hash) == (1, GENESIS)
    assert (second.number, second.previous_hash) == (2, first.hash)


def test_a_backlog_is_cut_into_blocks(books: Books) -> None:
    book([books.payment(number) for number in range(1, 2_501)])
    assert seal(now=books.noon) == 2_500
    assert [len(block.entry_ids) for block in Block.objects.order_by("number")] == [1_000, 1_000, 500]
    report = verify()
    assert (report.findings, report.blocks, report.entries, report.waiting) == ([], 3, 2_500, 0)


def test_an_entry_that_commits_after_higher_ids_is_not_skipped(books: Books) -> None:
    """The slow transaction draws its id first and commits last. Nothing booked after it began is sealed before it."""
    drawn, may_commit = Event(), Event()

    def slowly() -> None:
        with transaction.atomic():
            book([books.payment(1)])
            drawn.set()
            assert may_commit.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(slowly)
        assert drawn.wait(30)
        try:
            book([books.sale(2)])
            assert seal(now=books.noon) == 0
            assert verify().waiting == 1
        finally:
            may_commit.set()
        slow.result(30)
    assert seal(now=books.noon) == 2
    assert sorted(sealed_ids()) == [*Entry.objects.order_by("id").values_list("id", flat=True)]
    assert verify().findings == []


def test_an_id_drawn_late_by_an_early_transaction_waits_its_turn(books: Books) -> None:
    """A transaction that began earlier and books later stands before the other in the chain, with the higher id."""
    begun, other_done = Event(), Event()

    def early() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT txid_current()")
            begun.set()
            assert other_done.wait(30)
            book([books.payment(1)])
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(early)
        assert begun.wait(30)
        try:
            book([books.payment(2)])
            assert seal(now=books.noon) == 0
        finally:
            other_done.set()
        running.result(30)
    assert seal(now=books.noon) == 2
    keys = dict(Entry.objects.values_list("id", "key"))
    assert [keys[entry] for entry in sealed_ids()] == ["receipt:SG1", "receipt:SG2"]
    assert verify().findings == []


def test_sealers_and_writers_at_once_lose_and_repeat_nothing(books: Books) -> None:
    start = Barrier(5)

    def write(writer: int) -> int:
        start.wait(30)
        for number in range(15):
            book([books.payment(100 * writer + number)])
        connections.close_all()
        return 0

    def keep_sealing(_: int) -> int:
        start.wait(30)
        sealed = sum(seal(now=books.noon) for _ in range(40))
        connections.close_all()
        return sealed

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write, writer) for writer in (1, 2, 3)]
        sealers = [pool.submit(keep_sealing, sealer) for sealer in (1, 2)]
        sealed = sum(work.result(60) for work in [*writers, *sealers])
    sealed += seal(now=books.noon)
    assert sealed == Entry.objects.count() == 45
    assert sorted(sealed_ids()) == [*Entry.objects.order_by("id").values_list("id", flat=True)]
    assert verify().findings == []


def test_a_second_sealer_leaves_the_work_to_the_first(books: Books) -> None:
    books.begin()
    holding, done = Event(), Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.SEALING_LOCK])
            holding.set()
            assert done.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(hold)
        assert holding.wait(30)
        try:
            assert seal(now=books.noon) == 0
        finally:
            done.set()
        other.result(30)
    assert seal(now=books.noon) == 6


def test_the_chain_goes_on_after_the_database_was_restored_from_a_dump(books: Books) -> None:
    """A restored database counts its transactions from the beginning, below those that its entries name."""
    books.begin()
    books.forge("UPDATE ledger_entry SET made_in = made_in + 4000000000000")
    before_the_dump = Entry.objects.order_by("id").values_list("made_in", "id")[:4]
    sealing._add_block(books.noon, 0, [*before_the_dump])
    book([books.payment(7)])
    assert verify().waiting == 3
    assert seal(now=books.noon) == 2 + 1
    book([books.payment(8)])
    assert verify().waiting == 1
    assert seal(now=books.noon) == 1
    assert sorted(sealed_ids()) == [*Entry.objects.order_by("id").values_list("id", flat=True)]
    assert verify().findings == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_block SET sealed_at = sealed_at",
        "DELETE FROM ledger_block",
        "TRUNCATE ledger_block",
        FORK,
    ],
    ids=["update", "delete", "truncate", "fork"],
)
def test_the_database_refuses_to_change_or_fork_the_chain(books: Books, statement: str) -> None:
    books.begin()
    seal(now=books.noon)
    with pytest.raises(Error), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().findings == []
