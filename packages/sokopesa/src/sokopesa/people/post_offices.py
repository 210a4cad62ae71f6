"""Kenya's post offices by postcode, and whether a postcode and a town go together.

A postcode names a post office, not a street; a town may have dozens. The offices are the departmental ones on the
branch list of the Postal Corporation of Kenya of January 2024; sub-post offices are not among them, so an unknown
postcode may still be right. ``town`` is the head town of the office's distribution area (the postcode's first three
digits), under which people write their address as often as under the office's own name.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from sokopesa.people.errors import PostcodeRefused, PostcodeUnknown, TownElsewhere, TownMissing

MOST_SUGGESTIONS = 5

_KINDS_OF_OFFICE = frozenset({"gpo", "lpo", "po", "post", "office", "town", "city"})
_POSTCODE_LENGTH = 5


@dataclass(frozen=True)
class PostOffice:
    """One post office. ``also`` are further names under which its town is known."""

    postcode: str
    name: str
    town: str
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.postcode} {self.name}"

    @property
    def address_name(self) -> str:
        """The name as the last line of an address, without GPO or LPO: ``Nairobi``."""
        return re.sub(r" [GL]PO$", "", self.name)

    @property
    def place(self) -> str:
        """Where the office is, for a person who wonders: ``City Square, Nairobi``."""
        return self.name if self.town in self.name else f"{self.name}, {self.town}"

    def answers_to(self, town: str) -> str:
        """The proper spelling of ``town`` if this office may be addressed by it, else the empty string."""
        words = _words(town)
        for name in (self.address_name, self.town, *self.also):
            if words and words == _words(name):
                return name
        own, head = _words(self.name), _words(self.town)
        if words and words[0] in {own[0], head[0]} and set(words) <= {*own, *head}:
            return self.address_name
        return ""


def find(postcode: str) -> PostOffice | None:
    """The post office with this five-digit postcode, if we know it."""
    return _offices().get(postcode)


def suggest(town: str) -> list[PostOffice]:
    """Up to five offices that may be meant by ``town``, main offices first; forgives small slips of spelling."""
    return _offices_by_name().get(_closest(town), [])[:MOST_SUGGESTIONS]


def _main_office(town: str) -> str:
    """A sentence naming the main post office of ``town``, or the empty string when we know none."""
    offices = suggest(town)
    if not offices:
        return ""
    office = offices[0]
    if office.address_name == office.town:
        return f"{office.town}’s main post office is {office.postcode}."
    return f"{office.place} is {office.postcode}."


def read_postcode(text: str, *, town: str = "") -> str:
    """The five digits of a postcode as typed. Raises `PostcodeRefused` naming, where possible, the one meant."""
    digits = "".join(character for character in text if not character.isspace())
    if re.fullmatch(r"[0-9]{5}", digits):
        return digits
    if not digits:
        raise PostcodeRefused(f"Enter the postcode: 5 digits, such as 00100. {_main_office(town)}".strip())
    if digits.isdecimal() and digits.isascii() and (meant := find(digits.zfill(_POSTCODE_LENGTH))):
        raise PostcodeRefused(f"A postcode has 5 digits. Did you mean {meant.postcode} ({meant.name})?")
    raise PostcodeRefused(f"A postcode has 5 digits, such as 00100. {_main_office(town)}".strip())


def check(postcode: str, town: str, *, confirmed: bool = False) -> str:
    """The town to write under this five-digit postcode, properly spelt; the office's own when ``town`` is empty.

    Raises `TownElsewhere` when the office is in another town, and for a postcode that we do not know
    `PostcodeUnknown` unless the person has ``confirmed`` it; then `TownMissing` if they named no town.
    """
    office = find(postcode)
    if office is None:
        if not confirmed:
            raise PostcodeUnknown(f"We do not know the postcode {postcode}. {_main_office(town)}".strip())
        if not town.strip():
            raise TownMissing("Enter the town of the post office.")
        return " ".join(town.split())
    if not town.strip():
        return office.address_name
    if name := office.answers_to(town) or office.answers_to(_closest(town)):
        return name
    raise TownElsewhere(
        f"{postcode} is {office.place}. {_main_office(town)}".strip(),
        fixes=[office.postcode, *(other.postcode for other in suggest(town)[:1])],
    )


def _closest(town: str) -> str:
    """The name of a place with post offices that ``town`` is or nearly is, in comparable form, or nothing."""
    name = " ".join(_words(town))
    by_name = _offices_by_name()
    return name if name in by_name else next(iter(get_close_matches(name, by_name, n=1, cutoff=0.8)), "")


def _words(name: str) -> list[str]:
    """A name's words for comparing: no case, accents, punctuation or kind of office."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(one for one in plain if one not in "'’‘`´." and not unicodedata.combining(one))
    words = re.findall(r"[a-z0-9]+", plain)
    return [word for word in words if word not in _KINDS_OF_OFFICE] or words


@cache
def _offices() -> dict[str, PostOffice]:
    text = (files("sokopesa.people") / "data" / "post_offices.csv").read_text("utf-8")
    return {
        row["postcode"]: PostOffice(row["postcode"], row["name"], row["town"], (row["also"],) if row["also"] else ())
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _offices_by_name() -> dict[str, list[PostOffice]]:
    """Every name by which offices go, with those offices: the ones so named before those merely in that town."""
    named: dict[str, list[PostOffice]] = {}
    in_town: dict[str, list[PostOffice]] = {}
    for office in _offices().values():
        for name in {" ".join(_words(name)) for name in (office.address_name, *office.also)}:
            named.setdefault(name, []).append(office)
        in_town.setdefault(" ".join(_words(office.town)), []).append(office)
    for name, offices in in_town.items():
        known = named.setdefault(name, [])
        known += [office for office in offices if office not in known]
    return named
