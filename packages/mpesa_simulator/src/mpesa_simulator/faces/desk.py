"""The start page, and the network page: what Safaricom's engineers would see, and ways to break it."""

from typing import get_args

from aiohttp import web
from pydantic import ValidationError

from mpesa_simulator.core.faults import Fault, Kind
from mpesa_simulator.faces.rendering import go_to, page, stream_changes
from mpesa_simulator.handset import prompts
from mpesa_simulator.money import ledger, organisations, subscribers
from mpesa_simulator.money.organisations import ACCOUNT_NAMES
from mpesa_simulator.wire.envelope import WORLD

_SHOWN = 30


async def index(request: web.Request) -> web.Response:
    """`/`: what this is, and where to go."""
    world = request.app[WORLD]
    return page(
        "index.html",
        base_url=f"{request.scheme}://{request.host}",
        people=[(person, subscribers.balance(world, person.msisdn)) for person in subscribers.everyone(world)],
    )


async def network(request: web.Request) -> web.Response:
    """`/network`: organisations, prompts, payments, callbacks, the books' total, and the faults in force."""
    world = request.app[WORLD]
    used = {"utility", "working", "merchant", "charges"}
    accounts = [account for account in ACCOUNT_NAMES if account in used]
    balances = [
        (each, [(account, world.books.balance(each.account(account))) for account in accounts])
        for each in organisations.everyone(world)
    ]
    return page(
        "network.html",
        now=world.now,
        is_virtual=world.clock.is_virtual,
        accounts=[(account, ACCOUNT_NAMES[account]) for account in accounts],
        organisations=balances,
        prompts=[prompt for prompt in prompts.history(world, newest=_SHOWN) if prompt.state != "ended"],
        transactions=list(reversed(ledger.everything(world, newest=_SHOWN))),
        callbacks=world.books.all("SELECT * FROM callbacks ORDER BY id DESC LIMIT ?", _SHOWN),
        faults=world.faults.state(),
        kinds=get_args(Kind),
        total=sum(world.books.trial_balance().values()),
    )


async def events(request: web.Request) -> web.StreamResponse:
    """Tells the page of each change anywhere."""
    return await stream_changes(request, request.app[WORLD], "network")


async def break_something(request: web.Request) -> web.Response:
    """Add a fault to those in force."""
    world = request.app[WORLD]
    form = {name: value for name, value in (await request.post()).items() if value}
    try:
        fault = Fault.model_validate(form)
    except ValidationError as error:
        raise web.HTTPBadRequest(text="; ".join(str(one["msg"]) for one in error.errors())) from error
    world.faults.replace([*(state.rule for state in world.faults.state()), fault])
    world.hub.announce("network")
    return go_to("/network")


async def repair(request: web.Request) -> web.Response:
    """Take all faults out of force."""
    world = request.app[WORLD]
    world.faults.replace([])
    world.hub.announce("network")
    return go_to("/network")


ROUTES = [
    web.get("/", index),
    web.get("/network", network),
    web.get("/network/events", events),
    web.post("/network/faults", break_something),
    web.post("/network/repair", repair),
]
