"""What a verification of the books can find, each kind with its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The classes of corruption. The value is what an auditor reads."""

    ENTRY_ALTERED = "entry altered"
    POSTING_ALTERED = "posting altered"
    POSTING_ADDED = "posting added"
    POSTING_MOVED = "posting moved to another entry"
    POSTINGS_ALTERED = "postings altered"
    POSTING_ADRIFT = "posting without an entry"
    ENTRY_MISSING = "entry deleted"
    ENTRY_INSERTED = "entry inserted into sealed history"
    ENTRY_UNBALANCED = "entry does not sum to zero"
    ACCOUNT_ALTERED = "account altered"
    ACCOUNT_MISSING = "account deleted"
    BALANCE_WRONG = "balance differs from its postings"
    BLOCK_ALTERED = "block altered"
    BLOCK_MISSING = "block deleted"
    BLOCK_REPLACED = "block replaced"
    HEAD_UNKNOWN = "anchored head not in the chain"
    GUARD_OFF = "guard switched off"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the books. ``consequences`` are differences that follow from it."""

    fault: Fault
    where: str
    what: str
    consequences: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.fault}: {self.where}: {self.what}"
