"""Kenyan mobile numbers, in the twelve digits that M-PESA calls an MSISDN: ``254712345678``.

Valid prefixes and operators come from libphonenumber's Kenyan data, which follows the regulator's numbering plan. A
number may have been ported since, so an operator is what the prefix says, not proof.
"""

from __future__ import annotations

import unicodedata

import phonenumbers
from phonenumbers import carrier

from sokopesa.kernel.errors import Refusal

KENYA = "254"
EXAMPLE = "0712 345 678"

_LETTER_O = frozenset("oOоОοΟ")
"""The letter O in Latin, Cyrillic and Greek, which people type for a zero."""

_LANDLINE_STARTS = frozenset("2456")
_MOBILE_STARTS = frozenset("17")
_NATIONAL_LENGTH = 9
_LONGEST_QUOTE = 24
"""Characters of what was typed that a refusal repeats."""
_SHORTEST_FOREIGN = 11
"""Digits from which a number typed without ``+`` can only be one from abroad or a slip."""


class PhoneRefused(Refusal):
    """What was typed is not a Kenyan mobile number."""


class PhoneMissing(PhoneRefused):
    """Nothing was typed."""

    def __init__(self) -> None:
        super().__init__(f"Enter a phone number, such as {EXAMPLE}.")


class PhoneHasLetters(PhoneRefused):
    """There are letters among the digits."""

    def __init__(self) -> None:
        super().__init__(f"A phone number has only digits, such as {EXAMPLE}.")


class PhoneWrongLength(PhoneRefused):
    """There are too few or too many digits, counted as in ``0712 345 678`` or, after Kenya's code, ``254 712 345 678``.

    ``typed`` is repeated as it was written, ``digits`` are those in it.
    """

    def __init__(self, typed: str, digits: str, national: str) -> None:
        typed = " ".join(typed.split())
        code = KENYA if digits.startswith(KENYA) else "0"
        has, needs = len(code) + len(national), len(code) + _NATIONAL_LENGTH
        lacks_code = not digits.startswith(code)
        if lacks_code and has < needs:
            has -= 1
        start = "With its 0, " if lacks_code and has > needs else ""
        difference = f"{abs(needs - has)} {'too many' if has > needs else 'missing'}"
        quoted = typed if len(typed) <= _LONGEST_QUOTE else f"{typed[:_LONGEST_QUOTE].rstrip()}…"
        super().__init__(
            f"{start}“{quoted}” has {has} digit{'' if has == 1 else 's'}, {difference}. "
            f"A Kenyan mobile number has {needs}, such as {EXAMPLE if code == '0' else f'+{KENYA} {EXAMPLE[1:]}'}."
        )


class PhoneIsLandline(PhoneRefused):
    """The number belongs to a fixed line, which gets no SMS and has no M-PESA."""

    def __init__(self, national: str) -> None:
        super().__init__(f"0{national} is a landline. Enter a mobile number, which starts with 07 or 01.")


class PhoneIsForeign(PhoneRefused):
    """The number has another country's code."""

    def __init__(self, country_code: int | None) -> None:
        start = f"+{country_code}" if country_code else "That"
        super().__init__(f"{start} is not Kenya's code. Enter a Kenyan mobile number, such as {EXAMPLE}.")


class PhoneNotMobile(PhoneRefused):
    """The number starts like no mobile number in use in Kenya."""

    def __init__(self, national: str) -> None:
        super().__init__(f"No mobile number in Kenya starts with 0{national[:3]}. Check the first digits.")


class NotSafaricom(Refusal):
    """The line is not one on which M-PESA works."""

    def __init__(self, msisdn: str, operator: str) -> None:
        article = "an" if operator[:1] in "AEIOU" else "a"
        looks = f"looks like {article} {operator} number" if operator else "does not look like a Safaricom number"
        super().__init__(
            f"{local(msisdn)} {looks}. M-PESA works only on Safaricom lines: enter the number that will pay."
        )
        self.operator = operator


def normalise(text: str) -> str:
    """The MSISDN meant by ``text``, typed in any way Kenyans type a number: spaces, dashes, dots and brackets anywhere;
    ``07…``, ``7…``, ``2547…``, ``+254 (0)7…`` or ``00254…``; digits of any script; the letter O for a zero.

    Raises a `PhoneRefused` that says what is wrong.
    """
    typed, is_international = _digits(text)
    digits = typed
    if is_international or digits.startswith(KENYA):
        if not digits.startswith(KENYA) and not digits.startswith("0"):
            raise PhoneIsForeign(_country_code(digits))
        digits = digits.removeprefix(KENYA)
    elif len(digits) >= _SHORTEST_FOREIGN and not digits.startswith("0") and (code := _country_code(digits)):
        raise PhoneIsForeign(code)
    national = digits.removeprefix("0")
    _check_national(national, text, typed)
    return KENYA + national


def operator_of(msisdn: str) -> str:
    """The operator that the prefix was given to ("Safaricom", "Airtel", "Telkom", …), or "" when none is known."""
    return carrier.name_for_number(phonenumbers.parse(f"+{msisdn}"), "en")


def require_safaricom(msisdn: str) -> None:
    """Raise `NotSafaricom` unless the MSISDN's prefix belongs to Safaricom, the only network with M-PESA in Kenya."""
    operator = operator_of(msisdn)
    if operator != "Safaricom":
        raise NotSafaricom(msisdn, operator)


def local(msisdn: str) -> str:
    """The MSISDN as Kenyans write it: ``0712 345 678``."""
    national = msisdn.removeprefix(KENYA)
    return f"0{national[:3]} {national[3:6]} {national[6:]}"


def masked(msisdn: str) -> str:
    """The MSISDN with its middle hidden, for lists: ``0712 ***678``."""
    national = msisdn.removeprefix(KENYA)
    return f"0{national[:3]} ***{national[6:]}"


def _digits(text: str) -> tuple[str, bool]:
    """The ASCII digits of ``text`` without an international prefix, and whether it had one (``+`` or ``00``)."""
    text = unicodedata.normalize("NFKC", text)
    kept: list[str] = []
    for character in text:
        digit = unicodedata.digit(character, None)
        if digit is not None:
            kept.append(str(digit))
        elif character in _LETTER_O:
            kept.append("0")
        elif character.isalpha():
            raise PhoneHasLetters
    digits = "".join(kept)
    if not digits:
        raise PhoneMissing
    is_international = text.lstrip(" (").startswith("+") or digits.startswith("00")
    return (digits.removeprefix("00") if is_international else digits), is_international


def _country_code(digits: str) -> int | None:
    """The country code of a number that is valid abroad, if ``digits`` are one."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    return number.country_code if phonenumbers.is_possible_number(number) else None


def _check_national(national: str, text: str, digits: str) -> None:
    """Raise unless ``national``, the digits after 0 or +254, are a mobile number in use. ``text`` is what was typed,
    and ``digits`` are all that are in it."""
    start = national[:1]
    if start in _LANDLINE_STARTS and _NATIONAL_LENGTH - 2 <= len(national) <= _NATIONAL_LENGTH:
        raise PhoneIsLandline(national)
    if len(national) != _NATIONAL_LENGTH:
        raise PhoneWrongLength(text, digits, national)
    number = phonenumbers.parse(f"+{KENYA}{national}")
    if start not in _MOBILE_STARTS or not phonenumbers.is_valid_number(number):
        raise PhoneNotMobile(national)
