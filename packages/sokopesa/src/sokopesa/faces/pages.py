"""Django's part of a server process: pages, each made by one of a bounded number of threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PAGES_AT_ONCE = 32
"""Requests that a process answers at the same time; the others wait their turn."""


class Pages(ASGIHandler):
    """Django's own handler keeps a thread for every request until its last byte is sent, which for an event stream is
    minutes. Here a request has a thread, and a connection to the database, only until its response begins."""

    def __init__(self) -> None:
        super().__init__()
        self._threads: asyncio.LifoQueue[ThreadPoolExecutor] = asyncio.LifoQueue()
        for _ in range(PAGES_AT_ONCE):
            self._threads.put_nowait(ThreadPoolExecutor(1, thread_name_prefix="page"))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"pages are served over HTTP, not {scope['type']}")
        await self.handle(scope, receive, send)

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The response, whose body may still be to come."""
        thread = await self._threads.get()
        try:
            async with ThreadSensitiveContext(executor=thread):
                try:
                    return await super().run_get_response(request)
                finally:
                    # Django does this at the end of a request, but by then our thread is somebody else's.
                    await sync_to_async(close_old_connections)()
        finally:
            self._threads.put_nowait(thread)
