"""The same reception behind Django, FastAPI and Flask, over real HTTP or the framework's own server interface."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import httpx
import pytest
from fastapi import FastAPI
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

import daraja
from daraja.webhooks import ACCEPTED, Delivery, Webhook
from daraja.webhooks.fastapi import callback_endpoint
from daraja.webhooks.flask import callback_view

HERE = Path(__file__).parent
PAID = (HERE / "samples" / "stk_ok_2019.json").read_bytes()
RECEIPT = daraja.parse_stk_callback(PAID).receipt
Post = Callable[[str, bytes], httpx.Response]


def handle(delivery: Delivery[daraja.StkCallback]) -> dict[str, object]:
    if delivery.path["token"] == "broken":
        raise RuntimeError("the database is away")
    receipt = delivery.message.receipt if delivery.message else None
    return {"token": delivery.path["token"], "receipt": receipt, "size": len(delivery.body)}


WEBHOOK = Webhook(parse=daraja.parse_stk_callback, handle=handle, allowed=["127.0.0.0/8"])
STRICT = Webhook(parse=daraja.parse_stk_callback, handle=handle)


def post_to_django(stack: ExitStack) -> Post:
    site = stack.enter_context(
        subprocess.Popen(
            [sys.executable, str(HERE / "django_site.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    )
    assert site.stdin is not None
    assert site.stdout is not None
    stack.callback(site.stdin.close)
    port = json.loads(site.stdout.readline())
    return lambda path, body: httpx.post(f"http://127.0.0.1:{port}{path}", content=body)


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


def post_to_flask(stack: ExitStack) -> Post:
    app = Flask("shop")
    app.logger.disabled = True
    app.post("/pay/<token>")(callback_view(WEBHOOK, name="payment"))
    app.post("/strict/<token>")(callback_view(STRICT, name="strict"))
    server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stack.callback(thread.join)
    stack.callback(server.shutdown)
    return lambda path, body: httpx.post(f"http://127.0.0.1:{server.port}{path}", content=body)


def post_to_fastapi(_: ExitStack) -> Post:
    app = FastAPI()
    app.add_api_route("/pay/{token}", callback_endpoint(WEBHOOK), methods=["POST"])
    app.add_api_route("/strict/{token}", callback_endpoint(STRICT), methods=["POST"])

    async def send(path: str, body: bytes) -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            return await client.post(path, content=body)

    return lambda path, body: anyio.run(send, path, body)


@pytest.fixture(params=[post_to_django, post_to_flask, post_to_fastapi], ids=["django", "flask", "fastapi"])
def post(request) -> Iterator[Post]:
    with ExitStack() as stack:
        yield request.param(stack)


def test_each_framework_receives_the_same_way(post):
    answer = post("/pay/abc", PAID)
    assert (answer.status_code, answer.json()) == (200, {"token": "abc", "receipt": RECEIPT, "size": len(PAID)})
    malformed = post("/pay/abc", b"<html>")
    assert (malformed.status_code, malformed.json()) == (200, {"token": "abc", "receipt": None, "size": 6})
    assert post("/pay/broken", PAID).status_code == 500, "nothing is acknowledged that was not taken"
    assert post("/strict/abc", PAID).status_code == 403, "this computer is not M-PESA"
    assert post("/pay/abc", b" " * 300_000).status_code == 413


def test_without_a_reply_of_its_own_a_message_is_accepted():
    seen: list[Delivery[daraja.StkCallback]] = []
    webhook = Webhook(parse=daraja.parse_stk_callback, handle=seen.append)
    answer = webhook.receive(PAID, address="196.201.214.200", path={"token": "abc"})
    assert (answer.status, answer.content) == (200, ACCEPTED)
    assert seen[0].message == daraja.parse_stk_callback(PAID)
    assert seen[0].problem is None
    assert "abc" not in repr(seen[0])


def test_a_validation_is_answered_by_its_handler():
    def refuse(delivery: Delivery[daraja.C2bPayment]) -> dict[str, str]:
        assert delivery.message is not None
        return daraja.reject_payment(daraja.C2bRejection.INVALID_ACCOUNT)

    webhook = Webhook(parse=daraja.parse_c2b_payment, handle=refuse, allowed=None)
    body = (HERE / "samples" / "c2b_validation_2017.json").read_bytes()
    answer = webhook.receive(body, address="anything", path={})
    assert answer.content == {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}


def test_what_cannot_be_read_is_handed_over_whole():
    seen: list[Delivery[daraja.StkCallback]] = []
    Webhook(parse=daraja.parse_stk_callback, handle=seen.append, allowed=None).receive(b"?", address="", path={})
    (delivery,) = seen
    assert (delivery.body, delivery.message) == (b"?", None)
    assert isinstance(delivery.problem, daraja.MalformedMessage)
