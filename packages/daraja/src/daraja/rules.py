"""Rules for the fields of requests. Each takes a value and gives what goes on the wire, or says what is wrong.

A rule raises `Unfit` with advice; the request adds the field's name and raises `InvalidRequest`.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from daraja.environment import Environment
from daraja.reading import normal_msisdn

MAX_SHILLINGS = 250_000
"""M-PESA's limit for one transaction, in whole shillings."""

BANNED_WORDS = ("mpesa", "m-pesa", "safaricom", "exe", "exec", "cmd", "sql", "query")
"""Words that Safaricom's C2B page bans from callback URLs, in any case and anywhere in the URL."""

_TUNNELS = ("ngrok.io", "ngrok.app", "ngrok-free.app", "ngrok.dev", "ngrok-free.dev", "mockbin.org", "requestbin.com")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")


class Unfit(Exception):  # noqa: N818
    """A field's value cannot be sent; the text says what to do."""


Check = Callable[[object, Environment], object]


@dataclass(frozen=True)
class Rule:
    """What a field may hold. A `secret` field never shows in `repr`; a `personal` one shows masked."""

    allows: str
    """In words, for the documentation."""
    check: Check
    secret: bool = False
    personal: bool = False


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit("must be text")
    if not _PRINTABLE.fullmatch(value):
        raise Unfit("must not hold control characters")
    return value


def text(shortest: int, longest: int, *, without: str = "") -> Rule:
    """Printable text of so many characters, with no spaces around it."""

    def check(value: object, _: Environment) -> str:
        string = _text(value).strip()
        if not shortest <= len(string) <= longest:
            raise Unfit(f"must have {shortest} to {longest} characters; this has {len(string)}")
        if found := sorted(set(string) & set(without)):
            raise Unfit(f"must not contain {' '.join(found)}, which M-PESA refuses")
        return string

    return Rule(f"{shortest} to {longest:,} characters" + (f", none of {' '.join(without)}" if without else ""), check)


def one_of(*allowed: str) -> Rule:
    """One of a few fixed texts, or an enum member whose value is one."""

    def check(value: object, _: Environment) -> str:
        string = str(getattr(value, "value", value))
        if string not in allowed:
            raise Unfit(f"must be one of {', '.join(allowed)}")
        return string

    return Rule(" or ".join(f"`{value}`" for value in allowed), check)


def shillings(lowest: int = 1, highest: int = MAX_SHILLINGS) -> Rule:
    """Whole shillings as an `int`: M-PESA moves no cents."""

    def check(value: object, _: Environment) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit("must be whole shillings as an int; round before you ask, so that both sides agree")
        if not lowest <= value <= highest:
            raise Unfit(f"must be KES {lowest:,} to KES {highest:,}; this is KES {value:,}")
        return value

    return Rule(f"whole shillings, {lowest:,} to {highest:,}", check)


def whole_number(lowest: int) -> Rule:
    """A whole number that is not less than `lowest`."""

    def check(value: object, _: Environment) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            raise Unfit(f"must be a whole number, {lowest} or more")
        return value

    return Rule(f"a whole number, {lowest} or more", check)


def _shortcode(value: object, _: Environment) -> str:
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{5,7}", str(value)):
        raise Unfit("must be a paybill, till or store number of 5 to 7 digits")
    return str(value)


def _msisdn(value: object, _: Environment) -> str:
    number = normal_msisdn(_text(value))
    if number is None:
        raise Unfit("must be a Kenyan mobile number such as 254708374149 or 0708374149")
    return number


def _secret(value: object, _: Environment) -> str:
    string = _text(value)
    if not string or string != string.strip() or not string.isascii():
        raise Unfit("must be given, in plain letters and digits, without spaces around it")
    return string


def _moment(value: object, _: Environment) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit("must be a datetime that knows its time zone")
    return value


def check_callback_url(value: object, environment: Environment) -> str:
    """A URL that M-PESA will accept and reach, or `Unfit`."""
    url = _text(value)
    if any(letter.isspace() for letter in url):
        raise Unfit("must not contain spaces; M-PESA refuses the URL because of them")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
        port_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise Unfit("must be a full URL such as https://shop.example/pay/…") from None
    if parts.scheme not in ("https", "http") or not host or not port_valid or parts.username is not None:
        raise Unfit("must be a full URL such as https://shop.example/pay/…, without a user name")
    if found := [word for word in BANNED_WORDS if word in url.lower()]:
        raise Unfit(f"must not contain the word {found[0]!r} anywhere; M-PESA refuses such URLs")
    if not environment.allow_http:
        if parts.scheme != "https":
            raise Unfit("must begin with https://")
        if not _public(host):
            raise Unfit(f"must be a public host that M-PESA can reach; {host} is not")
    if environment == Environment.PRODUCTION and host.endswith(_TUNNELS):
        raise Unfit("must not be a tunnel or request bin: production refuses them")
    return url


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test", ".invalid"))


SHORTCODE = Rule("5 to 7 digits", _shortcode)
MSISDN = Rule("a Kenyan mobile number in any usual form", _msisdn, personal=True)
SECRET = Rule("text without spaces around it", _secret, secret=True)
MOMENT = Rule("an aware `datetime`", _moment)
CALLBACK_URL = Rule("a public https URL without banned words", check_callback_url, secret=True)
"""Hidden from `repr`, because an unguessable callback URL is itself a secret."""
