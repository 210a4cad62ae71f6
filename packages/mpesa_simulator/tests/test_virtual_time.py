"""Virtual time: runs that repeat to the byte, and a day of traffic with everything broken."""

import csv
import io
import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mpesa_simulator import ControlError, Network

PHONES = [f"2547000001{number:02d}" for number in range(8)]
ANSWERS = ["pin", "pin", "pin", "wrong_pin", "cancel", "ignore"]
PAYBILLS = ["174379", "600984", "600992"]
EVERYTHING_BROKEN = [
    {"kind": kind, "probability": 0.04, "seconds": seconds, "how": "dropped", "code": "26", "copies": 3}
    for kind, seconds in (
        ("server_error", 0),
        ("unavailable", 0),
        ("too_many_requests", 0),
        ("blocked", 0),
        ("wrong_credentials", 0),
        ("token_invalidated", 0),
        ("lost_answer", 0),
        ("outcome", 0),
        ("late_success", 400),
        ("queue_timeout", 300),
        ("query_pending", 0),
        ("query_contradicts", 0),
        ("callback_lost", 0),
        ("callback_duplicated", 20),
        ("callback_delayed", 900),
        ("callback_reordered", 0),
        ("callback_forged", 0),
        ("statement_late", 3600),
    )
]


def test_nothing_happens_until_the_clock_is_moved(receiver: Any, app_of: Any) -> None:
    with Network(virtual=True, seed=1) as mpesa:
        mpesa.subscriber().answers("pin", after_seconds=5)
        began = mpesa.call("GET", "/clock")["now"]
        app_of(mpesa).push(receiver)
        assert mpesa.call("GET", "/prompts")[0]["state"] == "sending"
        assert mpesa.call("GET", "/clock")["now"] == began == "2026-01-05T08:00:00.000+03:00"
        mpesa.advance(1)
        assert mpesa.call("GET", "/prompts")[0]["state"] == "open"
        mpesa.advance(60)
        assert receiver.bodies("stk")[0]["Body"]["stkCallback"]["ResultCode"] == 0
        (item,) = (row for row in mpesa.transactions("174379") if row["kind"] == "pay_bill")
        assert item["completed_at"] == "2026-01-05T08:00:05.400+03:00"
        mpesa.call("POST", "/clock/advance", {"to": "2026-02-01T00:00:00"})
        assert mpesa.call("GET", "/clock")["now"] == "2026-02-01T00:00:00.000+03:00"


def test_the_day_limit_starts_again_at_midnight_in_nairobi(receiver: Any, app_of: Any) -> None:
    with Network(virtual=True, seed=1, push_seconds=0) as mpesa:
        mpesa.subscriber(balance=1_000_000).answers("pin", after_seconds=0)
        app, codes = app_of(mpesa), []
        for _ in range(3):
            app.push(receiver, Amount=250_000)
            mpesa.advance(1)
        mpesa.call("POST", "/clock/advance", {"to": "2026-01-05T23:59:00"})
        for _ in range(2):
            app_of(mpesa).push(receiver, Amount=250_000)
            mpesa.advance(61)
        codes = [body["Body"]["stkCallback"]["ResultCode"] for body in receiver.bodies("stk")]
    assert codes == [0, 0, 4, 4, 0]


def test_a_run_repeats_to_the_byte(receiver: Any, app_of: Any) -> None:
    first, again, other = (record(seed, receiver, app_of) for seed in (11, 11, 12))
    assert first == again
    assert first != other


def record(seed: int, receiver: Any, app_of: Callable[[Network], Any]) -> bytes:
    """Everything that can be seen of a short run, as one text."""
    receiver.posts.clear()
    with Network(virtual=True, seed=seed) as mpesa:
        traffic(mpesa, receiver, app_of, hours=1, seed=5)
        seen = [mpesa.callbacks(wait_seconds=0), mpesa.transactions(), mpesa.call("GET", "/prompts"), receiver.posts]
        statement = httpx.get(f"{mpesa.base_url}/simulator/v1/statements/174379.csv").text
    return json.dumps([*seen, statement]).encode()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_of_traffic_with_all_faults(seed: int, receiver: Any, app_of: Callable[[Network], Any]) -> None:
    with Network(virtual=True, seed=seed) as mpesa:
        traffic(mpesa, receiver, app_of, hours=24, seed=seed)
        struck = {state["rule"]["kind"] for state in mpesa.call("GET", "/faults")["faults"] if state["struck"]}
        assert len(struck) > 10
        mpesa.break_things()
        mpesa.advance(2 * 3600)
        books = mpesa.trial_balance()
        assert books["total"] == 0
        assert books["balances_agree"]
        for shortcode in PAYBILLS:
            organisation = mpesa.call("GET", f"/organisations/{shortcode}")
            for account in ("utility", "working", "charges"):
                tie(mpesa, shortcode, account, organisation["balances"][account])
        wallets = sum(mpesa.call("GET", f"/subscribers/{phone}")["balance"] for phone in PHONES)
        in_books = sum(books["accounts"].get(f"wallet:{phone}", 0) for phone in PHONES)
        assert round(wallets, 2) == round(in_books, 2)
        assert len(mpesa.transactions()) > 100


def tie(mpesa: Network, shortcode: str, account: str, balance: float) -> None:
    """The statement's lines add up to the account's balance, and so does its balance column."""
    text = httpx.get(f"{mpesa.base_url}/simulator/v1/statements/{shortcode}.csv?account={account}").text
    lines = list(csv.DictReader(io.StringIO(text[text.index("Receipt No.") :])))
    moved = sum(amount(line["Paid In"]) + amount(line["Withdrawn"]) for line in lines)
    assert round(moved, 2) == round(balance, 2)
    if lines:
        assert amount(lines[0]["Balance"]) == round(balance, 2)


def amount(text: str) -> float:
    return float(text.replace(",", "") or 0)


def traffic(mpesa: Network, receiver: Any, app_of: Callable[[Network], Any], *, hours: int, seed: int) -> None:
    """Customers and organisations at work, one thing every few minutes."""
    luck = random.Random(seed)
    for phone in PHONES:
        mpesa.subscriber(phone, balance=50_000).answers(luck.choice(ANSWERS), luck.randrange(90))
    app = app_of(mpesa)
    app.post(
        "/mpesa/c2b/v2/registerurl",
        {
            "ShortCode": "174379",
            "ResponseType": "Completed",
            "ConfirmationURL": receiver.url("confirmation"),
            "ValidationURL": receiver.url("validation"),
        },
    )
    mpesa.break_things(*EVERYTHING_BROKEN)
    for _ in range(hours * 12):
        try:
            step(mpesa, app, receiver, luck)
        except httpx.RemoteProtocolError:
            continue
        finally:
            mpesa.advance(luck.randrange(30, 570))
        if luck.random() < 0.3:
            app.authorise()


def step(mpesa: Network, app: Any, receiver: Any, luck: random.Random) -> None:
    phone, sum_ = luck.choice(PHONES), luck.randrange(1, 6000)
    match luck.randrange(6):
        case 0 | 1 | 2:
            app.push(receiver, PartyA=phone, PhoneNumber=phone, Amount=sum_)
        case 3:
            app.b2c(receiver, PartyB=phone, Amount=sum_)
        case 4:
            body = {"ShortCode": "600984", "CommandID": "CustomerPayBillOnline", "BillRefNumber": "R"}
            app.post("/mpesa/c2b/v1/simulate", {**body, "Amount": sum_, "Msisdn": phone})
        case 5:
            paid = [row for row in mpesa.transactions("174379") if row["kind"] == "pay_bill"]
            if paid:
                fields = {"TransactionID": luck.choice(paid)["receipt"], "ReceiverParty": "174379"}
                fields |= {"CommandID": "TransactionReversal", "RecieverIdentifierType": "11"}
                app.initiate(receiver, "/mpesa/reversal/v1/request", **fields)
    if luck.random() < 0.1:
        mpesa.subscriber(phone, phone=luck.choice(["on", "on", "off", "old_sim"]), locked=False)
    if luck.random() < 0.2:
        answer_by_hand(mpesa, phone)


def answer_by_hand(mpesa: Network, phone: str) -> None:
    try:
        mpesa.call("POST", f"/subscribers/{phone}/answer", {"cancel": True})
    except ControlError:
        return
