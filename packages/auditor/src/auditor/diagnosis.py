"""What was done to an entry that no longer reads as it was sealed. A guess counts only if its seal proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from auditor.canonical import DIGEST_BYTES, Entry, Posting, altered, seal
from auditor.findings import Fault, Finding, kes


@dataclass(frozen=True, slots=True)
class Suspects:
    """What else looks odd: accounts whose kept balance is off (by account, kept less posted), postings that other
    entries have too many, and keys that something expects and no entry has."""

    codes: Mapping[int, str]
    drift: Mapping[int, int]
    postings: tuple[Posting, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A finding, and the entry as it was sealed, where the seal proves it."""

    finding: Finding
    original: Entry | None
    posting: int = 0


def diagnose(now: Entry, sealed: bytes, suspects: Suspects) -> Diagnosis:
    """Name what was done to the entry."""
    fields = altered(sealed, seal(now))
    if fields in (["postings"], []):
        for guess, fault, posting, cents, words in _guesses(now, suspects):
            if seal(guess)[:DIGEST_BYTES] == sealed[:DIGEST_BYTES]:
                return Diagnosis(Finding(fault, name(now), cents, words), guess, posting)
        return Diagnosis(Finding(Fault.POSTING_ALTERED, name(now), now.debits, "several postings were altered"), None)
    words = f"not as it was sealed: {', '.join(fields)}"
    finding = Finding(Fault.ENTRY_ALTERED, name(now), now.debits, words)
    originals = [replace(now, key=key) for key in suspects.keys] if fields == ["key"] else []
    proved = [guess for guess in originals if seal(guess)[:DIGEST_BYTES] == sealed[:DIGEST_BYTES]]
    if fields in (["kind"], ["memo"], ["database transaction"], ["time it was booked"]):
        return Diagnosis(finding, now)  # what these say, nothing else depends on
    return Diagnosis(finding, proved[0] if proved else None)


def name(entry: Entry) -> str:
    """How the entry is called in a finding."""
    return f"{entry.key} (entry {entry.id})"


Guess = tuple[Entry, Fault, int, int, str]


def _guesses(now: Entry, suspects: Suspects) -> Iterator[Guess]:
    yield from _altered(now, suspects)
    yield from _added(now, suspects)
    yield from _missing(now, suspects)


def _altered(now: Entry, suspects: Suspects) -> Iterator[Guess]:
    """One posting has another amount or another account; or all of them have other amounts."""
    for place, (number, account, cents) in enumerate(now.postings):
        code = suspects.codes.get(account, f"account {account}")
        for was in {cents - now.cents, cents + suspects.drift.get(account, 0), -cents} - {cents, 0}:
            words = f"posting {number} to {code} was {kes(was)} and now reads {kes(cents)}"
            yield _with(now, place, (number, account, was)), Fault.POSTING_ALTERED, number, cents - was, words
        for other in {*suspects.drift, *suspects.codes} - {account} if len(suspects.codes) < 10_000 else suspects.drift:
            words = f"posting {number} of {kes(cents)} was to {suspects.codes.get(other)} and now reads {code}"
            yield _with(now, place, (number, other, cents)), Fault.POSTING_ALTERED, number, cents, words
    drifted = [cents + suspects.drift.get(account, 0) for _, account, cents in now.postings]
    was_postings = tuple(
        (number, account, was) for (number, account, _), was in zip(now.postings, drifted, strict=True)
    )
    was_entry = replace(now, postings=was_postings)
    if was_entry.postings != now.postings:
        words = f"it moved {kes(was_entry.debits)} and now reads {kes(now.debits)}"
        yield was_entry, Fault.POSTING_ALTERED, 0, now.debits - was_entry.debits, words


def _added(now: Entry, suspects: Suspects) -> Iterator[Guess]:
    for place, (number, account, cents) in enumerate(now.postings):
        words = f"posting {number} of {kes(cents)} to {suspects.codes.get(account)} was added"
        rest = replace(now, postings=now.postings[:place] + now.postings[place + 1 :])
        yield rest, Fault.POSTING_ADDED, number, cents, words


def _missing(now: Entry, suspects: Suspects) -> Iterator[Guess]:
    """Its id is near those of its fellows, and its amount is what the entry lacks; or it is in another entry now."""
    near = [number + step for number, _, _ in now.postings for step in (-2, -1, 1, 2)]
    candidates: list[tuple[Posting, Fault]] = [(posting, Fault.POSTING_MOVED) for posting in suspects.postings]
    candidates += [
        ((number, account, -now.cents), Fault.POSTING_MISSING)
        for account in suspects.drift
        for number in dict.fromkeys(near)
        if now.cents
    ]
    taken = {number for number, _, _ in now.postings}
    for posting, fault in candidates:
        if posting[0] in taken:
            continue
        code = suspects.codes.get(posting[1], f"account {posting[1]}")
        done = "is now another entry's" if fault == Fault.POSTING_MOVED else "is gone"
        words = f"posting {posting[0]} of {kes(posting[2])} to {code} {done}"
        whole = replace(now, postings=tuple(sorted((*now.postings, posting))))
        yield whole, fault, posting[0], abs(posting[2]), words


def _with(entry: Entry, place: int, posting: Posting) -> Entry:
    return replace(entry, postings=(*entry.postings[:place], posting, *entry.postings[place + 1 :]))


def sums(postings: Iterable[Posting]) -> dict[int, int]:
    """Cents by account."""
    total: dict[int, int] = {}
    for _, account, cents in postings:
        total[account] = total.get(account, 0) + cents
    return total
