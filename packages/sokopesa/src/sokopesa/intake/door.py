"""A small ASGI application beside Django: it keeps every callback and answers only when it is safely kept.

What the callback means is settled later and elsewhere, so the door is quick and has no opinion: strangers, forgeries
and nonsense are kept as well, for operators to see, and all get the same answer.
"""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.intake.keeper import Keeper
from sokopesa.intake.validation import validate
from sokopesa.payments.gateway import CALLBACK_PATH, CONFIRMATION_PATH, VALIDATION_PATH, callback_addresses
from sokopesa.payments.inbox import Arrival

MOST_BYTES = 64 * 1024
"""M-PESA's callbacks are under 2 KB; nothing honest comes near this."""

MOST_BYTES_OF_STRANGERS = 2 * 1024
"""Enough to see what somebody tried, too little to fill the disk with."""

VALIDATION = "validation"
_KINDS = {CALLBACK_PATH: "stk", CONFIRMATION_PATH: "confirmation", VALIDATION_PATH: VALIDATION}
_KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-forwarded-for", "content-length"})
_ACCEPTED = json.dumps({"ResultCode": 0, "ResultDesc": "Accepted"}).encode()
_TOO_LARGE = json.dumps({"ResultCode": 1, "ResultDesc": "Too large"}).encode()
_NOT_HERE = json.dumps({"ResultCode": 1, "ResultDesc": "Not found"}).encode()
_LATER = json.dumps({"ResultCode": 1, "ResultDesc": "Try again"}).encode()


class Door:
    """Callable as an ASGI application for paths under ``/callbacks/``. `open` and `close` belong to the lifespan."""

    def __init__(self, database_url: str) -> None:
        self._keeper = Keeper(database_url)

    async def open(self) -> None:
        """Begin to keep; the door answers 503 while the database is away."""
        await self._keeper.open()

    async def close(self) -> None:
        """Keep what has arrived, then let go of the database."""
        await self._keeper.close()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path, _, token = scope["path"].rpartition("/")
        kind = _KINDS.get(path + "/")
        if scope["method"] != "POST" or kind is None or not token:
            await _answer(send, 404, _NOT_HERE)
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, _TOO_LARGE)
        elif kind == VALIDATION:
            await _answer(send, 200, json.dumps(await validate(token, body)).encode())
        elif await self._keeper.keep(_arrival(scope, kind, token, body)):
            await _answer(send, 200, _ACCEPTED)
        else:
            await _answer(send, 503, _LATER)


async def _read(receive: Any) -> bytes | None:
    """The request's body, or None when it is larger than anything honest."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            return None
    return body


def _arrival(scope: dict[str, Any], kind: str, token: str, body: bytes) -> Arrival:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    source = _source(scope, headers)
    trusted = source is not None and daraja.address_allowed(source, callback_addresses())
    return Arrival(
        kind=kind,
        token_digest=daraja.token_digest(token),
        source=source,
        trusted=trusted,
        headers={name: value[:500] for name, value in headers.items() if name in _KEPT_HEADERS},
        body=body if trusted else body[:MOST_BYTES_OF_STRANGERS],
    )


def _source(scope: dict[str, Any], headers: dict[str, str]) -> str | None:
    """Who really sent it: behind proxies of ours, the address that the outermost of them saw, never one that the
    sender may have written into the header himself."""
    hops = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    behind = CONFIGURATION.trusted_proxies
    client = scope.get("client")
    source = hops[-behind] if behind and len(hops) >= behind else client[0] if client else ""
    try:
        return str(ip_address(source))
    except ValueError:
        return None


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
