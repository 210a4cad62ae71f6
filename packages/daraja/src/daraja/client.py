"""The client, for threads (`Client`) and for tasks (`AsyncClient`), from one definition of the calls."""

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Self, TypeVar

import anyio
import anyio.to_thread
import httpx

from daraja.catalogue import Calls
from daraja.conversation import Conversation, Terms
from daraja.environment import Credentials, Environment
from daraja.errors import OutcomeUnknown, Unreachable
from daraja.pacing import Pacer, RateLimit
from daraja.request import Request
from daraja.tokens import MemoryTokenStore, Token, TokenKeeper, TokenRequest, TokenStore
from daraja.transport import converse, converse_async, trusted_authorities

Answer = TypeVar("Answer")


class _App(Calls):
    """What both clients share: one app at one gateway, and its token."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        environment: Environment,
        timeout: float = 20.0,
        token_store: TokenStore | None = None,
        rate_limit: RateLimit | None = None,
        tries: int = 3,
    ) -> None:
        """`timeout` is in seconds, for the connection and then for the answer; each call may set its own.

        A call that may be sent again is tried so many times in all; a program with a schedule of its own sets 1.

        Where several processes use one app, give them a `token_store` that they share. With a `rate_limit`,
        calls wait for their turn instead of being refused with `Throttled`.
        """
        self.environment = environment
        self._credentials = credentials
        self._terms = Terms(environment, Pacer(rate_limit), timeout, tries)
        self._keeper = TokenKeeper(credentials.app_id(environment), token_store or MemoryTokenStore(), self._mint)
        self._open()

    def _open(self) -> None:
        """Make what connects."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.environment.base_url})"

    def _conversation(self, request: Request[Answer], timeout: float | None) -> Conversation[Answer]:
        return Conversation(request, self._terms if timeout is None else replace(self._terms, timeout=timeout))

    def _mint(self) -> Token:
        """A new token. Whatever goes wrong here, the call that needed it was not sent."""
        request = TokenRequest(credentials=self._credentials)
        try:
            with httpx.Client(verify=trusted_authorities()) as http:
                return converse(http, Conversation(request, self._terms), lambda _: None)
        except OutcomeUnknown as error:
            raise Unreachable(
                "M-PESA gave no access token, so the request was not sent.",
                http_status=error.http_status,
                error_code=error.error_code,
                raw=error.raw,
            ) from error


class Client(_App):
    """The client for programs with threads. Make one for a process and share it; it is thread safe."""

    def _open(self) -> None:
        self._http = httpx.Client(verify=trusted_authorities())

    def send(self, request: Request[Answer], *, timeout: float | None = None) -> Answer:
        """Make one call; every named call is this. `timeout` in seconds replaces the client's."""
        return converse(self._http, self._conversation(request, timeout), self._keeper.obtain)

    def authenticate(self) -> None:
        """Obtain a token now: a program that does so at its start learns of wrong keys before a customer does."""
        self._keeper.obtain()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_App):
    """The client for programs with tasks (asyncio). Make one for an event loop and share it."""

    def _open(self) -> None:
        self._http = httpx.AsyncClient(verify=trusted_authorities())
        self._waiting = anyio.Lock()

    async def _send(self, request: Request[Answer], seconds: float | None) -> Answer:
        return await converse_async(self._http, self._conversation(request, seconds), self._obtain_token)

    def send(self, request: Request[Answer], *, timeout: float | None = None) -> Coroutine[Any, Any, Answer]:
        """Make one call; every named call is this. `timeout` in seconds replaces the client's."""
        return self._send(request, timeout)

    async def _obtain_token(self, rejected: str | None = None) -> str:
        """The token, minted in a worker thread once an hour; one task waits there, the others here."""
        if (value := self._keeper.ready(rejected)) is not None:
            return value
        async with self._waiting:
            return await anyio.to_thread.run_sync(self._keeper.obtain, rejected)

    async def authenticate(self) -> None:
        """Obtain a token now: a program that does so at its start learns of wrong keys before a customer does."""
        await self._obtain_token()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
