"""The one base of every way in which a verb can refuse."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a programming error
    """A business verb said no. ``str(refusal)`` is the sentence that the person is shown."""
