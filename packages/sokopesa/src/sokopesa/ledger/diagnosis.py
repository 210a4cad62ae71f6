"""What did an altered entry read before? Tried until its seal fits, which proves the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sokopesa.kernel.money import format_kes
from sokopesa.ledger.canonical import EntryImage, PostingImage, seal_of
from sokopesa.ledger.findings import Fault


@dataclass(frozen=True, slots=True)
class Suspects:
    """Where lost pieces may be: accounts whose balances differ, and postings whose entries are wrong or gone.

    ``codes`` name accounts by id.
    """

    codes: Mapping[int, str]
    accounts: Sequence[int]
    postings: Sequence[PostingImage]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened to an entry's postings. ``effect`` is what it adds to each account's recomputed balance, in cents;
    ``posting`` is the one that was altered, added or moved, as it reads now."""

    fault: Fault
    what: str
    posting: PostingImage
    effect: Mapping[int, int] = field(default_factory=dict)


def diagnose(entry: EntryImage, sealed: bytes, suspects: Suspects) -> Diagnosis | None:
    """The one change of one posting that turned the sealed entry into this one; None if it was more than that."""
    for before, diagnosis in _guesses(entry, suspects):
        if seal_of(entry._replace(postings=tuple(sorted(before, key=lambda posting: posting.id)))) == sealed:
            return diagnosis
    return None


def _guesses(entry: EntryImage, suspects: Suspects) -> Iterator[tuple[list[PostingImage], Diagnosis]]:
    for place, posting in enumerate(entry.postings):
        others = [*entry.postings[:place], *entry.postings[place + 1 :]]
        was = posting._replace(cents=posting.cents - entry.total_cents)
        code = suspects.codes.get(posting.account, f"account {posting.account}")
        words = f"posting {posting.id} to {code} was {format_kes(was.cents)} and now reads {format_kes(posting.cents)}"
        yield (
            [*others, was],
            Diagnosis(Fault.POSTING_ALTERED, words, posting, {posting.account: posting.cents - was.cents}),
        )
        words = f"posting {posting.id} of {format_kes(posting.cents)} to {code} was not there"
        yield others, Diagnosis(Fault.POSTING_ADDED, words, posting, {posting.account: posting.cents})
        for account in suspects.accounts:
            before = suspects.codes[account]
            words = f"posting {posting.id} of {format_kes(posting.cents)} was to {before} and now reads {code}"
            effect = {account: -posting.cents, posting.account: posting.cents}
            yield [*others, posting._replace(account=account)], Diagnosis(Fault.POSTING_ALTERED, words, posting, effect)
    for posting in suspects.postings:
        words = f"its posting {posting.id} of {format_kes(posting.cents)} stands elsewhere"
        yield [*entry.postings, posting], Diagnosis(Fault.POSTING_MOVED, words, posting)
