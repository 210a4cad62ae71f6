"""`GET /oauth/v1/generate`: an access token for an app's consumer key and secret."""

import base64
import binascii

from aiohttp import web

from mpesa_simulator.core.world import World
from mpesa_simulator.money import organisations
from mpesa_simulator.wire.envelope import WORLD, BrokenError, RefusedError, break_before, end_token, refusal, respond

TOKEN_SECONDS = 3599


async def generate(request: web.Request) -> web.StreamResponse:
    """Answer a token request. Any key and secret will do, unless an organisation has that key."""
    world = request.app[WORLD]
    try:
        await break_before(world, {"operation": "token"}, "")
        _check_grant(request.query.get("grant_type"))
        key, secret = _basic(request.headers.get("Authorization", ""))
        _check(world, key, secret)
    except RefusedError as refused:
        return refusal(world, refused)
    except BrokenError as broken:
        return broken.response
    with world.books.transaction():
        return respond(200, {"access_token": _mint(world, key), "expires_in": str(TOKEN_SECONDS)})


def _check_grant(grant_type: str | None) -> None:
    if grant_type != "client_credentials":
        raise RefusedError(400, "400.008.02", "Invalid grant type passed")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    try:
        key, colon, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        key = colon = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise RefusedError(400, "400.008.01", "Invalid Authentication passed")
    return key, secret


def _check(world: World, key: str, secret: str) -> None:
    """A wrong key or secret gets HTTP 400 with an empty body."""
    if not key or not secret:
        raise RefusedError(400)
    apps = {app.consumer_key: app.consumer_secret for app in organisations.everyone(world) if app.consumer_key}
    wrong_secret = key in apps and apps[key] not in (None, secret)
    if wrong_secret or (world.settings.known_apps_only and key not in apps):
        raise RefusedError(400)


def _mint(world: World, key: str) -> str:
    if world.settings.one_token_per_app:
        for row in world.books.all("SELECT token FROM tokens WHERE consumer_key = ?", key):
            end_token(world, row["token"])
    world.books.run("DELETE FROM tokens WHERE expires_at <= ?", world.now)
    token = world.dice.alphanumeric(28, "token", world.books.next("token"))
    world.books.run("INSERT INTO tokens VALUES (?, ?, ?)", token, key, world.later(TOKEN_SECONDS))
    return token
