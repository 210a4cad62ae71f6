"""A small ASGI application beside Django: it keeps every callback and answers only when it is safely kept.

What the callback means is settled later and elsewhere, so the door is quick and has no opinion: strangers, forgeries
and nonsense are kept as well, for operators to see, and all get the same answer.
"""

from __future__ import annotations

import json
from typing import Any

import daraja
from sokopesa.intake.keeper import Keeper
from sokopesa.intake.senders import recognise
from sokopesa.intake.validation import validate
from sokopesa.kernel.garbage import look_seldom
from sokopesa.payments.gateway import CALLBACK_PATH, CONFIRMATION_PATH, PAYOUT_PATH, RESULT_PATH, VALIDATION_PATH
from sokopesa.payments.inbox import Arrival

MOST_BYTES = 64 * 1024
"""M-PESA's callbacks are under 2 KB; nothing honest comes near this."""

MOST_BYTES_OF_STRANGERS = 2 * 1024
"""Enough to see what somebody tried, too little to fill the disk with."""

VALIDATION = "validation"
_KINDS = {
    CALLBACK_PATH: "stk",
    CONFIRMATION_PATH: "confirmation",
    RESULT_PATH: "result",
    PAYOUT_PATH: "payout",
    VALIDATION_PATH: VALIDATION,
}
_ACCEPTED = json.dumps({"ResultCode": 0, "ResultDesc": "Accepted"}).encode()
_TOO_LARGE = json.dumps({"ResultCode": 1, "ResultDesc": "Too large"}).encode()
_NOT_HERE = json.dumps({"ResultCode": 1, "ResultDesc": "Not found"}).encode()
_LATER = json.dumps({"ResultCode": 1, "ResultDesc": "Try again"}).encode()


class Door:
    """An ASGI application for paths under ``/callbacks/``, its lifespan included. It answers 503 while the database is
    away, and when it is told to end it first keeps what has arrived."""

    def __init__(self, database_url: str) -> None:
        self._keeper = Keeper(database_url)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer_knock(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._keeper.open()
                look_seldom()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._keeper.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer_knock(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
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
    peer = scope.get("client")
    sender = recognise(peer[0] if peer else "", scope["headers"])
    return Arrival(
        kind=kind,
        token_digest=daraja.token_digest(token),
        source=sender.source,
        trusted=sender.trusted,
        headers=sender.headers,
        body=body if sender.trusted else body[:MOST_BYTES_OF_STRANGERS],
    )


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
