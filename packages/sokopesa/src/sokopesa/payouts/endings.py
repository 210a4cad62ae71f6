"""Result codes by which M-PESA says for sure that a payment out was not made, and what happens next.

No other code ends a transfer: what is not here is asked after. Traffic blocking and overload (26, 100000001, …) are
left out on purpose, for nobody has said whether such an instruction may still be carried out later.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sokopesa.notices.languages import Both
from sokopesa.refunds.models import Refund

Wait = Refund.Wait

REVERSED_BEFORE = "R000001"
"""A payment that was to be reversed had been before."""

DECLINED = "declined"
"""Our word where M-PESA's status query says declined, cancelled or expired, and gives no result code."""

NOT_FOUND = "not-found"
"""Our word where M-PESA, asked twice after the instruction's lifetime, knows nothing of it."""

REJECTED = "rejected"
"""Our word where M-PESA's answer refused a field of this one instruction and gave no code."""


class Effect(Enum):
    """What a code says about the next payments from the same shortcode."""

    NONE = "none"
    STOP = "stop"
    """Our own set-up is wrong: every other would fail too, and a few wrong credentials lock the operator."""
    SHORT = "short"
    """There is too little in the account."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why it was not paid, and the next step, in words; ``waits_for`` says whose step that is. ``trouble`` is what the
    payee is told, where the step is theirs."""

    waits_for: Wait
    words: str
    effect: Effect = Effect.NONE
    trouble: Both | None = None


def _for_payee(en: str, sw: str) -> Ending:
    return Ending(Wait.BUYER, en, trouble=Both(en, sw))


_NO_WALLET = _for_payee(
    "this number has no M-PESA. Tell us another number of yours.", "namba hii haina M-PESA. Tupe namba yako nyingine."
)
_OPERATOR = "Check the API operator's {what} in M-PESA's portal, then resume the payments."
_SET_UP = Ending(Wait.OPERATOR, "M-PESA does not accept our set-up. Check the shortcode with Safaricom.", Effect.STOP)
_NO_ROLE = Ending(Wait.OPERATOR, _OPERATOR.format(what="roles"), Effect.STOP)
_CREDENTIAL = Ending(Wait.OPERATOR, _OPERATOR.format(what="name, password and certificate"), Effect.STOP)
_SHORT = Ending(Wait.FLOAT, "The account that pays has too little. It is paid when that is filled.", Effect.SHORT)

ENDINGS: dict[str, Ending] = {
    "1": _SHORT,
    "2": Ending(Wait.MINIMUM, "It is below the least that M-PESA pays out."),
    "3": Ending(Wait.OPERATOR, "It is above the most that M-PESA pays at once. It has to be paid in parts."),
    "4": _for_payee(
        "this number reached M-PESA's limit for a day. We try again tomorrow.",
        "namba hii imefikia kikomo cha siku. Tutajaribu tena kesho.",
    ),
    "5": _SHORT,
    "6": _SET_UP,
    "7": _NO_WALLET,
    "8": _for_payee(
        "its M-PESA wallet is full. Make room in it, then tell us.",
        "pochi yake ya M-PESA imejaa. Ipunguze, kisha utuambie.",
    ),
    "11": _SET_UP,
    "12": _NO_WALLET,
    "13": _SET_UP,
    "14": _NO_WALLET,
    "18": _CREDENTIAL,
    "20": _CREDENTIAL,
    "21": _NO_ROLE,
    "22": _NO_ROLE,
    "24": _SET_UP,
    "25": Ending(Wait.OPERATOR, "M-PESA could not read this instruction. Look it up and prepare it anew."),
    "29": _SET_UP,
    "2001": _CREDENTIAL,
    "2006": _for_payee(
        "its M-PESA account is blocked or closed. Tell us another number.",
        "akaunti yake ya M-PESA imefungwa. Tupe namba nyingine.",
    ),
    "2028": Ending(Wait.OPERATOR, "Safaricom has not given our shortcode this product. Ask for it.", Effect.STOP),
    "2040": _NO_WALLET,
    "8006": Ending(
        Wait.OPERATOR, "The API operator is locked. A Business Administrator unlocks it in the portal.", Effect.STOP
    ),
    "100000010": _NO_ROLE,
    REVERSED_BEFORE: Ending(
        Wait.OPERATOR, "The payment had been reversed before, by Safaricom or in the portal. Do not pay it again."
    ),
    "R000002": Ending(Wait.OPERATOR, "M-PESA finds no payment with this receipt to reverse. Pay it back another way."),
    "SFC_IC0003": _NO_WALLET,
    "TP40153": _NO_ROLE,
    DECLINED: Ending(Wait.OPERATOR, "M-PESA declined it and gave no reason. Look it up in the portal, then decide."),
    NOT_FOUND: Ending(Wait.OPERATOR, "M-PESA knows nothing of this instruction. It was not paid and can be sent anew."),
}

_PLAIN = Ending(Wait.OPERATOR, "M-PESA did not take this instruction. Look at its words, then decide.")


def ending_of(code: str) -> Ending:
    """What follows from a code with which a transfer was returned."""
    return ENDINGS.get(code, _PLAIN)
