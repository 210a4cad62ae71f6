"""The ways in which a statement is refused, in the words of whoever brought it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sokopesa.kernel.errors import Refusal

MOST_FAULTS = 50
"""Faults that are told; whoever has more has the wrong file."""


EXPORT_AGAIN = "Export it again from M-PESA's portal, and bring it as it comes, without opening it in Excel."
RIGHT_FILE = "Bring the organisation's statement as M-PESA's portal exports it, in CSV or Excel, with all columns."
SAY_WHOSE = "Choose the shortcode and the account under “If the file does not say whose it is”."
OTHER_ACCOUNT = "Choose what the file itself says, or bring the file of the account that you mean."
ASK_FOR_WHOLE = (
    "Export the whole period again. If it stays so, ask M-PESA; only then accept that its balance is broken."
)
ASK_MPESA = "M-PESA has told this otherwise before. Ask M-PESA which is right, and keep its answer."


class Fault(NamedTuple):
    """What is wrong with one line of a file, counted from 1; line 0 is the file as a whole. ``do`` is what to do."""

    line: int
    words: str
    do: str = EXPORT_AGAIN

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}" if self.line else self.words


class StatementRefused(Refusal):
    """Nothing of a file was taken in. ``faults`` has a sentence for each thing that is wrong, the first lines first;
    ``told`` the same as they were found, of ``count`` in all."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        told = sorted(dict.fromkeys(faults))
        self.told, self.count = tuple(told[:MOST_FAULTS]), len(told)
        self.faults = tuple(str(fault) for fault in self.told)
        if self.count > MOST_FAULTS:
            self.faults += ("And more.",)
        super().__init__("\n".join(self.faults))


class NotAnAccount(Refusal):
    """There is no such account, or not of ours."""


class NoSuchUpload(Refusal):
    """No statement of that number was brought, or it was long ago."""

    def __init__(self) -> None:
        super().__init__("There is no such file.")


class NotToBeTriedAgain(Refusal):
    """It has ended, a worker is at it, or its file is gone."""

    def __init__(self) -> None:
        super().__init__("This cannot be tried again: it has ended, a worker is at it, or its file is gone.")
