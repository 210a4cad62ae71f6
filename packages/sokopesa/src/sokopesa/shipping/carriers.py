"""Couriers and the numbers on their labels: what can be told from a number before anybody scans it.

Sellers may name any courier. Of those here the shape of a number is known, so slips are found while they are typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.phone import normalise
from sokopesa.shipping.errors import CarrierMissing, ParcelRefused, TrackingMissing, TrackingRefused

SHORTEST, LONGEST = 5, 40

_S10 = re.compile(r"[A-Z]{2}([0-9]{8})([0-9])[A-Z]{2}")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Carrier:
    """A courier, other names that people type for it, and the shape of its numbers."""

    name: str
    also: tuple[str, ...]
    pattern: str
    looks_like: str


KNOWN: tuple[Carrier, ...] = (
    Carrier(
        "Posta Kenya",
        ("posta", "ems", "ems kenya", "posta ems", "kenya post", "postal corporation of kenya"),
        r"[A-Z]{2}[0-9]{9}[A-Z]{2}",
        "two letters, nine digits and two letters, such as RR123456785KE",
    ),
    Carrier("DHL Express", ("dhl", "dhl kenya"), r"[0-9]{10}", "ten digits"),
    Carrier("FedEx", ("fedex express", "fed ex"), r"([0-9]{12}|[0-9]{14,15}|[0-9]{20}|[0-9]{22})", "twelve digits"),
    Carrier("UPS", ("united parcel service",), r"1Z[A-Z0-9]{16}", "1Z and sixteen letters or digits"),
)

_BY_NAME = {name: carrier for carrier in KNOWN for name in (carrier.name.casefold(), *carrier.also)}

SUGGESTED = (*(carrier.name for carrier in KNOWN), "Fargo Courier", "G4S Courier", "Speedaf")
"""Names that a form may offer."""


def name_of(typed: str) -> str:
    """The courier's name, spaces tidied, as we write it where we know it."""
    name = " ".join(typed.split())
    known = _BY_NAME.get(name.casefold())
    return known.name if known else name


def is_known(name: str) -> bool:
    """Whether the courier, named as `name_of` does, is one whose numbers we know the shape of."""
    return name.casefold() in _BY_NAME


def number_of(typed: str) -> str:
    """The tracking number in capitals and plain digits, without spaces, dashes and dots."""
    return re.sub(r"[\s.\-_/]", "", unicodedata.normalize("NFKC", typed)).upper()


def read_label(carrier: str, tracking_number: str, *, is_tracked: bool) -> tuple[str, str]:
    """Courier and number as they are stored. Where shipping is not tracked both may be left empty.

    Raises:
        ParcelRefused: with the words, and the field that they are about.
    """
    name, number = name_of(carrier), number_of(tracking_number)
    if len(name) > LONGEST:
        raise ParcelRefused("carrier", f"Shorten the courier's name to {LONGEST} characters.")
    if not name and (is_tracked or number):
        raise CarrierMissing if is_tracked else ParcelRefused("carrier", "Name the courier that gave this number.")
    if not number:
        if is_tracked:
            raise TrackingMissing
        return name, ""
    _check(name, number)
    return name, number


def _check(name: str, number: str) -> None:
    if not re.fullmatch(r"[A-Z0-9]+", number):
        raise TrackingRefused("A tracking number has only letters and digits. Copy it from the label.")
    known = _BY_NAME.get(name.casefold())
    if known and not re.fullmatch(known.pattern, number):
        raise TrackingRefused(f"{number} is no number of {known.name}: those have {known.looks_like}.")
    if not SHORTEST <= len(number) <= LONGEST:
        raise TrackingRefused(
            f"A tracking number has {SHORTEST} to {LONGEST} letters and digits; this one has {len(number)}."
        )
    if not known and _is_phone(number):
        raise TrackingRefused("That is a phone number. Enter the tracking number from the courier's label.")
    if sum(character.isdigit() for character in number) < _LEAST_DIGITS or len(set(number)) == 1:
        raise TrackingRefused(f"{number} does not look like a tracking number. Copy it from the courier's label.")
    if (postal := _S10.fullmatch(number)) and int(postal[2]) != _check_digit(postal[1]):
        raise TrackingRefused(f"{number} has a slip: its digits do not fit together. Compare it with the label.")


def _check_digit(digits: str) -> int:
    """The ninth digit of a postal number (UPU standard S10)."""
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, digits, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def _is_phone(number: str) -> bool:
    try:
        normalise(number)
    except Refusal:
        return False
    return True
