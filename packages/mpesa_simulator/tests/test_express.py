"""The STK push from request to callback, as an application sees it."""

import base64
import re
from typing import Any

import pytest

from mpesa_simulator import Network


def outcome(receiver: Any) -> dict[str, Any]:
    """The one callback that arrived."""
    (body,) = receiver.bodies("stk")
    callback: dict[str, Any] = body["Body"]["stkCallback"]
    return callback


def test_a_right_pin_moves_the_money_and_tells_everyone(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=5000)
    answer = app.push(receiver)
    assert answer.status_code == 200
    ack = answer.json()
    assert ack["ResponseCode"] == "0"
    assert re.fullmatch(r"ws_CO_\d{17}708374149", ack["CheckoutRequestID"])

    prompt = phone.wait_for_prompt()
    assert prompt["text"] == "Do you want to pay Ksh. 1,250.00 to SOKOPESA Account no. SP-20417? Enter M-PESA PIN"
    assert app.query(ack["CheckoutRequestID"]).json()["ResultCode"] == "4999"
    ended = phone.enter_pin("1234")
    mpesa.callbacks()

    callback = outcome(receiver)
    assert callback["ResultCode"] == 0
    assert callback["CheckoutRequestID"] == ack["CheckoutRequestID"]
    assert callback["MerchantRequestID"] == ack["MerchantRequestID"]
    items = callback["CallbackMetadata"]["Item"]
    values = {item["Name"]: item.get("Value") for item in items}
    assert values["Amount"] == 1250
    assert values["MpesaReceiptNumber"] == ended["receipt"]
    assert values["PhoneNumber"] == 254708374149
    assert {"Name": "Balance"} in items
    assert isinstance(values["TransactionDate"], int)

    assert phone.balance == 5000 - 1250 - 15
    assert mpesa.call("GET", "/organisations/174379")["balances"]["utility"] == 1250
    assert mpesa.trial_balance()["total"] == 0
    (payment,) = (row for row in mpesa.transactions("174379") if row["kind"] == "pay_bill")
    assert (payment["receipt"], payment["amount"], payment["charge"]) == (ended["receipt"], 1250, 15)
    assert phone.messages[0].startswith(
        f"{ended['receipt']} Confirmed. Ksh1,250.00 sent to SOKOPESA for account SP-20417 on "
    )
    assert "New M-PESA balance is Ksh3,735.00. Transaction cost, Ksh15.00." in phone.messages[0]

    settled = app.query(ack["CheckoutRequestID"]).json()
    assert settled["ResultCode"] == "0"
    assert settled["ResponseDescription"] == "The service request has been accepted successsfully"


def test_the_amount_in_the_callback_is_written_with_two_decimals(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber(balance=5000).answers("pin")
    mpesa.ended(app.push(receiver, Amount="7").json()["CheckoutRequestID"])
    assert '{"Name":"Amount","Value":7.00}' in mpesa.callbacks()[0]["body"]


@pytest.mark.parametrize(
    ("answer", "balance", "result"),
    [
        ("cancel", 5000, (1032, "Request cancelled by user")),
        ("wrong_pin", 5000, (2001, "The initiator information is invalid.")),
        ("pin", 1264, (1, "The balance is insufficient for the transaction.")),
    ],
)
def test_each_way_to_fail_has_its_code_and_moves_nothing(
    app: Any, receiver: Any, answer: str, balance: int, result: tuple[int, str]
) -> None:
    mpesa = app.mpesa
    phone = mpesa.subscriber(balance=balance).answers(answer)
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    mpesa.ended(checkout)
    mpesa.callbacks()
    callback = outcome(receiver)
    assert (callback["ResultCode"], callback["ResultDesc"]) == result
    assert "CallbackMetadata" not in callback
    assert phone.balance == balance
    assert app.query(checkout).json()["ResultCode"] == str(result[0])


def test_an_ignored_prompt_lapses(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.configure(prompt_seconds=0.2)
    mpesa.subscriber()
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    assert mpesa.ended(checkout)["result_code"] == "1037"


@pytest.mark.parametrize("state", ["off", "old_sim"])
def test_a_phone_that_cannot_be_reached(mpesa: Network, app: Any, receiver: Any, state: str) -> None:
    mpesa.configure(unreachable_seconds=0.1)
    mpesa.subscriber().switch(state)
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    assert mpesa.ended(checkout)["result_text"] == "DS timeout user cannot be reached."
    mpesa.callbacks()
    assert outcome(receiver)["ResultCode"] == 1037


def test_a_phone_has_one_prompt_at_a_time(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber()
    app.push(receiver)
    second = app.push(receiver)
    assert second.status_code == 500
    assert second.json()["errorCode"] == "500.001.1001"
    assert second.json()["errorMessage"].startswith("Unable to lock subscriber, a transaction is already in process")
    phone.cancel()
    assert app.push(receiver).status_code == 200


def test_three_wrong_pins_lock_the_wallet_until_it_is_unlocked(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber()
    for _ in range(3):
        app.push(receiver)
        assert phone.enter_pin("0000")["result_code"] == "2001"
    assert phone.state["locked"]
    app.push(receiver)
    assert phone.enter_pin("1234")["result_code"] == "8006"
    mpesa.subscriber(locked=False)
    app.push(receiver)
    assert phone.enter_pin("1234")["result_code"] == "0"


def test_a_prompt_too_long_for_a_phone_cannot_be_sent(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.organisation("174379", name="A very long name " * 8)
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    assert mpesa.ended(checkout)["result_code"] == "1025"


def test_limits_of_a_transaction_and_of_a_day(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=900_000)
    codes = []
    for amount in (250_001, 250_000, 250_000, 1):
        app.push(receiver, Amount=amount)
        codes.append(phone.enter_pin()["result_code"])
    assert codes == ["3", "0", "0", "4"]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"BusinessShortCode": "abc"}, (400, "400.002.02", "Bad Request - Invalid BusinessShortCode")),
        ({"Password": ""}, (400, "400.002.02", "Bad Request - Invalid Password")),
        ({"Timestamp": "2026-01-05"}, (400, "400.002.02", "Bad Request - Invalid Timestamp")),
        ({"TransactionType": "PayBill"}, (400, "400.002.02", "Bad Request - Invalid TransactionType")),
        ({"Amount": 10.5}, (400, "400.002.02", "Bad Request - Invalid Amount")),
        ({"Amount": 0}, (400, "400.002.02", "Bad Request - Invalid Amount")),
        ({"PartyA": "0708374149"}, (400, "400.002.02", "Bad Request - Invalid PartyA")),
        ({"PartyB": ""}, (400, "400.002.02", "Bad Request - Invalid PartyB")),
        ({"PhoneNumber": "254202222222"}, (400, "400.002.02", "Bad Request - Invalid PhoneNumber")),
        ({"CallBackURL": "not a url"}, (400, "400.002.02", "Bad Request - Invalid CallBackURL")),
        ({"AccountReference": "THIRTEENCHARS"}, (400, "400.002.02", "Bad Request - Invalid AccountReference")),
        ({"TransactionDesc": ""}, (400, "400.002.02", "Bad Request - Invalid Remarks")),
        ({"BusinessShortCode": "999999"}, (500, "500.001.1001", "Merchant does not exist")),
        ({"Password": base64.b64encode(b"174379wrong").decode()}, (500, "500.001.1001", "Wrong credentials")),
        ({"Timestamp": "20260105080001"}, (500, "500.001.1001", "Wrong credentials")),
        ({"PartyA": "254799999999", "PhoneNumber": "254799999999"}, (500, "500.001.1001", "[CBS - ] No ICCID found")),
    ],
)
def test_what_the_gateway_refuses(
    app: Any, receiver: Any, change: dict[str, object], refusal: tuple[int, str, str]
) -> None:
    answer = app.push(receiver, **change)
    body = answer.json()
    assert (answer.status_code, body["errorCode"], body["errorMessage"]) == refusal
    assert body["requestId"]


def test_a_push_may_also_be_written_with_numbers(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber()
    answer = app.push(
        receiver, BusinessShortCode=174379, PartyA=254708374149, PartyB=174379, PhoneNumber=254708374149, Amount="10"
    )
    assert answer.status_code == 200


def test_a_form_body_is_read_as_if_its_first_field_were_missing(app: Any) -> None:
    answer = app.http.post(
        "/mpesa/stkpush/v1/processrequest",
        data={"BusinessShortCode": "174379"},
        headers={"Authorization": f"Bearer {app.token}"},
    )
    assert (answer.status_code, answer.json()["errorMessage"]) == (400, "Bad Request - Invalid BusinessShortCode")


def test_a_body_that_is_not_json(app: Any) -> None:
    answer = app.http.post(
        "/mpesa/stkpush/v1/processrequest",
        content=b"{",
        headers={"Authorization": f"Bearer {app.token}", "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.05")


def test_a_paybill_is_not_a_till(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber()
    app.push(receiver, TransactionType="CustomerBuyGoodsOnline")
    assert phone.enter_pin()["result_code"] == "2028"
    app.push(receiver, TransactionType="CustomerBuyGoodsOnline", PartyB="373132", AccountReference="")
    assert "Account no." not in phone.wait_for_prompt()["text"]
    assert phone.enter_pin()["result_code"] == "0"
    assert "paid to TEST SUPERMARKET. on " in phone.messages[0]


def test_query_of_an_unknown_push(app: Any) -> None:
    answer = app.query("ws_CO_0101202600000000070000000")
    assert answer.status_code == 400
    assert answer.json()["errorMessage"] == "Bad Request - Invalid CheckoutRequestID"


def test_an_open_prompt_may_also_be_reported_as_an_error(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.configure(pending_query="error")
    mpesa.subscriber()
    answer = app.query(app.push(receiver).json()["CheckoutRequestID"])
    assert answer.status_code == 500
    assert answer.json()["errorMessage"] == "The transaction is being processed"


def test_queries_that_come_too_fast_are_held_off_when_that_limit_is_on(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber()
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    assert [app.query(checkout).status_code for _ in range(3)] == [200, 200, 200]
    mpesa.configure(queries_per_minute=5)
    assert [app.query(checkout).status_code for _ in range(2)] == [200, 429]
    body = app.query(checkout).json()
    assert body["fault"]["detail"]["errorcode"] == "policies.ratelimit.SpikeArrestViolation"


def test_the_same_payment_again_too_soon(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.configure(same_amount_seconds=120)
    phone = mpesa.subscriber()
    codes = []
    for amount in (50, 50, 51):
        app.push(receiver, Amount=amount)
        codes.append(phone.enter_pin()["result_code"])
    assert codes == ["0", "17", "0"]
