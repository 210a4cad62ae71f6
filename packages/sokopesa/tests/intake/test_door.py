"""The callback door as M-PESA meets it: served on loopback, with the real database behind it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
from django.db import connections

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.demo.run import SCRIPTS
from sokopesa.embedded_postgres import EmbeddedPostgres
from sokopesa.intake.ringer import EVERY
from sokopesa.payments import gateway
from sokopesa.payments.models import InboxMessage


@pytest.fixture(scope="module")
def door(django_db_setup: None, postgres: EmbeddedPostgres, free_port: int) -> Iterator[httpx.Client]:
    name = connections["default"].settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": postgres.url(name),
        "SOKOPESA_MPESA_CALLBACK_ADDRESSES": "127.0.0.1",
        "SOKOPESA_TRUSTED_PROXIES": "0",
        "SOKOPESA_MPESA_PAYBILL_TOKEN": "paybill-secret",
    }
    process = subprocess.Popen([str(SCRIPTS / "sokopesa"), "serve", "--port", str(free_port)], env=environment)
    with httpx.Client(base_url=f"http://127.0.0.1:{free_port}", timeout=20) as client:
        give_up_at = time.monotonic() + 30
        while time.monotonic() < give_up_at:
            try:
                client.get("/callbacks/")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield client
    process.terminate()
    process.wait(20)


pytestmark = pytest.mark.usefixtures("committing")


def test_a_callback_is_kept_byte_for_byte_before_it_is_acknowledged(door: httpx.Client) -> None:
    body = b'{"Body": {"stkCallback": {"ResultCode": 1032, "odd": "\xc3\xa9"}}}'
    answer = door.post("/callbacks/stk/secret-token", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"ResultCode": 0, "ResultDesc": "Accepted"})
    kept = InboxMessage.objects.get()
    assert bytes(kept.body) == body
    assert bytes(kept.token_digest) == daraja.token_digest("secret-token")
    assert (kept.source, kept.trusted, kept.settled_at) == ("127.0.0.1", True, None)
    assert kept.headers["content-type"] == "application/json"


def test_the_result_of_an_enquiry_is_kept_as_one(door: httpx.Client) -> None:
    path = gateway.result_url("secret-token").removeprefix(CONFIGURATION.mpesa_callback_base_url)
    assert door.post(path, content=b'{"Result": {}}').status_code == 200
    kept = InboxMessage.objects.get()
    assert (kept.kind, bytes(kept.token_digest)) == ("result", daraja.token_digest("secret-token"))


def test_who_settles_is_woken_after_the_commit_each_by_a_bell_of_their_own(
    door: httpx.Client, postgres: EmbeddedPostgres
) -> None:
    url = postgres.url(connections["default"].settings_dict["NAME"])
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN inbox; LISTEN payouts")
        for path, bell in (("stk", "inbox"), ("payout", "payouts"), ("paybill/paid", "inbox")):
            assert door.post(f"/callbacks/{path}/secret-token", content=b"{}").status_code == 200
            assert [ring.channel for ring in listener.notifies(timeout=5, stop_after=1)] == [bell]


def test_bells_ring_seldom_when_much_comes(door: httpx.Client, postgres: EmbeddedPostgres) -> None:
    url = postgres.url(connections["default"].settings_dict["NAME"])
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN inbox")
        began = time.monotonic()
        with ThreadPoolExecutor(8) as crowd:
            list(crowd.map(lambda _: door.post("/callbacks/stk/secret-token", content=b"{}"), range(200)))
        took = time.monotonic() - began
        rings = len(list(listener.notifies(timeout=1)))
    assert 1 <= rings <= 2 + took / EVERY


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"<html>", b'{"Body": 1}', b"x" * 60_000])
def test_nonsense_is_kept_too(door: httpx.Client, body: bytes) -> None:
    assert door.post("/callbacks/stk/t", content=body).status_code == 200
    assert bytes(InboxMessage.objects.get().body) == body


def test_what_is_far_too_large_is_turned_away(door: httpx.Client) -> None:
    assert door.post("/callbacks/stk/t", content=b"x" * 70_000).status_code == 413
    assert not InboxMessage.objects.exists()


@pytest.mark.parametrize(("method", "path"), [("GET", "stk/t"), ("PUT", "stk/t"), ("POST", "stk/"), ("POST", "b2c/t")])
def test_other_methods_and_addresses_find_nothing(door: httpx.Client, method: str, path: str) -> None:
    assert door.request(method, f"/callbacks/{path}").status_code == 404
    assert not InboxMessage.objects.exists()


def test_a_forwarded_header_cannot_lend_a_stranger_mpesas_address(door: httpx.Client) -> None:
    door.post("/callbacks/stk/t", content=b"{}", headers={"x-forwarded-for": "196.201.214.200"})
    assert InboxMessage.objects.get().source == "127.0.0.1"


def test_a_crowd_is_kept_whole_each_with_its_own_answer(door: httpx.Client) -> None:
    """More at once than there are commits under way."""

    def post(number: int) -> int:
        return door.post(f"/callbacks/stk/token-{number}", content=f"body {number}".encode()).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(200)))
    assert answers.count(200) == 200
    assert {bytes(body) for body in InboxMessage.objects.values_list("body", flat=True)} == {
        f"body {number}".encode() for number in range(200)
    }


def test_what_cannot_be_kept_is_not_acknowledged(door: httpx.Client) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE payments_inboxmessage RENAME TO payments_inboxmessage_away")
    try:
        assert door.post("/callbacks/stk/t", content=b"{}").status_code == 503
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute("ALTER TABLE payments_inboxmessage_away RENAME TO payments_inboxmessage")
    assert door.post("/callbacks/stk/t", content=b"{}").status_code == 200


def test_a_question_about_a_payment_by_hand_is_answered_at_once(door: httpx.Client, market: Any) -> None:
    """Accepted where it names an order and pays it exactly; the door never says why to a stranger."""
    purchase = market.purchase()
    asked = {"TransID": "UKN1AAAAAA", "TransAmount": "1250.00", "BusinessShortCode": "174379"}
    asked["BillRefNumber"] = purchase.reference
    may_pay = "/callbacks/paybill/may-pay/"
    assert door.post(f"{may_pay}paybill-secret", json=asked).json()["ResultCode"] == "0"
    asked["TransAmount"] = "1.00"
    assert door.post(f"{may_pay}paybill-secret", json=asked).json()["ResultCode"] == "C2B00013"
    assert door.post(f"{may_pay}guess", json=asked).json()["ResultCode"] == "C2B00016"
    assert door.post(f"{may_pay}paybill-secret", content=b"rubbish").json()["ResultCode"] == "C2B00016"
    assert not InboxMessage.objects.exists()


def test_a_confirmation_is_kept_as_what_it_is(door: httpx.Client) -> None:
    assert door.post("/callbacks/paybill/paid/paybill-secret", json={"TransID": "X"}).status_code == 200
    assert InboxMessage.objects.get().kind == "confirmation"
