"""Typing mistakes in a reference: every one of at most two is found again, and named in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.orders.models import REFERENCE_TAIL
from sokopesa.orders.numbers import ALPHABET, REFERENCE_LENGTH
from sokopesa.payments.slips import MOST_SLIPS, describe, distance, heads, tails

references = st.text(alphabet=ALPHABET, min_size=REFERENCE_LENGTH, max_size=REFERENCE_LENGTH)


@st.composite
def mistyped(draw: st.DrawFn) -> tuple[str, str]:
    """A reference, and what somebody made of it with one or two slips."""
    meant = typed = draw(references)
    for _ in range(draw(st.integers(1, MOST_SLIPS))):
        at = draw(st.integers(0, len(typed) - 1))
        other = draw(st.sampled_from(ALPHABET))
        match draw(st.sampled_from(["change", "miss", "add", "swap"])):
            case "change":
                typed = typed[:at] + other + typed[at + 1 :]
            case "miss":
                typed = typed[:at] + typed[at + 1 :]
            case "add":
                typed = typed[:at] + other + typed[at:]
            case "swap":
                typed = typed[:at] + typed[at : at + 2][::-1] + typed[at + 2 :]
    return meant, typed


@given(mistyped())
@settings(max_examples=1_500, deadline=None)
def test_whatever_is_near_is_found_by_its_tail_or_its_head(pair: tuple[str, str]) -> None:
    meant, typed = pair
    if distance(typed, meant) > MOST_SLIPS:
        return  # a swapped pair was edited again, which counts as more
    lowest, highest = heads(typed)
    assert meant[-REFERENCE_TAIL:] in tails(typed) or lowest <= meant <= highest


@pytest.mark.parametrize(
    ("typed", "edits", "words"),
    [
        ("PC3K9XW2AB", 0, ""),
        ("PC3K9XW2A8", 1, "8 for B, which look or sound alike"),
        ("PC3K9XWZA8", 2, "Z for 2 and 8 for B, which look or sound alike"),
        ("PC3K9WX2AB", 1, "two neighbouring characters swapped"),
        ("PC3K9XW2A", 1, "one character missing"),
        ("C3K9XW2A", 2, "two characters missing"),
        ("PC3K9XW2ABB", 1, "one character too many"),
        ("PC3K9XW2AJ", 1, "one other character"),
        ("PC7K9XW2AJ", 2, "two slips"),
        ("QJ7K9XW2AJ", 4, "two slips"),
    ],
)
def test_a_slip_is_counted_and_named(typed: str, edits: int, words: str) -> None:
    assert distance(typed, "PC3K9XW2AB") == edits
    assert describe(typed, "PC3K9XW2AB") == words


def test_few_tails_are_looked_up() -> None:
    """What an index is asked for stays small, however many references there are."""
    assert len(tails("PC3K9XW2AB")) < 1_600
