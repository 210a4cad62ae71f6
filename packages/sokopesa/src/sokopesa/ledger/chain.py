"""Walking the hash chain: are the blocks whole and linked, and does everything they seal still read as it did?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sokopesa.ledger import images
from sokopesa.ledger.canonical import GENESIS, EntryImage, seal_of, split_seals
from sokopesa.ledger.findings import Fault, Finding
from sokopesa.ledger.models import Block
from sokopesa.ledger.sealing import hash_of

BLOCKS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that no longer reads as it was sealed; ``current`` is None where it is gone."""

    id: int
    sealed: bytes
    current: EntryImage | None


@dataclass(slots=True)
class Walk:
    """What a walk over the whole chain saw."""

    blocks: int = 0
    entries: int = 0
    head: str = GENESIS
    anchored_at: int | None = None
    broken: list[Finding] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    accounts: dict[int, Finding] = field(default_factory=dict)


def walk(anchor: str | None) -> Walk:
    """Check every block and everything that it seals. ``anchor`` is a hash that some block should have."""
    seen = Walk(anchored_at=0 if anchor == GENESIS else None)
    for block, sound in _linked(seen):
        seen.blocks += 1
        seen.entries += len(block.entry_ids)
        if not sound:
            continue
        if block.hash == anchor:
            seen.anchored_at = block.number
        _check_entries(block, seen)
        _check_accounts(block, seen)
    return seen


def _linked(seen: Walk) -> Iterator[tuple[Block, bool]]:
    """Every block, and whether it still says what it said when it was made."""
    number, previous = 0, GENESIS
    gaps: dict[int, Finding] = {}
    for block in Block.objects.order_by("number").iterator(chunk_size=BLOCKS_AT_ONCE):
        here = block.number
        if here > number + 1:
            where = f"block {number + 1}" + (f" to {here - 1}" if here > number + 2 else "")
            gaps[number + 1] = Finding(Fault.BLOCK_MISSING, where, "it is gone from the chain")
        sound = block.hash == hash_of(block)
        if not sound:
            seen.broken.append(_altered(block, gaps, number + 1))
        elif here == number + 1 and previous not in {"", block.previous_hash}:
            words = f"block {here} was made after another block {number} than the one that stands there"
            seen.broken.append(Finding(Fault.BLOCK_REPLACED, f"block {number}", words))
        yield block, sound
        # What follows an altered block names the hash that the block had, which nobody knows any more.
        number, previous = here, block.hash if sound else ""
        seen.head = block.hash
    seen.broken += gaps.values()


def _altered(block: Block, gaps: dict[int, Finding], expected_number: int) -> Finding:
    """The block reads otherwise than when it was made. If only its number was changed, its old place is no gap."""
    where, here = f"block {block.number}", block.number
    for number in gaps:
        block.number = number
        if hash_of(block) == block.hash:
            del gaps[number]
            gaps.pop(expected_number, None)
            return Finding(Fault.BLOCK_ALTERED, where, f"its number was {number}")
    block.number = here
    words = f"it reads otherwise than when it was made, so its {len(block.entry_ids)} entries are not proved"
    return Finding(Fault.BLOCK_ALTERED, where, words)


def _check_entries(block: Block, seen: Walk) -> None:
    found = images.entries(block.entry_ids)
    for entry_id, sealed in zip(block.entry_ids, split_seals(bytes(block.seals)), strict=True):
        current = found.get(entry_id)
        if current is None or seal_of(current) != sealed:
            seen.changed.append(Changed(entry_id, sealed, current))


def _check_accounts(block: Block, seen: Walk) -> None:
    sealed = {int(line.split(" ", 1)[0]): line for line in block.accounts}
    found = images.accounts(sealed)
    for account, line in sealed.items():
        _, code, *_ = line.split(" ")
        now = found.get(account)
        if now is None:
            seen.accounts.setdefault(account, Finding(Fault.ACCOUNT_MISSING, code, "it is gone from the books"))
        elif now != line:
            words = f"it was “{line}” and now reads “{now}”"
            seen.accounts.setdefault(account, Finding(Fault.ACCOUNT_ALTERED, code, words))
