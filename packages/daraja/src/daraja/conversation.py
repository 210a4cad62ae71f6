"""One call from its first try to its answer, without any I/O: what to send, when, and whether to send it again."""

import json
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar

import httpx

from daraja.environment import Environment
from daraja.errors import DarajaError, OutcomeUnknown, SystemBusy, Throttled, TokenRejected, Unreachable
from daraja.pacing import Pacer
from daraja.reply import Reply
from daraja.request import Request

Answer = TypeVar("Answer")

logger = logging.getLogger("daraja")

_FIRST_PAUSE = 0.4
_LONGEST_PAUSE = 30.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Terms:
    """On what terms calls are made: where to, how fast, how long to wait for each step (seconds), how often to try."""

    environment: Environment
    pacer: Pacer
    timeout: float
    tries: int


class Sending(TypedDict):
    """The arguments of httpx's `request`."""

    method: str
    url: str
    content: bytes
    headers: dict[str, str]
    timeout: float


class Conversation(Generic[Answer]):
    """A request that may move money, or rings a phone, is sent again only when it certainly never reached M-PESA,
    or its token was refused at the door. Repeatable ones are also tried again when M-PESA is busy, throttles or
    does not answer."""

    def __init__(self, request: Request[Answer], terms: Terms) -> None:
        """Check the request. Raises `InvalidRequest`."""
        body = request.body(terms.environment)
        self._request = request
        self._terms = terms
        self._method, self._path = request.destination()
        self._content = b"" if body is None else json.dumps(body).encode()
        self._headers = {"Content-Type": "application/json", **request.headers()}
        self._token: str | None = None
        self._failures = 0
        self._pause = 0.0
        self._sent_at = 0.0
        self.rejected_token: str | None = None
        """The token that M-PESA did not accept, if any."""

    def wait(self) -> float:
        """Seconds to wait before the next try, which takes its turn in the app's rate."""
        return self._pause + self._terms.pacer.take_turn()

    def sending(self, token: str | None) -> Sending:
        """What to send now."""
        self._token, self._sent_at = token, time.perf_counter()
        return Sending(
            method=self._method,
            url=self._terms.environment.base_url + self._path,
            content=self._content,
            headers={"Authorization": f"Bearer {token}", **self._headers} if token else self._headers,
            timeout=self._terms.timeout,
        )

    def heard(self, response: httpx.Response) -> Answer | None:
        """The answer, or None if the request is to be sent again. Raises what the response means."""
        took = (time.perf_counter() - self._sent_at) * 1000
        logger.debug("%s: HTTP %s in %.0f ms", self._name, response.status_code, took)
        wait = response.headers.get("Retry-After", "")
        retry_after = float(wait) if wait.isascii() and wait.isdigit() else None
        try:
            return self._request.answer(Reply(response.status_code, response.content, retry_after))
        except DarajaError as error:
            self._prepare_again(error)
            return None

    def lost(self, failure: httpx.HTTPError) -> None:
        """Take note that no answer came. Raises what that means, unless the request is to be sent again."""
        kind = type(failure).__name__
        try:
            if isinstance(failure, _NEVER_SENT):
                raise Unreachable(f"M-PESA could not be reached ({kind}), so nothing was sent.") from failure
            raise OutcomeUnknown(f"The request was sent, but no whole answer came back ({kind}).") from failure
        except DarajaError as error:
            self._prepare_again(error)

    @property
    def _name(self) -> str:
        """For logs: without the query, which may hold a phone number."""
        return f"{self._method} {self._path.partition('?')[0]}"

    def _prepare_again(self, error: DarajaError) -> None:
        self._failures += 1
        if isinstance(error, TokenRejected) and self._token is not None and self.rejected_token is None:
            self.rejected_token, self._pause = self._token, 0.0
        else:
            self._pause = self._back_off(error)
            if not self._harmless_after(error) or self._failures >= self._terms.tries or self._pause > _LONGEST_PAUSE:
                raise error
        logger.warning("%s: %s; trying again in %.1f s", self._name, type(error).__name__, self._pause)

    def _harmless_after(self, error: DarajaError) -> bool:
        if isinstance(error, Unreachable):
            return True
        return self._request.repeatable and isinstance(error, OutcomeUnknown | SystemBusy | Throttled)

    def _back_off(self, error: DarajaError) -> float:
        pause = _FIRST_PAUSE * (1 << self._failures) * _random.uniform(0.5, 1.0)
        asked = error.retry_after if isinstance(error, Throttled) else None
        return max(pause, asked or 0.0)
