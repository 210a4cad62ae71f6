"""The client, for threads (`Client`) and for tasks (`AsyncClient`), from one definition of the calls."""

import functools
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

import anyio
import anyio.to_thread
import httpx

from daraja.catalogue import Calls
from daraja.environment import Credentials, Environment
from daraja.errors import OutcomeUnknown, Unreachable
from daraja.request import Request
from daraja.tokens import MemoryTokenStore, Token, TokenKeeper, TokenRequest, TokenStore
from daraja.transport import converse, converse_async

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
    ) -> None:
        """`timeout` is in seconds, for the connection and then for the answer; each call may set its own.

        Where several processes use one app, give them a `token_store` that they share.
        """
        self.environment = environment
        self._credentials = credentials
        self._timeout = timeout
        self._keeper = TokenKeeper(credentials.app_id(environment), token_store or MemoryTokenStore(), self._mint)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.environment.base_url})"

    def _mint(self) -> Token:
        """A new token. Whatever goes wrong here, the call that needed it was not sent."""
        request = TokenRequest(credentials=self._credentials)
        try:
            with httpx.Client() as http:
                return converse(http, request, self.environment, lambda _: None, self._timeout)
        except OutcomeUnknown as error:
            raise Unreachable(
                "M-PESA gave no access token, so the request was not sent.",
                http_status=error.http_status,
                error_code=error.error_code,
                raw=error.raw,
            ) from error


class Client(_App):
    """The client for programs with threads. Make one for a process and share it; it is thread safe."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        environment: Environment,
        timeout: float = 20.0,
        token_store: TokenStore | None = None,
    ) -> None:
        super().__init__(credentials=credentials, environment=environment, timeout=timeout, token_store=token_store)
        self._http = httpx.Client()

    def send(self, request: Request[Answer], *, timeout: float | None = None) -> Answer:
        """Make one call; every named call is this. `timeout` in seconds replaces the client's."""
        return converse(self._http, request, self.environment, self._keeper.obtain, timeout or self._timeout)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_App):
    """The client for programs with tasks (asyncio or trio). Make one for an event loop and share it."""

    @functools.cached_property
    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient()

    @functools.cached_property
    def _waiting(self) -> anyio.Lock:
        return anyio.Lock()

    def send(self, request: Request[Answer], *, timeout: float | None = None) -> Coroutine[Any, Any, Answer]:
        """Make one call; every named call is this. `timeout` in seconds replaces the client's."""
        return converse_async(self._http, request, self.environment, self._obtain_token, timeout or self._timeout)

    async def _obtain_token(self, rejected: str | None) -> str:
        """The token, minted in a worker thread once an hour; one task waits there, the others here."""
        if (value := self._keeper.ready(rejected)) is not None:
            return value
        async with self._waiting:
            return await anyio.to_thread.run_sync(self._keeper.obtain, rejected)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
