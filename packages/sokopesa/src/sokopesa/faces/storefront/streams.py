"""Pages that change by server-sent events. Between two looks at the database an open stream has no thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import StreamingHttpResponse

Given = ParamSpec("Given")
Seen = TypeVar("Seen")

LOOK_AGAIN_AFTER = 15.0
"""Seconds after which an open stream looks by itself: some words change only because time passes."""
LOOKS_AT_ONCE = 4
_LOOKING = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="looking")
"""The threads in which all open streams of a process look at the database."""


def looking(look: Callable[Given, Seen]) -> Callable[Given, Awaitable[Seen]]:
    """A look at the database on behalf of an open stream; it gives the connection back at once, because the stream
    outlives the request's work by minutes."""

    @wraps(look)
    def look_and_leave(*given: Given.args, **more: Given.kwargs) -> Seen:
        try:
            return look(*given, **more)
        finally:
            close_old_connections()

    return sync_to_async(look_and_leave, thread_sensitive=False, executor=_LOOKING)


def event_stream(events: AsyncIterator[str]) -> StreamingHttpResponse:
    """The answer that sends these events, past all that would hold them back."""
    return StreamingHttpResponse(
        events,
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "Content-Encoding": "identity", "X-Accel-Buffering": "no"},
    )


def event(name: str, data: str, *, mark: object = "") -> str:
    """One event. ``mark`` is what the browser names, in ``Last-Event-ID``, when it comes back after a broken line."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {name}\n" + (f"id: {mark}\n" if mark else "") + f"{lines}\n"
