"""The bytes that stand for an entry and for a block of the hash chain, as docs/chain.md of this package defines them.

Written from that definition, not from the market's code: a mistake there must not be a mistake here.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

FIELDS = ("key", "kind", "memo", "time it happened", "time it was booked", "database transaction", "postings")
GENESIS = "0" * 64
DIGEST_BYTES = 32
SEAL_BYTES = DIGEST_BYTES + 4 * len(FIELDS)

Posting = tuple[int, int, int]
"""Its id, its account's id, and its amount in cents."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it reads now; moments are microseconds since 1970 in UTC, postings in the order of their ids."""

    id: int
    key: str
    kind: str
    memo: str
    happened: int
    booked: int
    made_in: int
    postings: tuple[Posting, ...]

    @property
    def cents(self) -> int:
        """Debits less credits."""
        return sum(cents for _, _, cents in self.postings)

    @property
    def debits(self) -> int:
        """How much money it moves, as far as its debits say."""
        return sum(cents for _, _, cents in self.postings if cents > 0)


def seal(entry: Entry) -> bytes:
    """What the chain keeps of an entry: a SHA-256 of all of it, then a CRC-32 of each field."""
    fields = (
        entry.key.encode(),
        entry.kind.encode(),
        entry.memo.encode(),
        number(entry.happened),
        number(entry.booked),
        number(entry.made_in),
        b"".join(number(value) for posting in entry.postings for value in posting),
    )
    whole = number(entry.id) + b"".join(map(_text, fields))
    return hashlib.sha256(whole).digest() + b"".join(zlib.crc32(field).to_bytes(4) for field in fields)


def altered(sealed: bytes, now: bytes) -> list[str]:
    """Which fields two seals of an entry differ in."""
    marks = [(place, place + 4) for place in range(DIGEST_BYTES, SEAL_BYTES, 4)]
    return [name for name, (here, end) in zip(FIELDS, marks, strict=True) if sealed[here:end] != now[here:end]]


def key_mark(sealed: bytes) -> int:
    """The CRC-32 of the key that the entry had."""
    return int.from_bytes(sealed[DIGEST_BYTES : DIGEST_BYTES + 4])


@dataclass(frozen=True, slots=True)
class Block:
    """What a block of the chain says, but for its own hash. ``cursor`` is how far it sealed."""

    number: int
    previous: str
    sealed_at: int
    ids: list[int]
    seals: bytes
    accounts: list[str]
    cursor: tuple[int, int, int]


def block_hash(block: Block) -> str:
    """The hash that a block has by what it says."""
    told = [_text(block.previous.encode()), number(block.number), number(block.sealed_at), *map(number, block.cursor)]
    told += [number(len(block.ids)), *map(number, block.ids), _text(block.seals)]
    told += [_text(line.encode()) for line in block.accounts]
    return hashlib.sha256(b"".join(told)).hexdigest()


def number(value: int) -> bytes:
    """Eight bytes, the highest first, in two's complement."""
    return value.to_bytes(8, signed=True)


def _text(raw: bytes) -> bytes:
    return number(len(raw)) + raw
