"""Sealing: entries go into the hash chain some time after they were booked, so that booking never waits for it.

Ids are drawn before their transactions commit, so an id may appear after a higher one has been sealed. Entries are
therefore taken in the order of the transactions that made them, and only of those older than every transaction still
running: whatever such a transaction made is visible, and nothing can be added behind the seal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sokopesa.ledger import images
from sokopesa.ledger.canonical import GENESIS, block_hash, seal_of
from sokopesa.ledger.models import Block

BLOCK_ENTRIES = 1_000
SEALING_LOCK = 7_465_325
"""Advisory lock held while a block is made; one sealer at a time is enough."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Where the chain ends. Entries with an id over ``after`` and made beyond ``(transaction, entry)`` are not sealed.

    A database restored from a dump counts its transactions from the beginning, below those of its own entries. Then
    ``highest`` is the last id sealed before, and entries over it are new whatever their transaction.
    """

    after: int = 0
    transaction: int = 0
    entry: int = 0
    highest: int | None = None


def seal(*, now: datetime, limit: int = 100_000) -> int:
    """Seal up to ``limit`` entries that no running transaction can still precede; how many were sealed.

    Each block is a transaction of its own. Call it outside any transaction, as often as you like, from any process:
    0 also means that another process is sealing.
    """
    sealed = 0
    while sealed < limit:
        size = _seal_block(now, min(BLOCK_ENTRIES, limit - sealed))
        if not size:
            break
        sealed += size
    return sealed


def head() -> tuple[int, str]:
    """Number and hash of the last block. Written down outside this database, the hash is an anchor for verification."""
    return Block.objects.order_by("-number").values_list("number", "hash").first() or (0, GENESIS)


def frontier() -> Frontier:
    """Where the chain ends now."""
    last = Block.objects.order_by("-number").values_list("after_entry", "sealed_to_transaction", "sealed_to_entry")[:1]
    if not last:
        return Frontier()
    after, made_in, entry = last[0]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT max(id) FROM ledger_block, unnest(entry_ids) AS id
            WHERE %s > txid_snapshot_xmax(txid_current_snapshot())
            """,
            [made_in],
        )
        (highest,) = cursor.fetchone()
    return Frontier(after, made_in, entry, highest)


@transaction.atomic
def _seal_block(now: datetime, size: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALING_LOCK])
        if cursor.fetchone() != (True,):
            return 0
    end = frontier()
    taken = _finished_entries(end, size)
    if not taken and end.highest is not None:
        end = Frontier(after=end.highest)
        taken = _finished_entries(end, size)
    if taken:
        _add_block(now, end.after, taken)
    return len(taken)


def _finished_entries(end: Frontier, size: int) -> list[tuple[int, int]]:
    """The next entries as (transaction, id). After a restore, all that came with the dump are finished."""
    with connection.cursor() as cursor:
        # The backlog is newer than the planner's statistics: it would read and sort all of it for every block.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            """
            SELECT made_in, id FROM ledger_entry
            WHERE id > %s AND (made_in, id) > (%s, %s)
              AND (made_in < txid_snapshot_xmin(txid_current_snapshot()) OR %s)
            ORDER BY made_in, id LIMIT %s
            """,
            [end.after, end.transaction, end.entry, end.highest is not None, size],
        )
        taken = [(made_in, entry) for made_in, entry in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_sort = on")
    return taken


def _add_block(now: datetime, after: int, taken: list[tuple[int, int]]) -> None:
    number, previous = head()
    ids = [entry for _, entry in taken]
    found = images.entries(ids)
    touched = {posting.account for entry in found.values() for posting in entry.postings}
    described = images.accounts(touched)
    seals = b"".join(seal_of(found[entry]) for entry in ids)
    accounts = [described[account] for account in sorted(described)]
    block = Block(
        number=number + 1,
        previous_hash=previous,
        sealed_at=now,
        entry_ids=ids,
        seals=seals,
        accounts=accounts,
        sealed_to_transaction=taken[-1][0],
        sealed_to_entry=taken[-1][1],
        after_entry=after,
    )
    block.hash = hash_of(block)
    block.save(force_insert=True)


def hash_of(block: Block) -> str:
    """The hash that the block should have by what it says."""
    return block_hash(
        number=block.number,
        previous_hash=block.previous_hash,
        sealed_at=block.sealed_at,
        entry_ids=block.entry_ids,
        seals=bytes(block.seals),
        accounts=block.accounts,
        cursor=(block.sealed_to_transaction, block.sealed_to_entry, block.after_entry),
    )
