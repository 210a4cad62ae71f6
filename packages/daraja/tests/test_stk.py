"""Asking a phone for money and asking how it went, over real HTTP."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
ACK = json.loads((SAMPLES / "stkack_2024.json").read_bytes())


def test_push_sends_what_the_documentation_asks_for(gateway, client, make_push, answer):
    gateway.answers(answer(body=ACK))
    ack = client.stk_push(make_push(msisdn="0708 374 149"))
    assert ack.checkout_request_id == ACK["CheckoutRequestID"]
    assert ack.merchant_request_id == ACK["MerchantRequestID"]
    assert ack.raw == ACK
    (call,) = gateway.calls
    assert (call.method, call.path) == ("POST", "/mpesa/stkpush/v1/processrequest")
    assert call.headers["Authorization"] == "Bearer token-1"
    assert call.headers["Content-Type"] == "application/json"
    sent = call.json
    moment = str(sent.pop("Timestamp"))
    password = base64.b64decode(str(sent.pop("Password"))).decode()
    assert password == f"174379{PASSKEY}{moment}"
    sent_at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC) - timedelta(hours=3)
    assert abs(datetime.now(UTC) - sent_at) < timedelta(minutes=2)
    assert sent == {
        "BusinessShortCode": "174379",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 1250,
        "PartyA": "254708374149",
        "PartyB": "174379",
        "PhoneNumber": "254708374149",
        "CallBackURL": "https://shop.example/pay/abc",
        "AccountReference": "SP12345678",
        "TransactionDesc": "Sokopesa",
    }


def test_push_to_a_till_names_the_till(gateway, client, make_push, answer):
    gateway.answers(answer(body=ACK))
    client.stk_push(make_push(transaction_type=daraja.TransactionType.BUY_GOODS, party_b="5551234"))
    assert gateway.calls[0].json["PartyB"] == "5551234"
    assert gateway.calls[0].json["TransactionType"] == "CustomerBuyGoodsOnline"


def test_the_async_client_does_the_same(gateway, credentials, make_push, answer):
    async def push() -> daraja.StkAck:
        async with daraja.AsyncClient(credentials=credentials, environment=gateway.environment) as client:
            return await client.stk_push(make_push())

    gateway.answers(answer(body=ACK))
    ack = anyio.run(push)
    assert ack.checkout_request_id == ACK["CheckoutRequestID"]
    assert gateway.calls[0].json["Amount"] == 1250


@pytest.mark.parametrize(
    ("changes", "field", "advice"),
    [
        ({"amount": 0}, "amount", "KES 1 to KES 250,000"),
        ({"amount": 250_001}, "amount", "KES 250,001"),
        ({"amount": 12.5}, "amount", "whole shillings"),
        ({"amount": True}, "amount", "whole shillings"),
        ({"msisdn": "0612345678"}, "msisdn", "Kenyan mobile number"),
        ({"msisdn": "+44 7700 900000"}, "msisdn", "Kenyan mobile number"),
        ({"shortcode": "1743"}, "shortcode", "5 to 7 digits"),
        ({"passkey": ""}, "passkey", "must be given"),
        ({"passkey": "abc "}, "passkey", "without spaces"),
        ({"account_reference": "SP1234567890X"}, "account_reference", "1 to 12 characters"),
        ({"account_reference": "A&B"}, "account_reference", "&"),
        ({"description": ""}, "description", "1 to 13"),
        ({"description": "two\nlines"}, "description", "control"),
        ({"transaction_type": "PayBill"}, "transaction_type", "CustomerPayBillOnline"),
        ({"callback_url": "https://shop.example/ pay"}, "callback_url", "spaces"),
        ({"callback_url": "https://shop.example/Mpesa/x"}, "callback_url", "mpesa"),
        ({"callback_url": "https://shop.example/query/x"}, "callback_url", "query"),
        ({"callback_url": "shop.example/pay"}, "callback_url", "full URL"),
        ({"callback_url": "ftp://shop.example/pay"}, "callback_url", "full URL"),
        ({"callback_url": "https://shop.example:port/pay"}, "callback_url", "full URL"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_sent(gateway, client, make_push, *, changes, field, advice):
    with pytest.raises(daraja.InvalidRequest, match=field) as caught:
        client.stk_push(make_push(**changes))
    assert caught.value.field == field
    assert advice in caught.value.advice
    assert gateway.received == []


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://shop.example/pay", "https://"),
        ("https://localhost/pay", "public host"),
        ("https://127.0.0.1/pay", "public host"),
        ("https://10.1.2.3/pay", "public host"),
        ("https://192.168.0.4:8443/pay", "public host"),
        ("https://[::1]/pay", "public host"),
        ("https://shop/pay", "public host"),
        ("https://abc.ngrok-free.app/pay", "tunnel"),
    ],
)
def test_production_takes_only_public_https_callbacks(credentials, make_push, url, advice):
    with (
        daraja.Client(credentials=credentials, environment=daraja.Environment.PRODUCTION) as client,
        pytest.raises(daraja.InvalidRequest) as caught,
    ):
        client.stk_push(make_push(callback_url=url))
    assert advice in caught.value.advice


def test_a_simulator_may_call_back_to_this_machine(gateway, client, make_push, answer):
    gateway.answers(answer(body=ACK))
    client.stk_push(make_push(callback_url="http://127.0.0.1:9000/pay/abc"))
    assert gateway.calls[0].json["CallBackURL"] == "http://127.0.0.1:9000/pay/abc"


def test_an_acknowledgement_without_an_id_is_unknown_not_refused(gateway, client, make_push, answer):
    gateway.answers(answer(body={"ResponseCode": "0", "ResponseDescription": "Success"}))
    with pytest.raises(daraja.OutcomeUnknown):
        client.stk_push(make_push())


def test_an_acknowledgement_with_another_code_is_refused(gateway, client, make_push, answer):
    gateway.answers(answer(body=ACK | {"ResponseCode": "1", "ResponseDescription": "Rejected"}))
    with pytest.raises(daraja.Refused, match="Rejected"):
        client.stk_push(make_push())


def query(client: daraja.Client) -> daraja.StkStatus:
    return client.stk_query(daraja.StkQuery(shortcode="174379", passkey=PASSKEY, checkout_request_id="ws_CO_1"))


@pytest.mark.parametrize(
    ("name", "state", "code"),
    [
        ("stkquery_0_2021", daraja.StkState.PAID, "0"),
        ("stkquery_0_ints", daraja.StkState.PAID, "0"),
        ("stkquery_0_customer_message", daraja.StkState.PAID, "0"),
        ("stkquery_1032_2017", daraja.StkState.FAILED, "1032"),
        ("stkquery_1032_typo_successsfully", daraja.StkState.FAILED, "1032"),
        ("stkquery_1_insufficient_no_response_code", daraja.StkState.FAILED, "1"),
    ],
)
def test_query_answers_as_published(gateway, client, answer, *, name, state, code):
    gateway.answers(answer(body=(SAMPLES / f"{name}.json").read_bytes()))
    status = query(client)
    assert status.state is state
    assert status.code == code
    assert status.raw == json.loads((SAMPLES / f"{name}.json").read_bytes())
    assert gateway.calls[0].path == "/mpesa/stkpushquery/v1/query"


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, {"ResponseCode": "0", "ResultCode": "4999", "ResultDesc": "still"}, daraja.StkState.PENDING),
        (
            500,
            {"requestId": "ws_CO_1", "errorCode": "500.001.1001", "errorMessage": "The transaction is being processed"},
            daraja.StkState.PENDING,
        ),
        (
            200,
            {"RequestID": "ws_CO_1", "ErrorCode": "500.001.1001", "ErrorMessage": "The transaction is being processed"},
            daraja.StkState.PENDING,
        ),
        (
            400,
            {"errorCode": "400.002.02", "errorMessage": "Bad Request - Invalid CheckoutRequestID"},
            daraja.StkState.UNKNOWN_ID,
        ),
        (200, {"ResponseCode": "0", "ResultCode": "1037", "ResultDesc": "DS timeout"}, daraja.StkState.UNKNOWN),
        (200, {"ResponseCode": "0", "ResultCode": "SFC_NEW9", "ResultDesc": "?"}, daraja.StkState.UNKNOWN),
    ],
)
def test_query_never_calls_an_unsettled_prompt_failed(gateway, client, answer, *, status, body, state):
    gateway.answers(answer(status=status, body=body))
    assert query(client).state is state
    assert len(gateway.calls) == 1


def test_query_is_asked_again_when_the_answer_is_lost(gateway, client, answer):
    gateway.answers(
        answer(drop=True),
        answer(status=503, body=b"<html>busy</html>"),
        answer(body=(SAMPLES / "stkquery_0_2021.json").read_bytes()),
    )
    assert query(client).state is daraja.StkState.PAID
    assert len(gateway.calls) == 3


def test_query_gives_up_after_three_tries(gateway, client, answer):
    gateway.answers(answer(status=500, body=b""))
    with pytest.raises(daraja.OutcomeUnknown):
        query(client)
    assert len(gateway.calls) == 3


def test_query_is_tried_as_often_as_the_program_wants(gateway, credentials, answer):
    gateway.answers(answer(status=500, body=b""))
    with (
        daraja.Client(credentials=credentials, environment=gateway.environment, tries=1) as client,
        pytest.raises(daraja.OutcomeUnknown),
    ):
        query(client)
    assert len(gateway.calls) == 1
