"""What M-PESA's own answer to an instruction means, if it does not say yes (daraja.md §1.5).

Three things can be certain. *Turned away*: no connection was opened; the gateway did not accept our keys or token,
which it checks before anything else; or its spike arrest or firewall, which stand in front of M-PESA, spoke. Nothing
was taken, and the transfer waits for its next turn. *Returned*: M-PESA read the instruction and rejected a field of it.
*Unknown* is all else: silence, broken answers, every HTTP 5xx ("System is busy" comes from behind the gateway too), and
*Duplicate OriginatorConversationID*, which says that it was taken. B2B has no identifier of ours by which M-PESA would
know a second instruction for the first, so there only what never left this machine is turned away.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import daraja
from sokopesa.payouts.calling import NotCalledError
from sokopesa.payouts.endings import REJECTED
from sokopesa.payouts.models import Transfer

_OF_THE_LINE = frozenset(
    {"partyb", "amount", "accountreference", "transactionid", "msisdn", "receiver", "account_reference", "receipt"}
)
"""Fields that differ from transfer to transfer, as M-PESA and as our client names them. The others are our set-up."""


class Verdict(Enum):
    """What becomes of the transfer."""

    UNKNOWN = "unknown"
    TURNED_AWAY = "turned away"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Meaning:
    """``stops``: every other would fail too, until a person mends it. ``rests``: M-PESA is to be left in peace, for
    ``seconds`` if it said so, and where it ``is_busy`` perhaps for a breath only. ``was_taken``: asking at once has
    sense."""

    verdict: Verdict
    words: str
    code: str = ""
    stops: bool = False
    rests: bool = False
    is_busy: bool = False
    seconds: float | None = None
    was_taken: bool = False


def meaning_of(error: Exception, via: str) -> Meaning:
    """Decide what an answer that is not yes means for a transfer that goes this way."""
    words = str(error)[:200]
    match error:
        case NotCalledError():
            return Meaning(Verdict.TURNED_AWAY, "not called")
        case daraja.Unreachable():
            return Meaning(Verdict.TURNED_AWAY, words, rests=True)
        case daraja.InvalidRequest():
            return _invalid(error.field, words, REJECTED)
        case daraja.DuplicateRequest():
            return Meaning(Verdict.UNKNOWN, words, was_taken=True)
        case daraja.SystemBusy():
            return Meaning(Verdict.UNKNOWN, words, rests=True, is_busy=True)
        case daraja.Throttled() | daraja.TokenRejected():
            # Tokens end early, all the more where several programs share an app; the next call mints a new one.
            return Meaning(_at_the_door(via), words, rests=True, seconds=getattr(error, "retry_after", None))
        case daraja.WrongCredentials():
            return Meaning(_at_the_door(via), words, stops=True)
        case daraja.RejectedField():
            return _invalid(error.field, words, error.error_code or REJECTED)
        case daraja.Refused():
            return _refused(error, words, via)
        case _:
            return Meaning(Verdict.UNKNOWN, words or type(error).__name__)


def _at_the_door(via: str) -> Verdict:
    return Verdict.UNKNOWN if via == Transfer.Via.B2B else Verdict.TURNED_AWAY


def _invalid(field: str, words: str, code: str) -> Meaning:
    if field.lower() in _OF_THE_LINE:
        return Meaning(Verdict.RETURNED, words, code=code)
    return Meaning(Verdict.TURNED_AWAY, f"M-PESA does not accept our set-up: {words}"[:200], stops=True)


def _refused(error: daraja.Refused, words: str, via: str) -> Meaning:
    """An error of the gateway that names no field: of this instruction (400 with a code), of its address (404, 405), or
    a firewall's page."""
    if error.http_status == 400 and error.error_code:
        return Meaning(Verdict.RETURNED, words, code=error.error_code)
    if error.http_status in (404, 405):
        return Meaning(_at_the_door(via), words, stops=True)
    if error.http_status == 403:
        return Meaning(_at_the_door(via), words, rests=True)
    return Meaning(Verdict.UNKNOWN, words)
