"""One access token for every thread, task and process of an app.

Safaricom says that each new token invalidates the one before, so nobody may mint one while another is in use:
one caller mints, all others wait for it (single flight), and processes share it through a `TokenStore`.
"""

import base64
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from daraja.environment import Credentials, Environment
from daraja.errors import OutcomeUnknown, WrongCredentials
from daraja.reading import read_text
from daraja.reply import Reply
from daraja.request import Request, wire_request

REFRESH_EARLY = 60.0
"""Seconds before its end at which a token is replaced."""

_HEADER_SAFE = re.compile(r"[!-~]+")
_LIFE = 3599.0
"""Seconds that a token lives; what the documentation says, for answers that do not say it readably."""


@dataclass(frozen=True)
class Token:
    """An access token. `expires_at` is in seconds since 1970, UTC."""

    value: str = field(repr=False)
    expires_at: float

    @property
    def fresh(self) -> bool:
        return time.time() < self.expires_at - REFRESH_EARLY


@wire_request
class TokenRequest(Request[Token]):
    """OAuth: `GET /oauth/v1/generate` with the app's key and secret."""

    http_method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/oauth/v1/generate?grant_type=client_credentials"
    repeatable: ClassVar[bool] = True

    credentials: Credentials

    def headers(self) -> dict[str, str]:
        pair = f"{self.credentials.consumer_key}:{self.credentials.consumer_secret}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def body(self, environment: Environment) -> None:
        return None

    def answer(self, reply: Reply) -> Token:
        if reply.status in (400, 401) and reply.message() is None:
            raise WrongCredentials(
                "M-PESA did not accept the consumer key and secret. Are they of this environment?",
                http_status=reply.status,
            )
        message = reply.accepted()
        value = read_text(message.get("access_token"))
        if value is None or _HEADER_SAFE.fullmatch(value) is None:
            raise OutcomeUnknown("M-PESA answered without a token that can be used.", http_status=reply.status)
        seconds = read_text(message.get("expires_in")) or ""
        life = float(seconds) if seconds.isascii() and seconds.isdigit() else _LIFE
        return Token(value, time.time() + life)


class TokenSlot(Protocol):
    """The place of one app's token, while it is held."""

    def read(self) -> Token | None:
        """The last token written, fresh or not."""

    def write(self, token: Token) -> None:
        """Replace the token."""


class TokenStore(Protocol):
    """Where tokens live between calls. Write one of your own to keep them in Redis or a database."""

    def hold(self, app: str) -> AbstractContextManager[TokenSlot]:
        """Wait until nobody else holds this app's slot, and hold it. `app` names the app without revealing its key."""


@dataclass
class _MemorySlot:
    token: Token | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Token | None:
        return self.token

    def write(self, token: Token) -> None:
        self.token = token


class MemoryTokenStore:
    """Shares tokens within one process."""

    def __init__(self) -> None:
        self._slots: dict[str, _MemorySlot] = {}

    @contextmanager
    def hold(self, app: str) -> Iterator[TokenSlot]:
        slot = self._slots.setdefault(app, _MemorySlot())
        with slot.lock:
            yield slot


class TokenKeeper:
    """Hands out the app's token, minting at most one at a time."""

    def __init__(self, app: str, store: TokenStore, mint: Callable[[], Token]) -> None:
        self._app = app
        self._store = store
        self._mint = mint
        self._current: Token | None = None

    def ready(self, rejected: str | None = None) -> str | None:
        """The token at hand, without waiting; None if there is no fresh one, or it is the one M-PESA rejected."""
        return _usable(self._current, rejected)

    def obtain(self, rejected: str | None = None) -> str:
        """The app's token, minted if need be. Blocks while another caller mints."""
        if (value := self.ready(rejected)) is not None:
            return value
        with self._store.hold(self._app) as slot:
            token = slot.read()
            if token is None or _usable(token, rejected) is None:
                token = self._mint()
                slot.write(token)
            self._current = token
            return token.value


def _usable(token: Token | None, rejected: str | None) -> str | None:
    return token.value if token is not None and token.fresh and token.value != rejected else None
