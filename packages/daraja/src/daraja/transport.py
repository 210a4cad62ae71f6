"""Carrying a request to M-PESA and its answer back, for threads and for tasks."""

import functools
import json
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import httpx

from daraja.attempts import Attempts
from daraja.environment import Environment
from daraja.errors import DarajaError, OutcomeUnknown, Unreachable
from daraja.pacing import Pacer
from daraja.reply import Reply
from daraja.request import Request

Answer = TypeVar("Answer")

logger = logging.getLogger("daraja")

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@functools.cache
def trusted_authorities() -> ssl.SSLContext:
    """The certificates that TLS trusts: slow to load, so loaded once for all clients."""
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Terms:
    """On what terms a request is sent: where to, how fast, and how many seconds to wait for each step."""

    environment: Environment
    pacer: Pacer
    timeout: float


@dataclass(frozen=True)
class Outgoing:
    """A checked request, ready to be sent any number of times."""

    method: str
    path: str
    """Without the query, which may hold a phone number: this one is for logs."""
    url: str = field(repr=False)
    content: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, request: Request[object], environment: Environment) -> "Outgoing":
        """Check the request. Raises `InvalidRequest`."""
        body = request.body(environment)
        headers = {"Content-Type": "application/json", **request.headers()}
        content = b"" if body is None else json.dumps(body).encode()
        method, path = request.destination()
        return cls(method, path.partition("?")[0], environment.base_url + path, content, headers)

    def headers_with(self, token: str | None) -> dict[str, str]:
        """The headers, with the token as bearer if there is one."""
        return {"Authorization": f"Bearer {token}", **self.headers} if token else self.headers


def converse(
    http: httpx.Client,
    request: Request[Answer],
    terms: Terms,
    obtain_token: Callable[[str | None], str | None],
) -> Answer:
    """Send a request until it is answered or may not be sent again. `obtain_token` is told which one was rejected."""
    outgoing, attempts = Outgoing.of(request, terms.environment), Attempts(request)
    while True:
        if pause := attempts.pause + terms.pacer.take_turn():
            time.sleep(pause)
        token = obtain_token(attempts.rejected_token)
        started = time.perf_counter()
        try:
            try:
                response = http.request(
                    outgoing.method,
                    outgoing.url,
                    content=outgoing.content,
                    headers=outgoing.headers_with(token),
                    timeout=terms.timeout,
                )
            except httpx.HTTPError as error:
                raise _lost(error) from error
            return request.answer(_reply(outgoing, response, started))
        except DarajaError as error:
            attempts.failed(error, token)
            _log_retry(outgoing, error, attempts)


async def converse_async(
    http: httpx.AsyncClient,
    request: Request[Answer],
    terms: Terms,
    obtain_token: Callable[[str | None], Awaitable[str | None]],
) -> Answer:
    """`converse`, for tasks."""
    outgoing, attempts = Outgoing.of(request, terms.environment), Attempts(request)
    while True:
        if pause := attempts.pause + terms.pacer.take_turn():
            await anyio.sleep(pause)
        token = await obtain_token(attempts.rejected_token)
        started = time.perf_counter()
        try:
            try:
                response = await http.request(
                    outgoing.method,
                    outgoing.url,
                    content=outgoing.content,
                    headers=outgoing.headers_with(token),
                    timeout=terms.timeout,
                )
            except httpx.HTTPError as error:
                raise _lost(error) from error
            return request.answer(_reply(outgoing, response, started))
        except DarajaError as error:
            attempts.failed(error, token)
            _log_retry(outgoing, error, attempts)


def _lost(error: httpx.HTTPError) -> DarajaError:
    """What a broken exchange means: never sent, or sent and not answered."""
    kind = type(error).__name__
    if isinstance(error, _NEVER_SENT):
        return Unreachable(f"M-PESA could not be reached ({kind}), so nothing was sent.")
    return OutcomeUnknown(f"The request was sent, but no whole answer came back ({kind}).")


def _reply(outgoing: Outgoing, response: httpx.Response, started: float) -> Reply:
    took = (time.perf_counter() - started) * 1000
    logger.debug("%s %s: HTTP %s in %.0f ms", outgoing.method, outgoing.path, response.status_code, took)
    wait = response.headers.get("Retry-After", "")
    return Reply(response.status_code, response.content, float(wait) if wait.isascii() and wait.isdigit() else None)


def _log_retry(outgoing: Outgoing, error: DarajaError, attempts: Attempts) -> None:
    logger.warning(
        "%s %s: %s; trying again in %.1f s", outgoing.method, outgoing.path, type(error).__name__, attempts.pause
    )
