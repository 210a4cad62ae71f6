"""Pull Transactions."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mpesa_simulator import Network


def window(mpesa: Network, hours: float = 1) -> dict[str, str]:
    now = datetime.fromisoformat(mpesa.call("GET", "/clock")["now"])
    start, end = now - timedelta(hours=hours), now + timedelta(minutes=1)
    return {"ShortCode": "174379", "StartDate": f"{start:%Y-%m-%d %H:%M:%S}", "EndDate": f"{end:%Y-%m-%d %H:%M:%S}"}


def pay(mpesa: Network, app: Any, receiver: Any, amount: int = 100) -> str:
    app.push(receiver, Amount=amount)
    return str(mpesa.subscriber().enter_pin()["receipt"])


def test_registering_once_and_again(app: Any) -> None:
    body = {
        "ShortCode": "174379",
        "RequestType": "Pull",
        "NominatedNumber": "0722000000",
        "CallBackURL": "https://x.ke",
    }
    first, second = (app.post("/pulltransactions/v1/register", body).json() for _ in range(2))
    assert first["Response Status"] == "1000"
    assert first["Response Description"] == "Shortcode Registered Successfully"
    assert second["Response Status"] == "1001"


def test_payments_come_as_a_list_in_a_list(mpesa: Network, app: Any, receiver: Any) -> None:
    receipt = pay(mpesa, app, receiver)
    answer = app.post("/pulltransactions/v1/query", {**window(mpesa), "OffSetValue": "0"}).json()
    assert answer["ResponseCode"] == "1000"
    ((row,),) = answer["Response"]
    assert row["transactionId"] == receipt
    assert (row["msisdn"], row["amount"], row["billreference"]) == (254708374149, "100.00", "SP-20417")
    assert row["transactiontype"] == "c2b-pay-bill-debit"


def test_nothing_found_is_an_empty_list_in_a_list(mpesa: Network, app: Any) -> None:
    answer = app.post("/pulltransactions/v1/query", {**window(mpesa), "OffSetValue": 0}).json()
    assert (answer["ResponseCode"], answer["Response"]) == ("1001", [[]])


def test_pages_of_a_hundred(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber(balance=5000).answers("pin")
    for _ in range(103):
        mpesa.ended(app.push(receiver, Amount=1).json()["CheckoutRequestID"])
    lengths = [
        len(app.post("/pulltransactions/v1/query", {**window(mpesa), "OffSetValue": offset}).json()["Response"][0])
        for offset in ("0", "100", "200")
    ]
    assert lengths == [100, 3, 0]


@pytest.mark.parametrize(("kind", "rows"), [("statement_missing", 0), ("statement_late", 0)])
def test_lines_can_be_late_or_missing(mpesa: Network, app: Any, receiver: Any, kind: str, rows: int) -> None:
    mpesa.break_things({"kind": kind, "times": 1, "seconds": 3600})
    pay(mpesa, app, receiver)
    mpesa.break_things()
    answer = app.post("/pulltransactions/v1/query", {**window(mpesa), "OffSetValue": "0"}).json()
    assert len(answer["Response"][0]) == rows


def test_what_is_older_than_two_days_is_gone(receiver: Any, app_of: Any) -> None:
    with Network(virtual=True, seed=2, push_seconds=0) as mpesa:
        mpesa.subscriber().answers("pin")
        app_of(mpesa).push(receiver, Amount=10)
        mpesa.advance(10)
        rows = [app_of(mpesa).post("/pulltransactions/v1/query", window(mpesa, 100)).json()["Response"][0]]
        mpesa.advance(48 * 3600)
        rows.append(app_of(mpesa).post("/pulltransactions/v1/query", window(mpesa, 100)).json()["Response"][0])
    assert [len(page) for page in rows] == [1, 0]


def test_an_unknown_shortcode(app: Any) -> None:
    answer = app.post("/pulltransactions/v1/query", {"ShortCode": "999999"})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.001")
