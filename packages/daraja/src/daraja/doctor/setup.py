"""A set-up as its owner wrote it down: nothing about it is known to be right."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from daraja.environment import Environment
from daraja.errors import InvalidRequest

_NAMED = {"production": Environment.PRODUCTION, "sandbox": Environment.SANDBOX}
_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is to be examined. Parts that are None are not in use."""

    environment: str = "sandbox"
    """`production`, `sandbox`, or the address of a simulator."""
    consumer_key: str | None = field(default=None, repr=False)
    consumer_secret: str | None = field(default=None, repr=False)
    shortcode: str | None = None
    passkey: str | None = field(default=None, repr=False)
    callback_url: str | None = field(default=None, repr=False)
    initiator: str | None = None
    initiator_password: str | None = field(default=None, repr=False)
    certificate: Path | None = None

    def gateway(self) -> Environment:
        """The environment meant. Raises `InvalidRequest`."""
        return read_environment(self.environment)


def read_environment(text: str) -> Environment:
    """`production`, `sandbox` or an address; plain HTTP only on this machine. Raises `InvalidRequest`."""
    if (named := _NAMED.get(text.strip().lower())) is not None:
        return named
    try:
        return Environment(base_url=text.strip(), allow_http=_LOOPBACK.fullmatch(text.strip()) is not None)
    except InvalidRequest:
        raise InvalidRequest(
            "environment", "must be production, sandbox, or the https address of a gateway (http on this machine)"
        ) from None
