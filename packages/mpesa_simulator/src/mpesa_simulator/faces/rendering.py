"""Turning what the network knows into pages, and keeping open pages in step with it."""

import asyncio
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from mpesa_simulator.core.clock import eat
from mpesa_simulator.core.world import World

STATIC = Path(str(files("mpesa_simulator.faces").joinpath("static")))

_HEARTBEAT_SECONDS = 15

_templates = Environment(
    loader=PackageLoader("mpesa_simulator.faces"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def _ksh(cents: int) -> str:
    return f"Ksh {cents / 100:,.2f}"


def _when(moment: int, now: int) -> str:
    """The time of day for today's moments, else the date, as a phone shows it."""
    then, today = eat(moment), eat(now)
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then.day} {then:%b}"


def _local(msisdn: str) -> str:
    """`0708 374 149`."""
    number = f"0{msisdn[3:]}"
    return f"{number[:4]} {number[4:7]} {number[7:]}"


def _clock(moment: int) -> str:
    return f"{eat(moment):%H:%M:%S}"


_templates.filters.update(ksh=_ksh, when=_when, local=_local, eat=eat, clock=_clock)


def page(name: str, **values: Any) -> web.Response:
    """Render a template as an HTML page."""
    text = _templates.get_template(name).render(**values)
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def go_to(path: str) -> web.Response:
    """Redirect after a form was taken in."""
    return web.Response(status=303, headers={"Location": path})


async def stream_changes(request: web.Request, world: World, topic: str) -> web.StreamResponse:
    """Server-sent events: one line for each change of `topic`, until the browser leaves or the network stops."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    with world.hub.listen(topic) as change, suppress(ConnectionResetError):
        await response.write(b"retry: 1000\n\n")
        while not world.hub.closed:
            try:
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    await change.wait()
                news = b"data: changed\n\n"
            except TimeoutError:
                news = b": still here\n\n"
            change.clear()
            await response.write(news)
    return response
