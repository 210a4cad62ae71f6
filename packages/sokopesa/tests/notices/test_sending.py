"""Texts as they reach those who carry them, and what is not called taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import now
from sokopesa.notices.actions import send
from sokopesa.notices.delivery import Courier
from sokopesa.notices.errors import NotDelivered
from sokopesa.notices.models import Notice
from sokopesa.notices.providers import AfricasTalking, provider

pytestmark = pytest.mark.django_db


def test_an_sms_arrives_on_the_phone_and_the_same_event_is_told_once(network: httpx.Client) -> None:
    for _ in range(3):
        send(to="254708374149", text="Your order is paid.", kind="payment", key="receipt:X")
        courier = Courier(provider(), clock=now)
        courier.carry()
        courier.finish()
    assert Notice.objects.get().state is Notice.State.SENT
    told = [text for text in network.get("/subscribers/254708374149/messages").json() if "is paid." in text["text"]]
    assert len(told) == 1


class _Carrier(BaseHTTPRequestHandler):
    """Africa's Talking's address, answering as it is told to."""

    answer: tuple[int, Any] = (201, {})
    heard: dict[str, Any]

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        type(self).heard = {"path": self.path, "key": self.headers["apiKey"], **form}
        status, body = self.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def carrier() -> Iterator[type[_Carrier]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Carrier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        CONFIGURATION.africastalking_url = f"http://127.0.0.1:{server.server_port}"
        CONFIGURATION.africastalking_username, CONFIGURATION.africastalking_key = "soko", SecretStr("the-key")
        yield _Carrier
        server.shutdown()


def recipients(code: int) -> dict[str, Any]:
    return {"SMSMessageData": {"Message": "Sent", "Recipients": [{"statusCode": code, "number": "+254708374149"}]}}


def test_africas_talking_gets_what_its_api_asks_for(carrier: type[_Carrier]) -> None:
    carrier.answer = (201, recipients(101))
    with closing(AfricasTalking()) as africas_talking:
        africas_talking.send(to="254708374149", text="Habari")
    expected = {"path": "/version1/messaging", "key": "the-key", "username": "soko", "to": "+254708374149"}
    assert carrier.heard.items() >= {**expected, "message": "Habari", "from": "SOKOPESA"}.items()


@pytest.mark.parametrize(
    "answer",
    [
        (201, recipients(403)),
        (201, {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}),
        (401, b"The supplied authentication is invalid"),
        (500, b""),
        (201, b"<html>"),
    ],
)
def test_what_africas_talking_does_not_take_is_not_called_sent(
    carrier: type[_Carrier], answer: tuple[int, Any]
) -> None:
    carrier.answer = answer
    with closing(AfricasTalking()) as africas_talking, pytest.raises(NotDelivered):
        africas_talking.send(to="254708374149", text="Habari")
