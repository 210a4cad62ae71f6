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
from sokopesa.notices.errors import NeverDelivered, NotDelivered, ProviderRefusesUs
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


def nobody(message: str) -> dict[str, Any]:
    """Africa's Talking's answer when it takes nothing from us."""
    return {"SMSMessageData": {"Message": message, "Recipients": []}}


@pytest.mark.parametrize("code", [100, 101, 102])
def test_africas_talking_takes_what_it_processes_sends_or_queues(carrier: type[_Carrier], code: int) -> None:
    carrier.answer = (201, recipients(code))
    with closing(AfricasTalking()) as africas_talking:
        africas_talking.send(to="254708374149", text="Habari")


@pytest.mark.parametrize(
    ("answer", "refusal", "words"),
    [
        ((201, recipients(401)), NotDelivered, "401 RiskHold"),
        ((201, recipients(402)), ProviderRefusesUs, "402 InvalidSenderId"),
        ((201, recipients(403)), NeverDelivered, "403 InvalidPhoneNumber"),
        ((201, recipients(404)), NeverDelivered, "404 UnsupportedNumberType"),
        ((201, recipients(405)), ProviderRefusesUs, "405 InsufficientBalance"),
        ((201, recipients(406)), NeverDelivered, "406 UserInBlacklist"),
        ((201, recipients(407)), NotDelivered, "407 CouldNotRoute"),
        ((201, recipients(409)), NeverDelivered, "409 DoNotDisturbRejection"),
        ((201, recipients(500)), NotDelivered, "500 InternalServerError"),
        ((201, recipients(501)), NotDelivered, "501 GatewayError"),
        ((201, recipients(502)), NotDelivered, "502 RejectedByGateway"),
        ((201, recipients(999)), NotDelivered, "999"),
        ((201, nobody("InvalidSenderId")), ProviderRefusesUs, "InvalidSenderId"),
        ((201, nobody("InsufficientBalance")), ProviderRefusesUs, "InsufficientBalance"),
        ((201, nobody("Sent to 0/1 Total Cost: 0")), NotDelivered, "Sent to 0/1"),
        ((201, nobody("")), NotDelivered, "no recipients"),
        ((401, b"The supplied authentication is invalid"), ProviderRefusesUs, "authentication is invalid"),
        ((429, b""), NotDelivered, "429"),
        ((500, b""), NotDelivered, "500"),
        ((201, b"<html>"), NotDelivered, "JSONDecodeError"),
        ((201, []), NotDelivered, "TypeError"),
        ((201, {"SMSMessageData": {"Recipients": [{"statusCode": "many"}]}}), NotDelivered, "ValueError"),
    ],
)
def test_what_africas_talking_does_not_take_is_not_called_sent(
    carrier: type[_Carrier], answer: tuple[int, Any], refusal: type[NotDelivered], words: str
) -> None:
    carrier.answer = answer
    with closing(AfricasTalking()) as africas_talking, pytest.raises(NotDelivered, match=words) as told:
        africas_talking.send(to="254708374149", text="Habari")
    assert type(told.value) is refusal
