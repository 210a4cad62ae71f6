"""Reading what M-PESA writes: numbers as text, text as numbers, absent values, masked phone numbers."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from daraja.errors import MalformedMessage

_MSISDN = re.compile(r"254[17]\d{8}")
_MASKED = re.compile(r"[\d*xX ]+")
_HASHED = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_MAX_CENTS = 10**17


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def read_object(body: bytes | str | Mapping[str, object]) -> dict[str, object]:
    """The JSON object in a body. Raises `MalformedMessage` if there is none.

    Also refused: NaN and infinities, and characters that no database can keep (NUL, lone surrogates).
    """
    if not isinstance(body, bytes | str):
        return dict(body)
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        if "\\u" in text or "\x00" in text:
            _refuse_unstorable(json.loads(text))
        message = _JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("The body is not JSON that can be read and stored.") from error
    if not isinstance(message, dict):
        raise MalformedMessage("The body is JSON, but not an object.")
    return message


def _refuse_unstorable(message: object) -> None:
    text = json.dumps(message, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        raise ValueError("NUL")


def read_section(message: Mapping[str, object], *names: str) -> dict[str, object]:
    """The first of these keys that holds an object; raises `MalformedMessage` if none does."""
    for name in names:
        section = message.get(name)
        if isinstance(section, dict):
            return section
    raise MalformedMessage(f"The message has no {names[0]} object.", raw=message)


def read_text(value: object) -> str | None:
    """Text, or a number as text; None for anything absent, empty or of another kind."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_cents(value: object) -> int | None:
    """An amount of shillings, as number or text, in whole cents. None where there is no such amount.

    `1.00`, `"5.00"`, `"1,500"` and `10` are read; a fraction of a cent is no amount.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return value * 100 if abs(value) * 100 <= _MAX_CENTS else None
    try:
        cents = Decimal(str(value).strip().replace(",", "")) * 100
    except ArithmeticError:
        return None
    if not cents.is_finite() or abs(cents) > _MAX_CENTS or cents != cents.to_integral_value():
        return None
    return int(cents)


def read_msisdn(value: object) -> str | None:
    """Twelve digits `2547…` or `2541…`, or None when missing, masked, hashed or no Kenyan mobile number."""
    text = read_text(value)
    return None if text is None else normal_msisdn(text)


def normal_msisdn(text: str) -> str | None:
    """`07…`, `7…`, `+2547…`, `2547…` and the `01…` twins as twelve digits; None for any other number."""
    digits = text.replace(" ", "").replace("-", "").removeprefix("+")
    if len(digits) == 10 and digits[0] == "0":
        digits = "254" + digits[1:]
    elif len(digits) == 9:
        digits = "254" + digits
    return digits if _MSISDN.fullmatch(digits) and digits.isascii() else None


def read_masked_msisdn(value: object) -> str | None:
    """A phone number that M-PESA has masked (`2547 ***** 126`), spaces removed; None if it is not masked."""
    text = read_text(value)
    if text is None or "*" not in text or not _MASKED.fullmatch(text):
        return None
    return text.replace(" ", "")


def read_hashed_msisdn(value: object) -> str | None:
    """The SHA-256 that C2B v1 sends instead of a phone number, in lower case; None if it is none."""
    text = read_text(value)
    return text.lower() if text and _HASHED.fullmatch(text) else None


def mask_msisdn(msisdn: str) -> str:
    """A phone number as logs may show it: first four and last three digits, `2547*****149`."""
    return f"{msisdn[:4]}*****{msisdn[-3:]}" if len(msisdn) >= 10 else "*****"
