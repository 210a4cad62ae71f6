"""What the words of an event may name. A name means the same in every event, so that its length is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.notices import gsm
from sokopesa.notices.languages import Both, day, moment


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a value is said in a language. ``longest`` are values whose words are the longest that can occur.

    ``room`` is how many characters of an SMS people's own words get; a letter has them whole.
    """

    say: Callable[[Any, str], str]
    longest: tuple[Any, ...]
    room: int = 0
    nameless: Both | None = None

    def in_sms(self, value: Any, language: str) -> str:
        """The value in an SMS. What cannot be written in its alphabet is named by what it is."""
        said = self.say(value, language)
        if not self.room:
            return said
        return gsm.fit(said, self.room) or (self.nameless.said_in(language) if self.nameless else "?")

    def in_letter(self, value: Any, language: str) -> str:
        """The value in a letter, on one line."""
        said = " ".join(self.say(value, language).split()) if self.room else self.say(value, language)
        return said or (self.nameless.said_in(language) if self.nameless else said)


class Ending(NamedTuple):
    """How a dispute would end: so many cents for the buyer, against the goods or without."""

    cents: int
    goods_back: bool


def _same(value: str, language: str) -> str:
    return value


def _payer(msisdn: str, language: str) -> str:
    if not msisdn:
        return ""
    return Both(" from ", " kutoka ").said_in(language) + masked(msisdn)


def _payee(msisdn: str, language: str) -> str:
    return masked(msisdn) if msisdn else Both("the paying phone", "simu iliyolipa").said_in(language)


def _days(count: int, language: str) -> str:
    return Both(f"{count} day{'' if count == 1 else 's'}", f"siku {count}").said_in(language)


def _plan(plan: Ending, language: str) -> str:
    if not plan.cents:
        return Both("no refund", "hakuna marejesho").said_in(language)
    if plan.goods_back:
        how = Both("against the goods", "kwa kurudisha bidhaa")
    else:
        how = Both("back without a return", "bila kurudisha bidhaa")
    return f"{format_kes(plan.cents)} {how.said_in(language)}"


def _code(digits: str, language: str) -> str:
    return f"{digits[:3]} {digits[3:]}"


_WIDE = "W" * 200
_A_DAY = Parameter(day, (date(2026, 9, 30), date(2026, 5, 20)))
_AN_AMOUNT = Parameter(lambda cents, language: format_kes(cents), (25_000_000, 24_999_950))
_A_NUMBER = Parameter(lambda number, language: f"{number:,}", (90,))

PARAMETERS: dict[str, Parameter] = {
    "order": Parameter(_same, ("8123456789012345-999",)),
    "amount": _AN_AMOUNT,
    "until": Parameter(moment, (datetime(2026, 9, 30, 16, 5, tzinfo=UTC), datetime(2026, 5, 20, 21, 0, tzinfo=UTC))),
    "first": _A_DAY,
    "last": _A_DAY,
    "days": Parameter(_days, (90, 1)),
    "count": Parameter(lambda number, language: f"{number:,}", (9_999,)),
    "minutes": _A_NUMBER,
    "receipt": Parameter(_same, ("UKN1WWWWWW",)),
    "payer": Parameter(_payer, ("254712345678", "")),
    "payee": Parameter(_payee, ("254712345678", "")),
    "place": Parameter(_same, ("***999",)),
    "why": Parameter(lambda why, language: why.said_in(language), (Both("W" * 52, "W" * 48),)),
    "trouble": Parameter(lambda trouble, language: trouble.said_in(language), (Both("W" * 72, "W" * 72),)),
    "dispute": Parameter(_same, ("DWWWWWWWWWW",)),
    "plan": Parameter(
        _plan, (*(Ending(24_999_950, goods_back=back) for back in (True, False)), Ending(0, goods_back=False))
    ),
    "code": Parameter(_code, ("123456",)),
    "shop": Parameter(_same, (_WIDE, "深圳"), room=20, nameless=Both("The seller", "Muuzaji")),
    "who": Parameter(_same, (_WIDE, "深圳"), room=24, nameless=Both("Somebody", "Mtu")),
    "thing": Parameter(_same, (_WIDE, "深圳"), room=30, nameless=Both("your goods", "bidhaa")),
    "carrier": Parameter(_same, (_WIDE, "深圳"), room=16, nameless=Both("a courier", "msafirishaji")),
    "tracking": Parameter(_same, (_WIDE, "RR123456789KE"), room=22),
    "site": Parameter(_same, (_WIDE,), room=20),
    "link": Parameter(_same, ("https://soko.example/" + "w" * 200,)),
}
"""By name: ``amount`` is in cents, ``until`` an aware moment, ``first`` and ``last`` are days in Nairobi, ``payer`` and
``payee`` MSISDNs or empty, ``place`` the end of a number that a shop is paid at, ``why`` and ``trouble`` are given in
both languages, ``plan`` is an `Ending`. The rest is what people typed, or numbers."""
