"""A courier's interface over HTTP: read on from where we were, through what goes wrong on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.shipping.adapters.api import poll, poll_quietly
from sokopesa.shipping.errors import FeedFailed
from sokopesa.shipping.models import Feed, TrackingEvent

pytestmark = pytest.mark.django_db
Trade = Any
DAY = timedelta(days=1)


class Courier(ThreadingHTTPServer):
    """Serves events two to a page. ``troubles`` are answered first, one a request: a status, a body, or None to hang
    up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[object] = []
        self.troubles: list[int | str | None] = []
        self.asked: list[str] = []
        self.keys: set[str | None] = set()


class _Handler(BaseHTTPRequestHandler):
    server: Courier

    def do_GET(self) -> None:
        cursor = parse_qs(urlsplit(self.path).query).get("cursor", [""])[0]
        self.server.asked.append(cursor)
        self.server.keys.add(self.headers["Authorization"])
        if self.server.troubles:
            trouble = self.server.troubles.pop(0)
            if trouble is None:
                self.close_connection = True
                return
            self._answer(*((trouble, b"") if isinstance(trouble, int) else (200, trouble.encode())))
            return
        start = int(cursor or 0)
        page = self.server.events[start : start + 2]
        self._answer(200, json.dumps({"events": page, "next": str(start + len(page))}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def courier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Courier]:
    server = Courier()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setattr(CONFIGURATION, "tracking_api_url", f"http://127.0.0.1:{server.server_port}/events")
    monkeypatch.setattr(CONFIGURATION, "tracking_api_key", SecretStr("let-us-in"))
    monkeypatch.setattr(CONFIGURATION, "tracking_api_timeout", 2.0)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def read(trade: Trade, pauses: list[float] | None = None) -> int:
    now = trade.now + 2 * DAY
    return poll(now=now, clock=lambda: now, pause=(pauses if pauses is not None else []).append)


def told(trade: Trade, number: str, *kinds: str) -> list[dict[str, str]]:
    at = (trade.now + DAY).isoformat()
    return [{"tracking_number": number, "carrier": "dhl", "at": at, "kind": kind} for kind in kinds]


def test_it_reads_on_from_where_it_was(trade: Trade, courier: Courier) -> None:
    number = trade.ship().tracking_number
    courier.events = told(trade, number, "accepted", "in_transit", "out_for_delivery")
    assert read(trade) == 3
    courier.events += told(trade, number, "delivered")
    assert read(trade) == 1
    assert read(trade) == 0
    assert courier.asked == ["", "2", "3", "3", "4", "4"]
    assert courier.keys == {"Bearer let-us-in"}
    assert trade.state() == "delivered"


def test_it_tries_again_and_then_leaves_it_to_the_next_round(trade: Trade, courier: Courier) -> None:
    number, pauses = trade.ship().tracking_number, []
    courier.events = told(trade, number, "delivered")
    courier.troubles = [None, 503]
    assert read(trade, pauses) == 1
    assert pauses == [0.5, 1.0]
    courier.troubles = [429, 500, None]
    with pytest.raises(FeedFailed, match="no answer after 3 tries"):
        read(trade)
    assert read(trade) == 0


@pytest.mark.parametrize("body", ["<html>", "[]", '{"events": {}}', '{"events": [], "next": 7}'])
def test_an_answer_of_another_form_moves_nothing(trade: Trade, courier: Courier, body: str) -> None:
    courier.troubles = [body]
    with pytest.raises(FeedFailed):
        read(trade)
    assert not Feed.objects.exists()
    courier.troubles = [403]
    with pytest.raises(FeedFailed, match="HTTP 403"):
        read(trade)
    courier.troubles = [body]
    poll_quietly(now=trade.now, clock=lambda: trade.now)


def test_an_event_without_sense_is_passed_over_and_an_operator_is_told(
    trade: Trade, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sokopesa.notices.models import Notice

    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254722000001")
    number = trade.ship().tracking_number
    courier.events = [{"kind": "lost"}, "words", None, *told(trade, number, "delivered")]
    assert read(trade) == 1
    assert Feed.objects.get().cursor == "4"
    assert "make no sense" in Notice.objects.get(to="254722000001").text


def test_what_broke_off_between_pages_is_read_on_and_a_cursor_that_was_lost_changes_nothing(
    trade: Trade, courier: Courier
) -> None:
    number = trade.ship().tracking_number
    courier.events = told(trade, number, "accepted", "in_transit", "out_for_delivery", "delivered")
    assert read(trade) == 4
    Feed.objects.update(cursor="")
    assert read(trade) == 0
    assert TrackingEvent.objects.count() == 4


def test_without_an_address_nothing_is_asked(trade: Trade) -> None:
    assert read(trade) == 0
