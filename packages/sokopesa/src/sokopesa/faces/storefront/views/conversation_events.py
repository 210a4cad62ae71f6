"""An open conversation hears what is said the moment it is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sokopesa.chat.signals import CHANNEL
from sokopesa.faces.storefront.news import newsroom
from sokopesa.faces.storefront.streams import LOOK_AGAIN_AFTER, event, event_stream, looking
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.views.conversations import said_since
from sokopesa.faces.storefront.views.talks import own_talk

LONGEST = 15 * 60.0
"""Seconds after which a stream ends. The browser comes back for another, and is asked again who it is."""


@never_cache
@require_GET
async def events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What is said after the message that ``?after=`` names (or, coming back after a broken line, the browser's
    ``Last-Event-ID``). While it is open, its side is there and reads."""
    request.user = await request.auser()
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    try:
        await sync_to_async(own_talk)(request, pk)
    except Http404:
        return HttpResponse(status=404)  # a page that says so would be made in a thread that keeps its connection
    after = whole_number(request.headers.get("Last-Event-ID")) or whole_number(request.GET.get("after")) or 0
    return event_stream(_stream(request, pk, after))


async def _stream(request: HttpRequest, pk: int, after: int) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    over_at = loop.time() + LONGEST
    async with newsroom().following(str(pk), channel=CHANNEL) as news:
        while loop.time() < over_at:
            news.clear()
            html, after = await _look(request, pk, after)
            yield event("said", html, mark=after) if html else ": nothing new\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK_AGAIN_AFTER)


@looking
def _look(request: HttpRequest, pk: int, after: int) -> tuple[str, int]:
    return said_since(request, own_talk(request, pk), after)
