"""Proving the books, or naming what was done to them. Each corruption is named once: what follows from it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sokopesa.kernel.money import format_kes
from sokopesa.ledger.canonical import EntryImage, PostingImage, altered_fields, seal_of
from sokopesa.ledger.chain import Changed, Walk, walk
from sokopesa.ledger.diagnosis import Suspects, diagnose
from sokopesa.ledger.findings import Fault, Finding
from sokopesa.ledger.images import one_moment
from sokopesa.ledger.survey import Survey, survey

UNPROVED = {
    Fault.POSTINGS_ALTERED,
    Fault.ENTRY_MISSING,
    Fault.ACCOUNT_MISSING,
    Fault.BLOCK_ALTERED,
    Fault.BLOCK_MISSING,
    Fault.BLOCK_REPLACED,
}
"""Findings that say what is broken but not what stood there, so differences that remain are laid to them."""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome. ``entries`` are sealed in ``blocks``; ``waiting`` ones are not sealed yet but balance all the same.

    ``anchored_at`` is the block that has the anchored head.
    """

    blocks: int
    entries: int
    waiting: int
    head: str
    anchored_at: int | None
    findings: list[Finding]


def verify(*, anchor: str | None = None) -> Report:
    """Recompute chain, sums and balances as of one moment, while the market goes on.

    ``anchor`` is the hash of a block, or 64 zeros for the empty chain, that was written down outside this database:
    history up to it is then proved against whoever can rewrite all of the database. Call outside any transaction.
    """
    with one_moment():
        seen = walk(anchor)
        seen_at_large = survey([change.current for change in seen.changed if change.current])
    findings = [Finding(Fault.GUARD_OFF, name, "the database does not enforce it") for name in seen_at_large.guards_off]
    if anchor is not None and seen.anchored_at is None:
        words = "no block of the chain has this hash: history before it was cut off or written anew"
        findings.append(Finding(Fault.HEAD_UNKNOWN, anchor, words))
    findings += _Inquest(seen, seen_at_large).findings()
    return Report(seen.blocks, seen.entries, seen_at_large.waiting, seen.head, seen.anchored_at, findings)


class _Inquest:
    """Takes what was seen and explains it away, piece by piece; ``_effects`` are the changes of balances explained."""

    def __init__(self, seen: Walk, books: Survey) -> None:
        self._seen = seen
        self._books = books
        self._strays = dict(books.strays)
        self._adrift = dict(books.adrift)
        self._unbalanced = dict(books.unbalanced)
        self._effects: Counter[int] = Counter()

    def findings(self) -> list[Finding]:
        found = [*self._seen.broken, *self._seen.accounts.values(), *self._changes()]
        if self._seen.broken:
            found[0] = _with(found[0], [f"{_name(entry)} is in no block" for entry in self._strays.values()])
        else:
            found += self._inserted()
        found += self._left_over()
        return self._with_balances(found)

    def _changes(self) -> Iterator[Finding]:
        gone = [change for change in self._seen.changed if change.current is None]
        yield from (self._missing(change) for change in gone)
        altered = [(change.current, change.sealed) for change in self._seen.changed if change.current is not None]
        diagnoses = []
        for entry, sealed in altered:
            self._unbalanced.pop(entry.id, None)
            diagnoses.append((entry, sealed, diagnose(entry, sealed, self._suspects(entry, altered))))
        moved = {known.posting.id for *_, known in diagnoses if known and known.fault == Fault.POSTING_MOVED}
        for entry, sealed, known in diagnoses:
            if known is None:
                yield _altered(entry, sealed)
            elif known.fault == Fault.POSTING_ADDED and known.posting.id in moved:
                continue
            else:
                self._effects.update(known.effect)
                yield Finding(known.fault, _name(entry), known.what)
        self._forget(moved)

    def _missing(self, change: Changed) -> Finding:
        postings = tuple(self._adrift.pop(change.id, ()))
        for stray in self._strays.values():
            if seal_of(stray._replace(id=change.id, postings=postings)) == change.sealed:
                del self._strays[stray.id]
                self._unbalanced.pop(stray.id, None)
                return Finding(Fault.ENTRY_ALTERED, _name(stray), f"its id was {change.id}")
        left = tuple(f"its {self._describe(posting)} is still there" for posting in postings)
        return Finding(Fault.ENTRY_MISSING, f"entry {change.id}", "it was sealed and is gone", left)

    def _suspects(self, entry: EntryImage, altered: list[tuple[EntryImage, bytes]]) -> Suspects:
        others = [*(other for other, _ in altered if other.id != entry.id), *self._unbalanced.values()]
        postings = [posting for other in others for posting in other.postings]
        postings += [posting for some in self._adrift.values() for posting in some]
        return Suspects(self._books.codes, [*self._books.drift], postings)

    def _forget(self, moved: set[int]) -> None:
        """What holds a posting that is known to belong elsewhere has no other fault."""
        for ids, postings in [*self._adrift.items()]:
            self._adrift[ids] = [posting for posting in postings if posting.id not in moved]
        for entry in [*self._unbalanced.values()]:
            if any(posting.id in moved for posting in entry.postings):
                del self._unbalanced[entry.id]

    def _inserted(self) -> Iterator[Finding]:
        for entry in self._strays.values():
            self._unbalanced.pop(entry.id, None)
            for posting in entry.postings:
                self._effects[posting.account] += posting.cents
            words = "no block has it, though every entry of its time was sealed"
            yield Finding(Fault.ENTRY_INSERTED, _name(entry), words)

    def _left_over(self) -> Iterator[Finding]:
        for entry in self._unbalanced.values():
            words = f"{len(entry.postings)} postings that sum to {format_kes(entry.total_cents)}"
            yield Finding(Fault.ENTRY_UNBALANCED, _name(entry), words)
        for entry_id, postings in self._adrift.items():
            for posting in postings:
                self._effects[posting.account] += posting.cents
                words = f"{self._describe(posting)} names entry {entry_id}, which does not exist"
                yield Finding(Fault.POSTING_ADRIFT, f"posting {posting.id}", words)

    def _with_balances(self, found: list[Finding]) -> list[Finding]:
        """Lay to the findings whatever difference of balances they do not explain by themselves."""
        left = {account: cents for account, cents in self._books.drift.items() if cents != -self._effects[account]}
        words = {
            account: f"it is kept {format_kes(abs(cents))} {'above' if cents > 0 else 'below'} what its postings give"
            for account, cents in left.items()
        }
        for place, finding in enumerate(found):
            if left and finding.fault in UNPROVED:
                laid = [f"{self._books.codes[account]}: {text}" for account, text in words.items()]
                return [*found[:place], _with(finding, laid), *found[place + 1 :]]
        wrong = [Finding(Fault.BALANCE_WRONG, self._books.codes[account], text) for account, text in words.items()]
        return found + wrong

    def _describe(self, posting: PostingImage) -> str:
        code = self._books.codes.get(posting.account, f"account {posting.account}")
        return f"posting of {format_kes(posting.cents)} to {code}"


def _altered(entry: EntryImage, sealed: bytes) -> Finding:
    """More than one posting reads otherwise, or something else than postings."""
    fields = altered_fields(sealed, seal_of(entry)) or ["content"]
    fault = Fault.POSTINGS_ALTERED if "postings" in fields else Fault.ENTRY_ALTERED
    return Finding(fault, _name(entry), f"not as it was sealed: {', '.join(fields)}")


def _name(entry: EntryImage) -> str:
    return f"{entry.key} (entry {entry.id})"


def _with(finding: Finding, consequences: list[str]) -> Finding:
    return replace(finding, consequences=(*finding.consequences, *consequences))
