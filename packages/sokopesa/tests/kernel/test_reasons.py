"""Why somebody decided as they did."""

from __future__ import annotations

import pytest

from sokopesa.kernel.reasons import REASON_LENGTH, ReasonMissing, read_reason


def test_a_reason_is_kept_on_one_line() -> None:
    assert read_reason("  Buyer\n called\0 us. ") == "Buyer called us."
    assert len(read_reason("x" * REASON_LENGTH)) == REASON_LENGTH


@pytest.mark.parametrize(
    ("typed", "most"), [("", 300), (" \n\t ", 300), ("no", 300), ("x" * 301, 300), ("x" * 201, 200)]
)
def test_none_and_a_long_one_are_refused_in_words(typed: str, most: int) -> None:
    with pytest.raises(ReasonMissing, match=f"in 3 to {most} characters"):
        read_reason(typed, most=most)
