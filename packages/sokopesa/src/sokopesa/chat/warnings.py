"""What in a message may cost somebody their money: a phone number or a paybill to pay past the market, a question for a
PIN, a PIN. English and Kiswahili, and the mixture that people write.

Numbers of orders, prices, dates, sizes and M-PESA's receipts are none of these; the tests hold a table of both.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.phone import PhoneIsLandline, PhoneRefused, normalise


class Kind(StrEnum):
    """What was found. A PIN that was told is hidden; the others stay, and the reader is warned."""

    PHONE = "phone"
    PAYBILL = "paybill"
    PIN_ASKED = "pin_asked"
    PIN_TOLD = "pin_told"


HIDDEN = "••••"
"""What stands where a PIN stood."""

READER = {
    Kind.PHONE: {
        "en": "There is a phone number in this message. Pay only inside {site}: money sent to a number is unprotected.",
        "sw": "Ujumbe huu una namba ya simu. Lipa ndani ya {site} pekee: pesa utakazotuma kwa namba hazilindwi.",
    },
    Kind.PAYBILL: {
        "en": "This message speaks of paying outside {site}. Do not: such money is unprotected. Report whoever asks.",
        "sw": "Ujumbe huu unataja kulipa nje ya {site}. Usilipe: pesa hizo hazilindwi. Ripoti anayeziomba.",
    },
    Kind.PIN_ASKED: {
        "en": "Nobody may ask for your PIN. Type it only on your phone, when M-PESA itself asks.",
        "sw": "Hakuna anayeruhusiwa kuuliza PIN yako. Iandike kwenye simu yako pekee, M-PESA yenyewe inapoiomba.",
    },
    Kind.PIN_TOLD: {
        "en": "A PIN was hidden in this message before anybody could read it.",
        "sw": "PIN imefichwa kwenye ujumbe huu kabla ya mtu yeyote kuisoma.",
    },
}
"""What the reader of a message is told, by language."""

WRITER = {
    "en": "We hid the PIN in your message, and nobody has read it. Never tell it to anybody. "
    "If somebody may know it, change it now: dial *334#.",
    "sw": "Tumeficha PIN kwenye ujumbe wako, na hakuna aliyeisoma. PIN yako siri yako. "
    "Kama kuna anayeijua, ibadilishe sasa: piga *334#.",
}
"""What the writer of a PIN is told at once, by language."""


def words_for_reader(kind: Kind, language: str) -> str:
    """The warning beside a message."""
    return READER[kind][_known(language)].format(site=CONFIGURATION.site_name)


def words_for_writer(language: str) -> str:
    """What to do now that a PIN was typed."""
    return WRITER[_known(language)]


def warnings_in(text: str) -> tuple[Kind, ...]:
    """Everything that was found, each kind once, in the order of `Kind`."""
    plain = _plain(text)
    sums = _AMOUNT.sub(_crossed_out, plain)
    found = {
        Kind.PHONE: _has_phone(plain),
        Kind.PAYBILL: _has_paybill(sums),
        Kind.PIN_ASKED: _asks_for_pin(plain),
        Kind.PIN_TOLD: bool(_pins(sums)),
    }
    return tuple(kind for kind in Kind if found[kind])


def without_pins(text: str, *, asked: bool = False) -> str:
    """The text with every PIN hidden. ``asked``: it answers a question for a PIN, so four digits alone are one."""
    plain = _plain(text)
    if asked and _FOUR_ALONE.fullmatch(plain):
        return HIDDEN
    for begins, ends in reversed(_pins(_AMOUNT.sub(_crossed_out, plain))):
        text = text[:begins] + HIDDEN + text[ends:]
    return text


def _known(language: str) -> str:
    return language if language in WRITER else "en"


def _plain(text: str) -> str:
    """As many characters as the text has, in small letters, digits of any script as ours."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", character).casefold()
    return plain if len(plain) == 1 else character


def _crossed_out(found: re.Match[str]) -> str:
    """What is no longer read, in the same length, so that places in the text stay where they are."""
    return "x" * len(found[0])


# Sums of money, which begin with no zero, and dates. --------------------------------------------------------------
_AMOUNT = re.compile(
    r"(?:\b(?:kes|ksh?s?|shs?|shilingi|usd|bei|price)\b[.:]?\s*|\$\s*)[1-9][0-9,]*(?:\.[0-9]{1,2})?"
    r"|(?<![0-9])[1-9][0-9,]*(?:\.[0-9]{2})?\s*(?:/[=-]|kes\b|ksh?s?\b|bob\b|shillings?\b|shilingi\b|usd\b)"
)
_DATE = re.compile(
    r"(?<![0-9])(?:0?[1-9]|[12][0-9]|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)[0-9]{2}(?![0-9])"
    r"|(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])"
)

# Phone numbers. ---------------------------------------------------------------------------------------------------
_GAP = r"[ \t.()/–\-\u00a0\u200d]{0,3}"
_BEGIN = r"(?<![0-9])(?:(?<![a-z])|(?<=call)|(?<=no)|(?<=namba)|(?<=simu)|(?<=tel))"
_NATIONAL = rf"[0-9o](?:{_GAP}[0-9o]){{8}}(?![0-9])"
_LOCAL = re.compile(rf"{_BEGIN}(?:\+?{_GAP}(?:00)?254{_GAP}[0o]?{_GAP}|[0o]{_GAP}){_NATIONAL}")
_ABROAD = re.compile(rf"(?<![0-9])\+[1-9](?:{_GAP}[0-9]){{8,14}}(?![0-9])")
_NINE_DIGITS = re.compile(
    r"\b(?:call|phone|tel|simu|whats ?app|wasap|nipigie|piga|mpesa|m-pesa)\b\W{0,8}(?:[a-z]+\W+){0,2}"
    rf"(?<![0-9])(?P<number>[17](?:{_GAP}[0-9]){{8}})(?![0-9])"
)
_FIGURE = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine"
    r"|sifuri|moja|mbili|tatu|nne|tano|sita|saba|nane|tisa)"
)
_SPELT_OUT = re.compile(rf"\b(?:zero|oh|sifuri)\b(?:[\s,.\-]+{_FIGURE}\b){{9}}")


def _has_phone(plain: str) -> bool:
    plain = _DATE.sub(_crossed_out, plain)
    candidates = [found[0] for found in _LOCAL.finditer(plain)]
    candidates += [found["number"] for found in _NINE_DIGITS.finditer(plain)]
    return any(map(_is_kenyan, candidates)) or bool(_ABROAD.search(plain)) or bool(_SPELT_OUT.search(plain))


def _is_kenyan(candidate: str) -> bool:
    try:
        normalise(candidate)
    except PhoneIsLandline:
        return True
    except PhoneRefused:
        return False
    return True


# Paying past the market. ------------------------------------------------------------------------------------------
_NUMBER_WORD = r"(?:number|no\b\.?|namba|nambari|#)"
_PAY_TO = re.compile(
    r"(?:\bpay\s*-?\s*bill\b|\bpaybil\b|\bbuy\s+goods\b|\blipa\s+na\s+m-?pesa\b|\blipa\s+namba\b"
    rf"|\bbusiness\s+{_NUMBER_WORD}|\bnamba\s+ya\s+(?:biashara|kampuni|till)\b|\bpochi\s+la\s+biashara\b"
    rf"|\b(?:my|our|the\s+shop'?s)\s+till\b|\btill\s*(?:{_NUMBER_WORD}|:|=|is\b|ni\b|yangu\b|yetu\b))"
    r"[^0-9]{0,30}(?<![0-9])(?P<number>[0-9]{5,7})(?![0-9])(?![.,][0-9])"
    r"|\btill\s+(?P<bare>[0-9]{6,7})(?![0-9])(?![.,][0-9])"
)
_PAY_TO_REVERSED = re.compile(
    r"(?<![0-9.,])(?P<number>[0-9]{5,7})\W{1,3}(?:(?:is|ni|ndio|ndiyo|hii|my|our|the|yangu|yetu)\W+){0,3}"
    rf"(?:pay\s*-?\s*bill\b|till\s*(?:{_NUMBER_WORD}|yangu\b|yetu\b|[.!?]?\s*$))"
)
_PAY_OUTSIDE = re.compile(
    r"\b(?:pay|send|transfer|deposit)\b[^.\n]{0,25}\bto\s+(?:this|my|our)\s+"
    r"(?:personal\s+|own\s+)?(?:number|phone|line|till|paybill|account|m-?pesa)\b"
    r"|\b(?:pay|send)\s+(?:it\s+)?(?:me|us)\s+directly\b|\bpay\b[^.\n]{0,20}\bdirect(?:ly)?\s+to\s+(?:me|us|my)\b"
    r"|\bpay\w*\s+outside\b|\blip\w+\s+nje\s+ya\b"
    r"|\b(?:tuma|lipa|weka|nitumie|nilipe)\w*\b[^.\n]{0,20}\bkwa\s+(?:(?:hii|hiyo)\s+(?:namba|nambari|number|till|simu)"
    r"|(?:namba|nambari|simu|till)\s+(?:hii|hiyo|yangu|yetu))\b"
)


def _has_paybill(plain: str) -> bool:
    numbers = [found["number"] or found["bare"] for found in _PAY_TO.finditer(plain)]
    numbers += [found["number"] for found in _PAY_TO_REVERSED.finditer(plain)]
    own = CONFIGURATION.mpesa_shortcode
    return any(number != own for number in numbers) or bool(_PAY_OUTSIDE.search(plain))


# PINs: four digits beside a word that means a secret one. ---------------------------------------------------------
_WORD_FOR_IT = (
    r"(?:(?<![a-z0-9])p\.?i\.?n\b(?:\s+(?:number|no|code|namba|nambari)\b)?"
    r"|\b(?:namba|nambari|neno)\s+(?:(?:ya|la|yangu\s+ya|yako\s+ya)\s+)?siri\b|\bsiri\s+(?:yangu|yake|yako|yetu)\b"
    r"|\bnywila\b|\bpass\s?(?:word|code)\b)"
)
_MEANS = r"(?:is|was|are|ni|iko|ndio|ndiyo|ndo|its|it's|nayo|hii|hapa|here)"
_BETWEEN = rf"(?:[\s:=>.,'\"“”(\-–—]|\b(?:{_MEANS}|my|yangu|yake|yako|yetu|ya|for|the|of|m-?pesa|number|no|namba)\b)"
_SPELT = rf"(?:[0-9]|\b{_FIGURE}\b)"
_FOUR = rf"(?<![0-9])(?<![0-9][.,:/]){_SPELT}(?:[\s.\-_]?{_SPELT}){{3}}(?![\s.\-]?[0-9])(?![.,:/][0-9])"
_UNIT = (
    r"(?!\s*(?:pcs?|pieces|vipande|watts?|w|mm|cm|m|kgs?|g|ml|l|mah|v|volts?|%|am|pm|hrs?|bob|/=|shillings?|shilingi|kes"
    r"|ksh)\b)"
)
_PIN_THEN_FOUR = re.compile(
    rf"(?P<before>(?:[a-z]+|[0-9]+)?[\s\-]{{0,2}})(?P<word>{_WORD_FOR_IT})(?P<link>{_BETWEEN}{{1,24}}?)"
    rf"(?P<value>{_FOUR}(?:\W{{1,3}}(?:or|au|and|na|then|kisha)\W{{1,3}}{_FOUR})*){_UNIT}"
)
_FOUR_THEN_PIN = re.compile(
    rf"(?P<value>{_FOUR})(?P<link>\W{{1,3}}(?:(?:{_MEANS}|my|the|your|m-?pesa)\W{{1,3}}){{1,3}})(?P<word>{_WORD_FOR_IT})"
)
_STRONG = re.compile(rf"[:=]|\b(?:{_MEANS}|my|yangu|yetu)\b")
_OF_THINGS = re.compile(
    r"(?:rolling|bowling|hair|bobby|safety|push|drawing|tie|lapel|firing|split|cotter|clevis|king|two|three|round|flat"
    r"|hat|belt|[0-9]+)[\s\-]*$"
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_FOUR_ALONE = re.compile(rf"\W*{_FOUR}\W*")


def _pins(plain: str) -> list[tuple[int, int]]:
    """Where PINs stand: beginnings and ends, in order."""
    spans = {found.span("value") for found in _PIN_THEN_FOUR.finditer(plain) if _is_told(found)}
    spans |= {found.span("value") for found in _FOUR_THEN_PIN.finditer(plain) if _is_meant(found)}
    return sorted(spans)


def _is_told(found: re.Match[str]) -> bool:
    """Not a hair pin of 1200, nor the pin bought in 2024."""
    is_pin = found["word"].startswith("p") and not found["word"].startswith("pass")
    is_strong = not is_pin or bool(_STRONG.search(found["link"])) or found["before"].strip() == "my"
    is_weak = bool(_OF_THINGS.search(found["before"])) or bool(_YEAR.fullmatch(found["value"]))
    return is_strong or not is_weak


def _is_meant(found: re.Match[str]) -> bool:
    """Not: in 2024 my pin broke."""
    says_so = bool(re.search(rf"\b{_MEANS}\b", found["link"]))
    return says_so or (bool(re.search(r"\bmy\b", found["link"])) and not _YEAR.fullmatch(found["value"]))


_ASKED = re.compile(
    r"(?P<before>[^.!?\n]{0,40})"
    r"(?:\b(?:give|send|tell|share|need|want|confirm|whats|what['’]s|what\s+is|text|dm|nipe|nitumie|nipatie|niambie|tuma"
    r"|taja|thibitisha|naomba|nataka|nahitaji)\b\W+(?:[a-z'’\-]+\W+){0,4}?"
    r"(?:your\s+(?:[a-z\-]+\s+)?pin\b|(?:m-?pesa\s+)?pin\s+(?:ya\s+m-?pesa\s+)?yako\b|m-?pesa\s+pin\b"
    r"|(?:namba|nambari)\s+(?:yako\s+)?ya\s+siri\b)"
    r"|\bpin\s+yako\s+(?:ni\s+(?:gani|ngapi|nini|ipi))\b)"
)
_FORBIDS = re.compile(r"\b(?:never|not|don['’]?t|do\s+not|nobody|no\s+one|usi[a-z]+|kamwe|hakuna)\b")


def _asks_for_pin(plain: str) -> bool:
    return any(not _FORBIDS.search(found["before"]) for found in _ASKED.finditer(plain))
