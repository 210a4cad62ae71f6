"""The languages that people are told in, and how each writes times, days, phones and money."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from sokopesa.kernel.clock import EAT

Language = Literal["en", "sw"]

_WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "sw": ("Jtt", "Jnn", "Jtn", "Alh", "Iju", "Jmo", "Jpi"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "sw": ("Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"),
}


class Both(NamedTuple):
    """The same words in English and in Kiswahili."""

    en: str
    sw: str

    def said_in(self, language: str) -> str:
        """The words in this language; in English if we do not speak it."""
        return self.sw if language == "sw" else self.en


def day(on: date, language: str) -> str:
    """``14 Aug``."""
    return f"{on.day} {_MONTHS[language][on.month - 1]}"


def moment(at: datetime, language: str) -> str:
    """A moment in Nairobi: ``Thu 14 Aug 16:05``. Midnight belongs to the day that it ends: ``Thu 14 Aug 24:00``."""
    local = at.astimezone(EAT)
    clock = f"{local:%H:%M}"
    if clock == "00:00":
        local, clock = local - timedelta(days=1), "24:00"
    return f"{_WEEKDAYS[language][local.weekday()]} {day(local.date(), language)} {clock}"
