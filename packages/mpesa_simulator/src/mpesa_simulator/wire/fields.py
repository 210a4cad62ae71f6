"""Reading the fields of a request: each function returns a good value or refuses the field by name."""

import re
from urllib.parse import urlsplit

from mpesa_simulator.money import subscribers
from mpesa_simulator.wire.envelope import Call, invalid


def whole_shillings(call: Call, field: str = "Amount") -> int:
    """An amount in cents: a whole number of shillings above zero, as a number or a string."""
    amount = call.text(field)
    if not re.fullmatch(r"[1-9]\d{0,8}", amount):
        raise invalid(field)
    return int(amount) * 100


def msisdn(call: Call, field: str) -> str:
    """A Safaricom number, 2547… or 2541…."""
    number = call.text(field)
    if not subscribers.is_msisdn(number):
        raise invalid(field)
    return number


def url(call: Call, field: str) -> str:
    """An http or https URL without blanks."""
    value = call.fields.get(field)
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/]+\S*", value) or not urlsplit(value).hostname:
        raise invalid(field)
    return value


def one_of(call: Call, field: str, *allowed: str) -> str:
    """One of a few words, exactly as they are written."""
    value = call.text(field)
    if value not in allowed:
        raise invalid(field)
    return value


def remarks(call: Call, longest: int = 100) -> str:
    """Two characters or more."""
    text = call.text("Remarks")
    if not 2 <= len(text) <= longest:
        raise invalid("Remarks")
    return text
