"""Phones in the browser."""

from dataclasses import replace
from datetime import datetime

from aiohttp import web

from mpesa_simulator.core.clock import eat
from mpesa_simulator.core.world import World
from mpesa_simulator.faces.rendering import go_to, page, stream_changes
from mpesa_simulator.handset import menu, messages, prompts
from mpesa_simulator.handset.menu import Choice
from mpesa_simulator.money import ledger, subscribers
from mpesa_simulator.money.subscribers import Subscriber
from mpesa_simulator.wire.envelope import WORLD

_MAX_OPENING_BALANCE = 500_000


async def phones(request: web.Request) -> web.Response:
    """`/phones`: several handsets side by side, the first four or those in `?show=`."""
    everyone = [person.msisdn for person in subscribers.everyone(request.app[WORLD])]
    wanted = [number for text in request.query.getall("show", []) if (number := subscribers.normalised(text))]
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
    """Tells the page of each change on this phone."""
    return await stream_changes(request, request.app[WORLD], _msisdn(request))


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
        return go_to(f"/phone/{msisdn}")
    return go_to(f"/phone/{msisdn}")


async def choose(request: web.Request) -> web.Response:
    """The person sends something off from the M-PESA menu; the answer is what the phone says."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    form = {name: str(value) for name, value in (await request.post()).items()}
    choice = Choice(
        menu.ITEMS.get(form.get("what", ""), "send_money"),
        form.get("to", ""),
        form.get("amount", ""),
        form.get("account", ""),
        form.get("pin", ""),
    )
    return web.Response(text=menu.choose(world, msisdn, choice))


async def power(request: web.Request) -> web.Response:
    """The person switches the phone on or off."""
    world, msisdn = request.app[WORLD], _msisdn(request)
    form = await request.post()
    subscriber, phone = subscribers.find(world, msisdn), form.get("phone")
    if subscriber is not None and phone in ("on", "off"):
        subscribers.save(world, replace(subscriber, phone="on" if phone == "on" else "off"))
    return go_to(f"/phone/{msisdn}")


async def read(request: web.Request) -> web.Response:
    """The person opened the messages of one sender."""
    form = await request.post()
    messages.mark_read(request.app[WORLD], _msisdn(request), str(form.get("sender", "")))
    return go_to(f"/phone/{_msisdn(request)}")


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
            ledger.set_balance(world, subscriber.wallet, msisdn, min(int(shillings), _MAX_OPENING_BALANCE) * 100)
    return go_to(f"/phone/{msisdn}")


def _msisdn(request: web.Request) -> str:
    """The number in the path, also as people write it."""
    written = request.match_info["msisdn"]
    number = subscribers.normalised(written)
    if number is None:
        raise web.HTTPNotFound(text=f"{written} is not a Safaricom number. Write 07…, 01… or 254… and nine digits.")
    return number


ROUTES = [
    web.get("/phones", phones),
    web.get("/phone/{msisdn}", phone),
    web.post("/phone/{msisdn}", get_sim),
    web.get("/phone/{msisdn}/events", events),
    web.post("/phone/{msisdn}/answer", answer),
    web.post("/phone/{msisdn}/menu", choose),
    web.post("/phone/{msisdn}/power", power),
    web.post("/phone/{msisdn}/read", read),
]
