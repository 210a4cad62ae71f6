"""How people mistype a payment reference, and where a reference may be found in spite of it."""

from __future__ import annotations

from collections.abc import Iterator

from sokopesa.orders.models import REFERENCE_TAIL
from sokopesa.orders.numbers import ALPHABET, REFERENCE_LENGTH

MOST_SLIPS = 2
"""Edits (a character changed, missing, or too many; two neighbours swapped) within which two texts are near."""

ALIKE = frozenset(map(frozenset, ("8B", "5S", "2Z", "6G", "0D", "0Q", "DQ", "1T", "17", "4A", "VY", "MN", "PR", "CG")))
"""Pairs of characters that look or sound alike, beside those that `read_reference` takes for the same anyway."""


def distance(typed: str, meant: str) -> int:
    """The fewest edits that make ``meant`` of ``typed``; no character is edited twice (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(meant) + 1))
    for row, mine in enumerate(typed, 1):
        here = [row]
        for column, theirs in enumerate(meant, 1):
            best = min(above[column] + 1, here[-1] + 1, above[column - 1] + (mine != theirs))
            if row > 1 and column > 1 and mine == meant[column - 2] and typed[row - 2] == theirs:
                best = min(best, before[column - 2] + 1)
            here.append(best)
        before, above = above, here
    return above[-1]


def describe(typed: str, meant: str) -> str:
    """The difference between two near texts in words that end a sentence; empty if there is none."""
    edits = distance(typed, meant)
    if edits == 0:
        return ""
    if len(typed) == len(meant):
        pairs = [(mine, theirs) for mine, theirs in zip(typed, meant, strict=True) if mine != theirs]
        if all(frozenset(pair) in ALIKE for pair in pairs):
            return " and ".join(f"{mine} for {theirs}" for mine, theirs in pairs) + ", which look or sound alike"
        if edits == 1 and len(pairs) == 2:
            return "two neighbouring characters swapped"
    if edits == abs(len(typed) - len(meant)):
        count = "one character" if edits == 1 else "two characters"
        return f"{count} {'missing' if len(typed) < len(meant) else 'too many'}"
    return "one other character" if edits == 1 else "two slips"


def tails(typed: str) -> set[str]:
    """The last `REFERENCE_TAIL` characters of every reference that is near ``typed`` and slipped in them once at most.

    A near reference that is not found by its tail slipped twice there, so its head is as it was typed: see `heads`.
    """
    found: set[str] = set()
    for text in _swapped_near_the_border(typed):
        exact = text[-REFERENCE_TAIL:]
        longer, shorter = text[-REFERENCE_TAIL - 1 :], text[-REFERENCE_TAIL + 1 :]
        found.add(exact)
        found.update(exact[:at] + other + exact[at + 1 :] for at in range(len(exact)) for other in ALPHABET)
        found.update(exact[:at] + exact[at + 1] + exact[at] + exact[at + 2 :] for at in range(len(exact) - 1))
        found.update(longer[:at] + longer[at + 1 :] for at in range(len(longer)))
        found.update(shorter[:at] + more + shorter[at:] for at in range(len(shorter) + 1) for more in ALPHABET)
    return {tail for tail in found if len(tail) == REFERENCE_TAIL}


def heads(typed: str) -> tuple[str, str]:
    """The lowest and the highest reference that begin as ``typed`` does, up to where the tail begins."""
    head = typed[: REFERENCE_LENGTH - REFERENCE_TAIL]
    rest = REFERENCE_LENGTH - len(head)
    return head + ALPHABET[0] * rest, head + ALPHABET[-1] * rest


def _swapped_near_the_border(typed: str) -> Iterator[str]:
    """The text, and the text with two neighbours swapped that may stand on both sides of where the tail begins."""
    yield typed
    for at in range(len(typed) - REFERENCE_TAIL - 2, len(typed) - REFERENCE_TAIL + 1):
        if 0 <= at < len(typed) - 1:
            yield typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
