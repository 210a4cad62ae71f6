"""Where M-PESA is reached, and as whom."""

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from daraja.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One M-PESA gateway: Safaricom's production or sandbox, or a simulator.

    `allow_http` is for a simulator on your own machine: it permits plain HTTP, and callback URLs that are
    not public. Leave it off anywhere else.
    """

    base_url: str
    allow_http: bool = False

    PRODUCTION: ClassVar["Environment"]
    SANDBOX: ClassVar["Environment"]

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        schemes = ("https", "http") if self.allow_http else ("https",)
        if parts.scheme not in schemes or not parts.hostname:
            raise InvalidRequest(
                "base_url", f"must be a full {' or '.join(schemes)} address, such as https://api.safaricom.co.ke"
            )
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))


Environment.PRODUCTION = Environment(base_url="https://api.safaricom.co.ke")
Environment.SANDBOX = Environment(base_url="https://sandbox.safaricom.co.ke")


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The consumer key and secret of one Daraja app. Its `repr` shows neither."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("consumer_key", "consumer_secret"):
            value = getattr(self, name)
            if not value or value != value.strip():
                raise InvalidRequest(
                    name, "must be given, without spaces around it; copy it from the app's page on the portal"
                )

    def app_id(self, environment: Environment) -> str:
        """A stable name for this app at this gateway that reveals neither key nor secret."""
        identity = "\n".join((environment.base_url, self.consumer_key, self.consumer_secret))
        return hashlib.sha256(identity.encode()).hexdigest()
