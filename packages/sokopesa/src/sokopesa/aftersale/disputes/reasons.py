"""Why a buyer may open a dispute (R44, R45): one table. Whether the goods arrived follows from the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """``received`` says whether who chooses it has the goods; ``evidence`` what helps to decide."""

    code: str
    label: str
    received: bool
    evidence: str


_PARCEL = "A screenshot of the tracking page, if there is one."
_PHOTOS = "Photos from several sides."

_NOT_RECEIVED = (
    ("late", "It has not arrived in the promised time", _PARCEL),
    ("tracking", "The tracking number is wrong or does not move", _PARCEL),
    ("customs", "Customs holds it", "The paper that says why it is held."),
    ("sent_elsewhere", "It was sent to another address", _PARCEL),
    ("sent_home", "It was returned to the seller", _PARCEL),
    ("marked_delivered", "It is marked as delivered, but I did not get it", _PARCEL),
    ("empty_parcel", "The parcel was empty", "Photos of the parcel and its label."),
)

_RECEIVED = (
    ("not_as_described", "It does not match the description", "Photos beside what the listing says."),
    ("damaged", "It arrived damaged", "Photos of the damage, of the parcel and of its label."),
    ("wrong_item", "It is the wrong item", _PHOTOS),
    ("wrong_variant", "It is the wrong size or colour", "A photo beside a ruler, and of the size label."),
    ("too_few", "There are too few pieces", "A photo of all that came, and of the parcel's label."),
    ("parts_missing", "Parts are missing", "A photo of all that came."),
    ("defective", "It does not work", "A video that shows it."),
    ("poor_quality", "The quality is poor", _PHOTOS),
    ("counterfeit", "It is counterfeit", "Photos of labels, serial numbers and the packing."),
    ("used", "It is used or expired", "Photos of the traces of use, or of the date."),
)

REASONS: tuple[Reason, ...] = (
    *(Reason(code, text, received=False, evidence=evidence) for code, text, evidence in _NOT_RECEIVED),
    *(Reason(code, text, received=True, evidence=evidence) for code, text, evidence in _RECEIVED),
)

BY_CODE = {reason.code: reason for reason in REASONS}

NOT_RECEIVED = "I did not get the goods"
RECEIVED = "I got the goods, and something is wrong"


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The reasons in their two groups, as a list to choose from shows them."""
    return [
        (group, [(reason.code, reason.label) for reason in REASONS if reason.received is received])
        for group, received in ((NOT_RECEIVED, False), (RECEIVED, True))
    ]


def label(code: str) -> str:
    """A reason as people read it."""
    return BY_CODE[code].label
