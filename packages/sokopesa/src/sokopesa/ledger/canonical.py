"""The exact bytes that stand for an entry and for a block of the chain. Changing this file breaks every chain.

Numbers are 8 bytes, big-endian and signed. Times are microseconds since 1970 in UTC. A text is its length, then UTF-8.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

FIELDS = ("key", "kind", "memo", "time it happened", "time it was booked", "database transaction", "postings")
"""What an entry consists of, in the order in which a seal marks them."""

GENESIS = "0" * 64
"""What the first block names as the block before it."""

_NUMBER = struct.Struct(">q")
_POSTING = struct.Struct(">3q")
_MARKS = struct.Struct(f">{len(FIELDS)}I")
_DIGEST_BYTES = 32
SEAL_BYTES = _DIGEST_BYTES + _MARKS.size

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PostingImage(NamedTuple):
    """A posting as it reads in the database; ``account`` is the account's id."""

    id: int
    account: int
    cents: int


class EntryImage(NamedTuple):
    """An entry as it reads in the database, with its postings by id. Times are microseconds since 1970 in UTC."""

    id: int
    key: str
    kind: str
    memo: str
    happened: int
    booked: int
    made_in: int
    postings: tuple[PostingImage, ...]

    @property
    def total_cents(self) -> int:
        """Debits less credits: zero, or it is no entry."""
        return sum(posting.cents for posting in self.postings)


def seal_of(entry: EntryImage) -> bytes:
    """SHA-256 of the whole entry, which proves it, and a CRC-32 of each field, which names the one that was altered."""
    fields = _fields(entry)
    whole = _NUMBER.pack(entry.id) + b"".join(map(_text, fields))
    return hashlib.sha256(whole).digest() + _MARKS.pack(*map(zlib.crc32, fields))


def altered_fields(sealed: bytes, current: bytes) -> list[str]:
    """Which of `FIELDS` two seals of one entry differ in."""
    before, after = _MARKS.unpack(sealed[_DIGEST_BYTES:]), _MARKS.unpack(current[_DIGEST_BYTES:])
    return [name for name, old, new in zip(FIELDS, before, after, strict=True) if old != new]


def split_seals(seals: bytes) -> Iterator[bytes]:
    """The seals of a block, one by one."""
    return (seals[start : start + SEAL_BYTES] for start in range(0, len(seals), SEAL_BYTES))


def block_hash(
    *,
    number: int,
    previous_hash: str,
    sealed_at: datetime,
    entry_ids: Sequence[int],
    seals: bytes,
    accounts: Sequence[str],
    cursor: Sequence[int],
) -> str:
    """SHA-256, in hexadecimal, of all that a block says. ``cursor`` is how far it sealed."""
    digest = hashlib.sha256(_text(previous_hash.encode()))
    digest.update(_numbers(number, microseconds(sealed_at), *cursor, len(entry_ids), *entry_ids))
    digest.update(_text(seals))
    for account in accounts:
        digest.update(_text(account.encode()))
    return digest.hexdigest()


def microseconds(moment: datetime) -> int:
    """Whole microseconds from 1970 in UTC to the aware moment."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _fields(entry: EntryImage) -> tuple[bytes, ...]:
    return (
        entry.key.encode(),
        entry.kind.encode(),
        entry.memo.encode(),
        _NUMBER.pack(entry.happened),
        _NUMBER.pack(entry.booked),
        _NUMBER.pack(entry.made_in),
        b"".join([_POSTING.pack(*posting) for posting in entry.postings]),
    )


def _numbers(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}q", *numbers)


def _text(raw: bytes) -> bytes:
    return _NUMBER.pack(len(raw)) + raw
