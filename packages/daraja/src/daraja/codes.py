"""Result codes: what M-PESA says about a transaction, and what to make of it.

The table is `result_codes.csv` beside this file: Safaricom's published codes, and those that several teams
have seen in live traffic.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files


class Outcome(Enum):
    """What a result code says about the money."""

    PAID = "paid"
    """It was done."""
    FAILED = "failed"
    """It was not done, and will not be."""
    PENDING = "pending"
    """M-PESA is still at it."""
    UNKNOWN = "unknown"
    """The code does not settle it: ask again, or by another way, before acting."""


class Scope(Enum):
    """The family of calls that a code came from: the same code can mean different things in each."""

    STK = "STK Push"
    ORGANISATION = "B2C, B2B, tax, reversal, status and balance"
    PULL = "Pull Transactions"
    RATIBA = "Ratiba"
    EXPRESS = "B2B Express"
    BONGA = "Lipa na Bonga"
    VALIDATION = "your answer to a C2B validation"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the table."""

    code: str
    name: str
    outcome: Outcome
    meaning: str
    advice: str


_UNDESCRIBED = Meaning(
    code="",
    name="UNDESCRIBED",
    outcome=Outcome.UNKNOWN,
    meaning="Nobody has described this code. Do not settle on it; ask M-PESA by another way.",
    advice="",
)
_PAYERS = (Scope.STK, Scope.RATIBA, Scope.EXPRESS, Scope.BONGA)


def unsettled_advice(scope: Scope) -> str:
    """What to tell a person when a message settles nothing: the payer where a phone is asked, else the operator."""
    if scope in _PAYERS:
        return "M-PESA gave an unclear answer. We are checking what happened; please do not pay again yet."
    return "This settles nothing. Check the transaction's status before sending anything again."


class ResultCode(str):
    """A result code: its own text (`code == "1032"`), which knows what it means in its scope.

    Codes that nobody has described survive: their outcome is `UNKNOWN`, and they are not final.
    """

    __slots__ = ("_meaning", "scope")
    scope: Scope
    _meaning: Meaning

    def __new__(cls, code: str | int, scope: Scope = Scope.STK) -> "ResultCode":
        self = super().__new__(cls, str(code))
        self.scope = scope
        self._meaning = RESULT_CODES[scope].get(str(self), _UNDESCRIBED)
        return self

    def __reduce__(self) -> tuple[type["ResultCode"], tuple[str, Scope]]:
        return ResultCode, (str(self), self.scope)

    def __repr__(self) -> str:
        return f"<ResultCode {str(self)!r} {self.name}>"

    @property
    def known(self) -> bool:
        """Whether the table describes this code."""
        return self._meaning is not _UNDESCRIBED

    @property
    def name(self) -> str:
        """A short name, `CANCELLED`; `UNDESCRIBED` for a code that is not in the table."""
        return self._meaning.name

    @property
    def outcome(self) -> Outcome:
        """What the code says about the money."""
        return self._meaning.outcome

    @property
    def final(self) -> bool:
        """Whether no later message may say otherwise. Not so for 1037: that payment may still succeed for minutes."""
        return self.outcome in (Outcome.PAID, Outcome.FAILED)

    @property
    def money_may_have_moved(self) -> bool:
        """Whether it would be wrong to act as if nothing had been paid."""
        return self.outcome is not Outcome.FAILED

    @property
    def meaning(self) -> str:
        """One sentence for developers and operators."""
        return self._meaning.meaning

    @property
    def advice(self) -> str:
        """What to tell a person: the payer (STK, Ratiba, Express, Bonga) or the operator (all others)."""
        return self._meaning.advice if self.known else unsettled_advice(self.scope)


def _load() -> dict[Scope, dict[str, Meaning]]:
    codes: dict[Scope, dict[str, Meaning]] = {scope: {} for scope in Scope}
    with files("daraja").joinpath("result_codes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            codes[Scope[row["scope"].upper()]][row["code"]] = Meaning(
                row["code"], row["name"], Outcome(row["outcome"]), row["meaning"], row["advice"]
            )
    return codes


RESULT_CODES: Mapping[Scope, Mapping[str, Meaning]] = _load()
"""Every described code, by scope and code."""
