"""Which of several lines are which of several postings."""

from __future__ import annotations


def pairs_of(lines: dict[int, int], postings: dict[int, int]) -> list[tuple[int, int, str]]:
    """Which of these lines are which of these postings (id → cents, in order): pairs with their shapes.

    If one side is alone and they add up, or nothing fits anything, all of them; else as many of the same amount as
    there are, and what is left is there twice.
    """
    left = dict(postings)
    alike = []
    for line, cents in lines.items():
        same = next((posting for posting, booked in left.items() if booked == cents), None)
        if same is not None:
            del left[same]
            alike.append((line, same, "1:1"))
    adds_up = sum(lines.values()) == sum(postings.values())
    if 1 in (len(lines), len(postings)) and (adds_up or not alike):
        shape = "1:1" if len(lines) == len(postings) else "1:n" if len(lines) == 1 else "n:1"
        return [(line, posting, shape) for line in lines for posting in postings]
    return alike or [(next(iter(lines)), next(iter(postings)), "1:1")]
