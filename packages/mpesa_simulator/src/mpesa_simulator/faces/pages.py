"""Pages for people: the start page and the handsets."""

import asyncio
from contextlib import suppress
from datetime import datetime
from importlib.resources import files
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from mpesa_simulator.core.clock import eat
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, prompts
from mpesa_simulator.money import ledger, organisations, subscribers
from mpesa_simulator.money.subscribers import Subscriber
from mpesa_simulator.wire.envelope import WORLD

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


_templates.filters.update(ksh=_ksh, when=_when, local=_local, eat=eat)


def page(name: str, **values: Any) -> web.Response:
    """Render a template as an HTML page."""
    text = _templates.get_template(name).render(**values)
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def back_to(request: web.Request, path: str) -> web.Response:
    """Redirect after a form was taken in."""
    return web.Response(status=303, headers={"Location": path})


async def index(request: web.Request) -> web.Response:
    """`/`: what this is, and where to go."""
    world = request.app[WORLD]
    return page(
        "index.html",
        base_url=f"{request.scheme}://{request.host}",
        people=[(person, subscribers.balance(world, person.msisdn)) for person in subscribers.everyone(world)],
        organisations=organisations.everyone(world),
    )


async def phones(request: web.Request) -> web.Response:
    """`/phones`: several handsets side by side, all or those in `?show=`."""
    wanted = request.query.getall("show", [])
    everyone = [person.msisdn for person in subscribers.everyone(request.app[WORLD])]
    return page("phones.html", everyone=everyone, shown=wanted or everyone[:4])


async def phone(request: web.Request) -> web.Response:
    """`/phone/<msisdn>`: one handset."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    subscriber = subscribers.find(world, msisdn)
    if subscriber is None:
        return page("new_sim.html", msisdn=msisdn)
    return page(
        "phone.html",
        me=subscriber,
        now=world.now,
        today=_today(world),
        is_virtual=world.clock.is_virtual,
        balance=subscribers.balance(world, msisdn),
        threads=messages.threads(world, msisdn),
        prompt=prompts.shown(world, msisdn),
    )


def _today(world: World) -> str:
    today: datetime = eat(world.now)
    return f"{today:%A}, {today.day} {today:%B}"


async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events: one line whenever something changed on this phone."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    return await stream_changes(request, world, msisdn)


async def stream_changes(request: web.Request, world: World, topic: str) -> web.StreamResponse:
    """Tell the browser of each change of `topic` until it leaves or the network stops."""
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


async def answer(request: web.Request) -> web.Response:
    """The person presses Send or Cancel. A prompt that has gone meanwhile is no error: the page shows so."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    form = await request.post()
    try:
        if "cancel" in form:
            prompts.cancel(world, msisdn)
        else:
            prompts.answer(world, msisdn, str(form.get("pin", "")))
    except prompts.NoOpenPromptError:
        return back_to(request, f"/phone/{msisdn}")
    return back_to(request, f"/phone/{msisdn}")


async def power(request: web.Request) -> web.Response:
    """The person switches the phone on or off."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    form = await request.post()
    if form.get("phone") in ("on", "off"):
        world.books.run("UPDATE subscribers SET phone = ? WHERE msisdn = ?", form["phone"], msisdn)
        world.hub.announce(msisdn)
    return back_to(request, f"/phone/{msisdn}")


async def read(request: web.Request) -> web.Response:
    """The person opened the messages of one sender."""
    form = await request.post()
    messages.mark_read(request.app[WORLD], _msisdn(request), str(form.get("sender", "")))
    return back_to(request, f"/phone/{_msisdn(request)}")


async def get_sim(request: web.Request) -> web.Response:
    """A number that nobody had gets a SIM, with a PIN and an opening balance of the person's choice."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    form = await request.post()
    pin, shillings = str(form.get("pin", "")), str(form.get("balance", ""))
    if subscribers.find(world, msisdn) is None and len(pin) == 4 and pin.isdigit() and shillings.isdigit():
        name = str(form.get("name", "")).strip().upper() or "JOHN DOE"
        with world.books.transaction():
            subscriber = Subscriber(msisdn, name, pin, registered=True, phone="on", wrong_pins=0, autopilot=None)
            subscribers.save(world, subscriber)
            ledger.set_balance(world, subscriber.wallet, msisdn, min(int(shillings), 500_000) * 100)
    return back_to(request, f"/phone/{msisdn}")


def _msisdn(request: web.Request) -> str:
    """The number in the path, also when it is written as people write it (07…, 01…, +254…)."""
    number = request.match_info["msisdn"].removeprefix("+")
    if number.startswith("0"):
        number = f"254{number[1:]}"
    if not subscribers.is_msisdn(number):
        raise web.HTTPNotFound(text=f"{number} is not a Safaricom number. Write 07…, 01… or 254… and nine digits.")
    return number


def add_to(app: web.Application) -> None:
    """Serve these pages and what they are made of."""
    app.router.add_routes(
        [
            web.get("/", index),
            web.get("/phones", phones),
            web.get("/phone/{msisdn}", phone),
            web.post("/phone/{msisdn}", get_sim),
            web.get("/phone/{msisdn}/events", events),
            web.post("/phone/{msisdn}/answer", answer),
            web.post("/phone/{msisdn}/power", power),
            web.post("/phone/{msisdn}/read", read),
        ]
    )
    app.router.add_static("/static", str(files("mpesa_simulator.faces").joinpath("static")))
