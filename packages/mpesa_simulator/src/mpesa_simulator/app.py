"""The whole simulator as one aiohttp application: the wire API, the control API and the pages for people."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from mpesa_simulator.control import network as control_network
from mpesa_simulator.control import openapi
from mpesa_simulator.control import people as control_people
from mpesa_simulator.control.operation import PREFIX
from mpesa_simulator.core.world import World
from mpesa_simulator.faces import desk, handset
from mpesa_simulator.faces.rendering import STATIC
from mpesa_simulator.handset import prompts
from mpesa_simulator.money import sandbox
from mpesa_simulator.wire import (
    b2b,
    b2b_express,
    b2c,
    bill_manager,
    c2b,
    enquiries,
    envelope,
    express,
    identity,
    oauth,
    pull,
    qr,
    ratiba,
    results,
    reversal,
)

#: Every operation of Safaricom's API that this network answers, but the token.
APIS = [
    *express.APIS,
    *c2b.APIS,
    *b2c.APIS,
    *b2b.APIS,
    *reversal.APIS,
    *enquiries.APIS,
    *pull.APIS,
    *qr.APIS,
    *ratiba.APIS,
    *bill_manager.APIS,
    *b2b_express.APIS,
    *identity.APIS,
]

OPERATIONS = [*control_people.OPERATIONS, *control_network.OPERATIONS]


def table_of_apis() -> str:
    """A Markdown table of every operation: its name (faults can be aimed at it), its paths, and what it does."""
    rows = {"token": ("token", "`GET /oauth/v1/generate`", "Get an access token.")}
    for api in APIS:
        purpose = (api.handle.__doc__ or "").splitlines()[0]
        name, paths, _ = rows.get(purpose, (api.name, "", purpose))
        rows[purpose] = (name, f"{paths}<br>`POST {api.path}`".removeprefix("<br>"), purpose)
    lines = [f"| {name} | {paths} | {purpose} |" for name, paths, purpose in rows.values()]
    return "\n".join(["| operation | paths | what it does |", "|---|---|---|", *lines])


def create_app(world: World) -> web.Application:
    """An application that serves one network. The network runs while the application does."""
    app = web.Application(client_max_size=2**22)
    app[envelope.WORLD] = world
    for module in (prompts, results, c2b, ratiba, bill_manager):
        module.teach(world)
    sandbox.furnish(world)
    app.router.add_routes([envelope.route(api) for api in APIS])
    app.router.add_get("/oauth/v1/generate", oauth.generate)
    app.router.add_routes([operation.route() for operation in OPERATIONS])
    app.router.add_get(f"{PREFIX}/openapi.json", _openapi)
    app.router.add_routes([*desk.ROUTES, *handset.ROUTES])
    app.router.add_static("/static", STATIC)
    app.cleanup_ctx.append(_run_network)
    app.on_shutdown.append(_close_streams)
    return app


async def _openapi(request: web.Request) -> web.Response:
    return envelope.respond(200, openapi.describe(OPERATIONS))


async def _run_network(app: web.Application) -> AsyncIterator[None]:
    world = app[envelope.WORLD]
    world.callbacks.open()
    keeper = None if world.clock.is_virtual else asyncio.create_task(world.agenda.keep())
    yield
    if keeper is not None:
        keeper.cancel()
    await world.agenda.finish()
    world.callbacks.close()
    world.books.close()


async def _close_streams(app: web.Application) -> None:
    app[envelope.WORLD].hub.close()
