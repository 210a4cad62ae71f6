"""How people mistype words, and which words they may have meant.

A slip is a letter left out, put in or taken for another, or two neighbours exchanged. Words of four letters or more
are looked for with one slip, those of eight or more with two. Whatever is typed with so few slips and the word that was
meant have something in common once some letters are taken out of both (the idea of SymSpell, by Wolf Garbe), so that
near words are looked up in an index. What `ways_to_mistype` says is kept for each word by the database's function
`catalog_slips`.
"""

from __future__ import annotations

SHORTEST = 4
"""Shorter words are too many neighbours to one another."""
LONG = 8
"""From so many letters on, two slips are forgiven; and no more than so many letters are tried."""


def slips_forgiven(word: str) -> int:
    """How many slips a typed word may be away from the one that was meant."""
    if len(word) < SHORTEST:
        return 0
    return 1 if len(word) < LONG else 2


def ways_to_mistype(word: str) -> set[str]:
    """The word's first eight letters, whole, without any one of them, and in a long word without any two."""
    start = word[:LONG]
    once = _without_one(start)
    return {start} | once | ({twice for each in once for twice in _without_one(each)} if len(word) >= LONG else set())


def _without_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def distance(typed: str, meant: str) -> int:
    """The fewest slips that make one word of the other, where no letter is touched twice."""
    before: list[int] = []
    above = list(range(len(meant) + 1))
    for row, letter in enumerate(typed, start=1):
        here = [row]
        for column, other in enumerate(meant, start=1):
            best = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == meant[column - 2] and typed[row - 2] == other:
                best = min(best, before[column - 2] + 1)
            here.append(best)
        before, above = above, here
    return above[-1]
