"""What every product has in common: how requests are read, who may ask, and how refusals look."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from mpesa_simulator.core import identifiers
from mpesa_simulator.core.faults import Fault
from mpesa_simulator.core.json import encode
from mpesa_simulator.core.world import World
from mpesa_simulator.money import organisations
from mpesa_simulator.money.organisations import Organisation

WORLD: web.AppKey[World] = web.AppKey("world", World)

Family = Literal["express", "c2b", "b2c", "pull", "identity", "bill_manager"]


class RefusedError(Exception):
    """A synchronous refusal: an HTTP status and, unless the body is empty, Safaricom's error envelope."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(f"{status} {code} {message}")


def invalid(field: str) -> RefusedError:
    """The gateway names one bad field at a time."""
    return RefusedError(400, "400.002.02", f"Bad Request - Invalid {field}")


def bad_token(family: Family, token: str) -> RefusedError:
    """Each family of products has its own way to refuse a token; Express even says 404."""
    match family:
        case "express":
            return RefusedError(404, "404.001.03", "Invalid Access Token")
        case "c2b":
            return RefusedError(400, "400.003.01", "Invalid Access Token")
        case "b2c":
            return RefusedError(401, "401.002.01", f"Error Occurred - Invalid Access Token - {token}")
        case "bill_manager":
            return RefusedError(401, "401", "Unauthorized - Invalid Access Token")
        case _:
            return RefusedError(401, "401.001", "Invalid Access Token")


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: its fields, and the app whose token it carried."""

    world: World
    fields: Mapping[str, Any]
    body: Any
    consumer_key: str

    def text(self, field: str) -> str:
        """A field as text, whether it came as a number or a string; blank when absent or null."""
        value = self.fields.get(field)
        return "" if value is None else str(value).strip()

    def required(self, field: str, *, named: str | None = None) -> str:
        """A field as text, or a refusal that names it."""
        value = self.text(field)
        if not value:
            raise invalid(named or field)
        return value

    def next_id(self) -> str:
        """A fresh gateway id."""
        return identifiers.gateway_id(self.world.dice, self.world.books.next("gateway"))

    def check_app(self, organisation: Organisation, family: Family) -> None:
        """Refuse an app that does not belong to the organisation, when that has an app of its own."""
        if organisation.consumer_key not in (None, self.consumer_key):
            raise bad_token(family, "of another app")


@dataclass(frozen=True, slots=True)
class Api:
    """One operation of the wire API. `handle` answers a call with a JSON body, or raises RefusedError."""

    name: str
    path: str
    family: Family
    handle: Callable[[Call], Any]


def respond(status: int, body: object) -> web.Response:
    """A JSON response."""
    return web.Response(status=status, text=encode(body), content_type="application/json")


def refusal(world: World, refused: RefusedError) -> web.Response:
    """Safaricom's error envelope; nothing at all where Safaricom sends nothing."""
    if not refused.code:
        return web.Response(status=refused.status)
    request_id = identifiers.gateway_id(world.dice, world.books.next("gateway"))
    return respond(
        refused.status,
        {"requestId": request_id, "errorCode": refused.code, "errorMessage": refused.message},
    )


def route(api: Api) -> web.RouteDef:
    """Serve one operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await serve(api, request)

    return web.post(api.path, handle)


async def serve(api: Api, request: web.Request) -> web.StreamResponse:
    """Read, authorise and answer one request, letting the faults in force have their way."""
    world = request.app[WORLD]
    raw = await request.read()
    try:
        body, fields = _read(request, raw)
        scope = _scope(api, fields)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        await break_before(world, scope, token)
        with world.books.transaction():
            call = Call(world, fields, body, _authorise(world, api, token))
            answer = api.handle(call)
        response = respond(200, answer)
    except RefusedError as refused:
        return refusal(world, refused)
    except BrokenError as broken:
        return broken.response
    if rule := world.faults.strike("lost_answer", **scope):
        return await lose_answer(request, rule)
    if rule := world.faults.strike("callback_early", **scope):
        await _wait_for_callback(world, answer, rule)
    return response


def _read(request: web.Request, raw: bytes) -> tuple[Any, Mapping[str, Any]]:
    """The body and its fields. A body that is not JSON by its content type has no fields that could be read."""
    if request.content_type.lower() != "application/json":
        return {}, {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise RefusedError(400, "400.002.05", "Invalid Request Payload") from None
    return body, body if isinstance(body, dict) else {}


def _authorise(world: World, api: Api, token: str) -> str:
    key = ("token", token)
    row = world.books.cache.get(key)
    if row is None:
        row = world.books.one("SELECT consumer_key, expires_at FROM tokens WHERE token = ?", token)
        if row is None:
            raise bad_token(api.family, token)
        world.books.cache[key] = row
    if row["expires_at"] <= world.now:
        raise bad_token(api.family, token)
    return str(row["consumer_key"])


def end_token(world: World, token: str) -> None:
    """This token is no longer good."""
    world.books.run("DELETE FROM tokens WHERE token = ?", token)
    world.books.cache.pop(("token", token), None)


#: Where requests name the organisation that asks, and the phone that is meant.
_PARTIES = (
    *("BusinessShortCode", "ShortCode", "shortcode", "shortCode", "primaryShortCode", "ReceiverParty"),
    *("PartyA", "PartyB", "PhoneNumber", "Msisdn", "msisdn", "customerNumber"),
)


def _scope(api: Api, fields: Mapping[str, Any]) -> dict[str, str]:
    """Which organisation and phone a request concerns, for the faults."""
    numbers = [str(fields[name]) for name in _PARTIES if fields.get(name) is not None]
    return {
        "organisation": next((number for number in numbers if len(number) <= 7), ""),
        "phone": next((number for number in reversed(numbers) if len(number) == 12), ""),
        "operation": api.name,
    }


class BrokenError(Exception):
    """The gateway answers in place of the product."""

    def __init__(self, response: web.Response) -> None:
        self.response = response
        super().__init__(f"HTTP {response.status}")


SPIKE_ARREST = {
    "fault": {
        "faultstring": "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5,"
        " periodInMicroseconds=60000000, maxBurstMessageCount=1.0}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
}


def _page(status: int, title: str, text: str) -> web.Response:
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    return web.Response(status=status, text=html, content_type="text/html")


async def break_before(world: World, scope: Mapping[str, str], token: str) -> None:
    """The faults that strike a request before it has any effect."""
    strike = world.faults.strike
    if rule := strike("slow", **scope):
        await asyncio.sleep(rule.seconds)
    if strike("unavailable", **scope):
        raise BrokenError(
            _page(503, "503 Service Unavailable", "The server is temporarily unable to service your request.")
        )
    if strike("blocked", **scope):
        incident = world.dice.number("incident", world.books.next("incident")) % 10**18
        raise BrokenError(_page(403, "Error", f"Request unsuccessful. Incapsula incident ID: {incident}"))
    if strike("too_many_requests", **scope):
        raise BrokenError(respond(429, SPIKE_ARREST))
    if strike("server_error", **scope):
        raise RefusedError(500, "500.003.02", "System is busy. Please try again in few minutes.")
    if strike("wrong_credentials", **scope):
        raise RefusedError(500, "500.001.1001", "Wrong credentials")
    if strike("token_invalidated", **scope):
        end_token(world, token)


async def lose_answer(request: web.Request, rule: Fault) -> web.StreamResponse:
    """The request was carried out, but its answer does not arrive."""
    if rule.how == "timeout":
        await asyncio.sleep(rule.seconds)
    if rule.how in ("timeout", "dropped") and request.transport is not None:
        request.transport.abort()
    return _page(502, "502 Bad Gateway", "The proxy server received an invalid response from an upstream server.")


async def _wait_for_callback(world: World, answer: Mapping[str, str], rule: Fault) -> None:
    """Hold the answer back until the callback of the same request has been sent."""
    about = str(answer.get("CheckoutRequestID") or answer.get("ConversationID"))
    sent = "SELECT 1 FROM callbacks WHERE about = ? AND state IN ('delivered', 'failed', 'lost')"
    await world.hub.wait_until("network", lambda: world.books.one(sent, about) is not None, rule.seconds)


def organisation(call: Call, field: str, family: Family) -> Organisation:
    """The organisation that a field names, or a refusal of that field."""
    shortcode = call.required(field)
    found = organisations.find(call.world, shortcode) if shortcode.isdigit() else None
    if found is None:
        raise invalid(field)
    call.check_app(found, family)
    return found
