"""Hundreds of open payment pages in one server process: all hear of their payment, and none costs a thread."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import psutil
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from sokopesa.demo.run import SCRIPTS
from sokopesa.embedded_postgres import EmbeddedPostgres
from sokopesa.faces.pages import PAGES_AT_ONCE
from sokopesa.faces.storefront.streams import LOOKS_AT_ONCE
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Prompt

pytestmark = pytest.mark.usefixtures("committing")
PURCHASES, STREAMS = 30, 300
SPARE_THREADS = 20
"""For the server itself, its connections to the database and name look-ups."""


@dataclass(frozen=True)
class Server:
    """A running market, all of it in one process."""

    port: int
    process: psutil.Process

    def threads(self) -> int:
        return int(self.process.num_threads())

    def page(self, path: str, **more: Any) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=20, **more)


@pytest.fixture
def server(django_db_setup: None, postgres: EmbeddedPostgres, free_port: int) -> Iterator[Server]:
    environment = {**os.environ, "DATABASE_URL": postgres.url(connections["default"].settings_dict["NAME"])}
    process = subprocess.Popen([str(SCRIPTS / "sokopesa"), "serve", "--port", str(free_port)], env=environment)
    running = Server(free_port, psutil.Process(process.pid))
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        try:
            running.page("/")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield running
    process.terminate()
    process.wait(30)


@dataclass(frozen=True)
class Stream:
    """An open event stream, from which events are read as they come."""

    purchase: Purchase
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def until(self, words: str) -> float:
        """When the stream had said that."""
        await self.reader.readuntil(words.encode())
        return time.monotonic()


async def follow(server: Server, purchase: Purchase, session: str) -> Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    address = reverse("storefront:events", args=[purchase.number])
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    stream = Stream(purchase, reader, writer)
    await stream.until("Check your phone")
    return stream


def pay_all(shop: Any, purchases: list[Purchase]) -> None:
    """In one transaction, as settlement does."""
    payments = [
        Payment(
            receipt=f"UKN{number:07d}",
            prompt_id=purchase.prompts.get().pk,
            amount_cents=purchase.total_cents,
            paid_at=shop.now,
            learned_from="callback",
        )
        for number, purchase in enumerate(purchases)
    ]
    try:
        assert len(credit_payments(payments, now=shop.now)) == len(purchases)
    finally:
        connections.close_all()


@pytest.fixture
def waiting(make_shop: Any) -> tuple[Any, list[Purchase], str]:
    """The shop, purchases whose prompts are out, and the session of the buyer who made them all."""
    shop = make_shop()
    buyer = shop.buyer()
    offer = shop.offer(stock=PURCHASES)
    purchases = [shop.purchase(buyer, offer) for _ in range(PURCHASES)]
    for purchase in purchases:
        shop.sent(purchase)
        Prompt.objects.update(requested_at=shop.now - timedelta(hours=1))  # or this buyer asks too often
    Prompt.objects.update(requested_at=shop.now)
    client = Client()
    client.force_login(buyer)
    return shop, purchases, client.cookies[settings.SESSION_COOKIE_NAME].value


def test_hundreds_of_open_pages_are_told_at_once_by_a_handful_of_threads(
    server: Server, waiting: tuple[Any, list[Purchase], str]
) -> None:
    shop, purchases, session = waiting

    async def run() -> tuple[list[float], int, float]:
        streams = await asyncio.gather(
            *[follow(server, purchases[number % PURCHASES], session) for number in range(STREAMS)]
        )
        threads = server.threads()
        began = time.monotonic()
        answer = await asyncio.to_thread(server.page, "/")
        page_took = time.monotonic() - began
        assert answer.status_code == 200
        listening = [asyncio.create_task(stream.until("Paid. Thank you!")) for stream in streams]
        paid_at = time.monotonic()
        await asyncio.to_thread(pay_all, shop, purchases)
        told = [at - paid_at for at in await asyncio.gather(*listening)]
        for stream in streams:
            await stream.until("event: done")
            stream.writer.close()
        return told, threads, page_took

    told, threads, page_took = asyncio.run(run())
    assert len(told) == STREAMS
    assert max(told) < 3
    assert threads <= PAGES_AT_ONCE + LOOKS_AT_ONCE + SPARE_THREADS
    assert page_took < 2
