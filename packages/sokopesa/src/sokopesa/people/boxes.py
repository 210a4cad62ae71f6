"""A box at a post office, read from what people type.

That is a number, "P.O. Box 12345", or a whole line with postcode and town pasted from elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sokopesa.people.errors import BoxRefused

_LINE = re.compile(
    r"""^\s*
    (?: (?:p\W{0,3}o\W{0,3})?box\W* | s\W{0,3}l\W{0,3}p\W* | (?:p\W{0,3}o\W{0,3})(?=[0-9]) )?
    (?P<number>[0-9]+)
    (?: [\s\-–—,/]+ (?P<postcode>[0-9]{5}) )?
    (?: [\s\-–—,/]+ (?P<town>[^\d\W].*?) )?
    [\s.,]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_PRIVATE_BAG = re.compile(
    r"""^\s* (?: private\s*bag | p\s*[/.]\s*bag )
    (?: [\s:]+ (?P<name>(?![0-9]{5}\b)[\w'’ ]{1,25}?) )?
    (?: [\s\-–—,/]+ (?P<postcode>[0-9]{5}) )?
    (?: [\s\-–—,/]+ (?P<town>[^\d\W].*?) )?
    [\s.,]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_POSTE_RESTANTE = re.compile(r"^\s*poste?\s+restante\s*$", re.IGNORECASE)
_MOST_DIGITS = 6
_POSTCODE_DIGITS = 5


@dataclass(frozen=True)
class Box:
    """A box (a number without leading zero, "Private Bag …" or "Poste Restante"), and what else stood on the line."""

    number: str
    postcode: str = ""
    town: str = ""


def read_box(text: str) -> Box:
    """The box meant by ``text``. Raises `BoxRefused` when there is none, or a number that no box has."""
    text = unicodedata.normalize("NFKC", text)
    if _POSTE_RESTANTE.match(text):
        return Box("Poste Restante")
    if bag := _PRIVATE_BAG.match(text):
        name = " ".join((bag["name"] or "").split())
        return Box(f"Private Bag {name}".strip(), bag["postcode"] or "", bag["town"] or "")
    line = _LINE.match(text)
    if line is None:
        raise BoxRefused("Enter the number of the box, such as 12345.")
    number = line["number"]
    if number.startswith("0"):
        if len(number) == _POSTCODE_DIGITS:
            raise BoxRefused(f"{number} looks like a postcode. Enter the number of the box here, such as 12345.")
        raise BoxRefused("A box number does not start with 0.")
    if len(number) > _MOST_DIGITS:
        raise BoxRefused(f"A box number has at most {_MOST_DIGITS} digits; this one has {len(number)}.")
    return Box(number, line["postcode"] or "", " ".join((line["town"] or "").split()))
