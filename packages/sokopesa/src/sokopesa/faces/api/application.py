"""The API's part of a server process: Django without what only pages need."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import structlog
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.api.problems import problem

log = structlog.get_logger(__name__)

MOST_BYTES = 64 * 1024
"""Of a request's body."""


class Programs(BaseHandler):
    """An ASGI application whose requests need no session, no messages, no CSRF token and no page's headers: a program
    shows its token each time. Each is answered by one thread from beginning to end, as fast as Django can."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(CONFIGURATION.database_pool_size, thread_name_prefix="api")
        self.load_middleware()

    def load_middleware(self, is_async: bool = False) -> None:
        """None of the pages'. (Django's own reads the settings' list.)"""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = self._get_response  # type: ignore[attr-defined] # the stubs leave it out

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Every failure is a problem too."""
        if CONFIGURATION.secure and not request.is_secure():
            return problem(403, "not-secure", "Use https:// so that nobody else reads your token.")
        try:
            response = super().get_response(request)
        except Http404:
            return problem(404, "not-found", "There is nothing here, or it is not yours.")
        except Exception:  # whatever it is, a program gets an answer that it can read
            log.exception("api_failed", path=request.path)
            return problem(500, "failed", "We failed. Nothing was half done; please try again.")
        if response.status_code == 405:
            return problem(405, "not-allowed", f"Here one may {response['Allow']}.")
        return response

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = await _read(receive)
        if body is None:
            response: HttpResponseBase = problem(413, "too-large", f"A request has at most {MOST_BYTES} bytes.")
        else:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._threads, self._answer, scope, body)
        assert isinstance(response, HttpResponse)
        headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.items()]
        headers.append((b"content-length", str(len(response.content)).encode()))
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})

    def _answer(self, scope: dict[str, Any], body: bytes) -> HttpResponseBase:
        """On a thread of ours, which gives its connection to the database back."""
        try:
            response = self.get_response(ASGIRequest(scope, BytesIO(body)))
        finally:
            close_old_connections()
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response


async def _read(receive: Any) -> bytes | None:
    """The request's body; None if it is too large."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return body
