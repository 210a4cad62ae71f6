"""The hash chain: are its blocks whole and linked, and does everything that they seal still read as it did?

Blocks are hashed one by one; the entries, of which there are a thousand times as many, are hashed by DuckDB itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.books import Books
from auditor.canonical import GENESIS, SEAL_BYTES, Block, block_hash
from auditor.findings import Fault, Finding

BLOCKS_AT_ONCE = 1_000
"""A million entries, whose seals are compared in one query."""

MACROS = """
CREATE OR REPLACE MACRO int8(n) AS lpad(to_hex(n::BIGINT), 16, '0');
CREATE OR REPLACE MACRO long_text(t) AS int8(octet_length(encode(t))) || hex(encode(t));
"""

MISMATCHES = """
WITH sealed AS (
    SELECT unnest(entry_ids) AS id, unnest(regexp_extract_all(hex(seals), '.{{{digits}}}')) AS seal
    FROM blocks WHERE number BETWEEN {first} AND {last} AND number NOT IN (SELECT number FROM unsound)
), around AS (
    SELECT coalesce(min(id), 0) AS lowest, coalesce(max(id), 0) AS highest FROM sealed
), legs AS (
    SELECT entry_id, string_agg(int8(id) || int8(account_id) || int8(amount_cents), '' ORDER BY id) AS hex
    FROM postings, around WHERE entry_id BETWEEN lowest AND highest GROUP BY entry_id
), now AS (
    SELECT entries.id, sha256(unhex(
        int8(entries.id) || long_text(key) || long_text(kind) || long_text(memo)
        || int8(8) || int8(epoch_us(happened_at)) || int8(8) || int8(epoch_us(booked_at)) || int8(8) || int8(made_in)
        || int8(length(coalesce(hex, '')) // 2) || coalesce(hex, '')
    )) AS digest
    FROM entries JOIN around ON entries.id BETWEEN lowest AND highest LEFT JOIN legs ON entry_id = entries.id
)
SELECT sealed.id, seal FROM sealed LEFT JOIN now USING (id)
WHERE digest IS DISTINCT FROM lower(seal[1:64]) ORDER BY sealed.id
"""


@dataclass(slots=True)
class Chain:
    """What a walk over the whole chain saw. ``mismatched`` has the seal of each entry that does not read as it did."""

    blocks: int = 0
    entries: int = 0
    head: str = GENESIS
    anchored: bool = False
    broken: list[Finding] = field(default_factory=list)
    mismatched: dict[int, bytes] = field(default_factory=dict)
    inserted: list[int] = field(default_factory=list)
    accounts: dict[int, Finding] = field(default_factory=dict)


def walk(books: Books, anchor: str | None) -> Chain:
    """Walk the chain. ``anchor`` is a head that was written down earlier, which some block should still have."""
    seen = Chain(anchored=anchor == GENESIS)
    unsound = _walk_blocks(books, seen, anchor)
    books.do("CREATE OR REPLACE TEMP TABLE unsound (number BIGINT)")
    for number in unsound:
        books.do("INSERT INTO unsound VALUES (?)", [number])
    books.do(MACROS)
    last = books.number("SELECT max(number) FROM blocks")
    for first in range(1, last + 1, BLOCKS_AT_ONCE):
        found = MISMATCHES.format(digits=2 * SEAL_BYTES, first=first, last=first + BLOCKS_AT_ONCE - 1)
        seen.mismatched.update({entry: bytes.fromhex(seal) for entry, seal in books.rows(found)})
    if not seen.broken:
        seen.inserted = _unsealed(books)
    if anchor is not None and not seen.anchored:
        words = "no block of the chain has this hash: history before it was cut off or written anew"
        seen.broken.append(Finding(Fault.HEAD_UNKNOWN, anchor, 0, words))
    seen.accounts = {finding[0]: finding[1] for finding in _accounts(books)}
    return seen


def waiting(books: Books) -> int:
    """Entries that no block has yet."""
    return books.number("SELECT count(*) FROM entries") - books.number("SELECT sum(len(entry_ids)) FROM blocks")


def _walk_blocks(books: Books, seen: Chain, anchor: str | None) -> list[int]:
    """Check hashes and links; the numbers of blocks that do not say what they said when they were made."""
    unsound: list[int] = []
    number, previous = 0, GENESIS
    for block in books.stream(
        "SELECT number, previous_hash, hash, epoch_us(sealed_at), entry_ids, seals, accounts, sealed_to_transaction,"
        " sealed_to_entry, after_entry FROM blocks ORDER BY number",
        at_once=50,
    ):
        here, before, told, sealed_at, ids, seals, accounts, *cursor = block
        read = Block(here, before, sealed_at, ids, bytes(seals), accounts, (cursor[0], cursor[1], cursor[2]))
        sound = block_hash(read) == told and len(seals) == SEAL_BYTES * len(ids)
        if here > number + 1:
            where = f"block {number + 1}" + (f" to {here - 1}" if here > number + 2 else "")
            seen.broken.append(Finding(Fault.BLOCK_MISSING, where, _unproved(books), "it is gone from the chain"))
        elif not sound:
            words = f"it reads otherwise than when it was made, so its {len(ids)} entries are not proved"
            seen.broken.append(Finding(Fault.BLOCK_ALTERED, f"block {here}", _moved_by(books, here), words))
        elif previous not in {"", before}:
            words = f"block {here} was made after another block {number} than the one that stands there"
            seen.broken.append(Finding(Fault.BLOCK_REPLACED, f"block {number}", _moved_by(books, number), words))
        if not sound:
            unsound.append(here)
        seen.anchored = seen.anchored or (sound and told == anchor)
        seen.blocks += 1
        seen.entries += len(ids)
        # What follows an altered block names the hash that the block had, which nobody knows any more.
        number, previous, seen.head = here, told if sound else "", told
    return unsound


def _moved_by(books: Books, number: int) -> int:
    """Debits of the entries that a block seals."""
    return books.number(f"""
        SELECT sum(amount_cents) FILTER (amount_cents > 0)::BIGINT FROM postings
        WHERE entry_id IN (SELECT unnest(entry_ids) FROM blocks WHERE number = {number})
    """)


def _unproved(books: Books) -> int:
    """Debits of the entries that should be sealed and are in no block."""
    return books.number(f"""
        SELECT sum(amount_cents) FILTER (amount_cents > 0)::BIGINT FROM postings WHERE entry_id IN ({_UNSEALED})
    """)


_UNSEALED = """
WITH frontier AS (SELECT * FROM blocks ORDER BY number DESC LIMIT 1),
     sealed AS (SELECT unnest(entry_ids) AS id FROM blocks)
SELECT entries.id FROM entries, frontier
WHERE (entries.id <= after_entry
       OR (entries.made_in < sealed_to_transaction
           OR (entries.made_in = sealed_to_transaction AND entries.id <= sealed_to_entry)))
  AND entries.id NOT IN (SELECT id FROM sealed)
"""


def _unsealed(books: Books) -> list[int]:
    """Entries that are in no block although everything of their time was sealed.

    Where the books were restored from a dump and nothing was sealed since, transactions count anew below those of the
    chain; then only ids tell old from new.
    """
    last = books.rows("SELECT sealed_to_transaction FROM blocks ORDER BY number DESC LIMIT 1")
    restored = last and last[0][0] > int(books.manifest.get("transaction", last[0][0]))
    old = " AND entries.id <= (SELECT max(id) FROM sealed)" if restored else ""
    return [entry for (entry,) in books.rows(f"{_UNSEALED}{old} ORDER BY entries.id")]


def _accounts(books: Books) -> Iterator[tuple[int, Finding]]:
    """Accounts that are not as the blocks describe them; the amount is the balance that is kept."""
    for account, told, now, cents in books.rows("""
        WITH described AS (
            SELECT DISTINCT unnest(accounts) AS line FROM blocks WHERE number NOT IN (SELECT number FROM unsound)
        ), now AS (
            SELECT id, balance_cents, id || ' ' || code || ' ' || kind || CASE WHEN guarded THEN ' guarded' ELSE '' END
            AS line FROM accounts
        )
        SELECT split_part(described.line, ' ', 1)::BIGINT AS account, min(described.line), any_value(now.line),
               any_value(balance_cents)
        FROM described LEFT JOIN now ON now.id = split_part(described.line, ' ', 1)::BIGINT
        WHERE described.line IS DISTINCT FROM now.line GROUP BY account ORDER BY account
    """):
        code = told.split(" ")[1]
        if now is None:
            yield account, Finding(Fault.ACCOUNT_MISSING, code, 0, "it is gone from the books")
        else:
            yield account, Finding(Fault.ACCOUNT_ALTERED, code, cents, f"it was “{told}” and now reads “{now}”")
