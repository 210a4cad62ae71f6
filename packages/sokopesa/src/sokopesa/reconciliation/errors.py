"""The ways in which a statement is refused, in the words of whoever brought it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sokopesa.kernel.errors import Refusal

MOST_FAULTS = 50
"""Faults that are told; whoever has more has the wrong file."""


class Fault(NamedTuple):
    """What is wrong with one line of a file, counted from 1; line 0 is the file as a whole."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}" if self.line else self.words


class StatementRefused(Refusal):
    """Nothing of a file was taken in. ``faults`` has a sentence for each thing that is wrong, the first lines first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        told = sorted(dict.fromkeys(faults))
        self.faults = tuple(str(fault) for fault in told[:MOST_FAULTS])
        if len(told) > MOST_FAULTS:
            self.faults += ("And more.",)
        super().__init__("\n".join(self.faults))


class NotAnAccount(Refusal):
    """There is no such account, or not of ours."""
