"""Every way in which M-PESA, or the network, says no or says nothing: told apart, without leaking a secret."""

import json
import logging
import pickle
import socket
import traceback
from pathlib import Path

import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def envelope(code: str, message: str) -> dict[str, object]:
    return {"requestId": "1c5b-4ba8-815c-ac45c57a3db0", "errorCode": code, "errorMessage": message}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, envelope("500.001.1001", "Merchant does not exist"), daraja.WrongCredentials),
        (500, envelope("500.001.1001", "[MerchantValidate] - Wrong credentials"), daraja.WrongCredentials),
        (500, envelope("500.001.1001", "[STK] - Unable to lock subscriber, a tr"), daraja.SubscriberBusy),
        (500, sample("err_500_001_1001_lock_subscriber"), daraja.SubscriberBusy),
        (500, envelope("500.001.1001", "[CBS - ] No ICCID found"), daraja.Refused),
        (500, envelope("500.003.02", "System is busy. Please try again in few minutes."), daraja.SystemBusy),
        (500, envelope("00.002.1001", "Service is currently under maintenance."), daraja.SystemBusy),
        (500, envelope("500.003.02", "Error Occurred: Spike Arrest Violation"), daraja.Throttled),
        (500, envelope("500.003.03", "Quota Violation"), daraja.Throttled),
        (429, sample("err_429_spike_arrest"), daraja.Throttled),
        (429, b"", daraja.Throttled),
        (400, sample("err_400_002_02_shortcode"), daraja.RejectedField),
        (400, sample("err_400_trxcode"), daraja.RejectedField),
        (400, envelope("400.001", "Invalid ShortCode"), daraja.RejectedField),
        (400, envelope("400.002.05", "Invalid Request Payload"), daraja.Refused),
        (401, sample("err_oauth_status_errortype"), daraja.WrongCredentials),
        (403, envelope("403.002.1001", "You are not authorized to initiate this transaction"), daraja.WrongCredentials),
        (403, b"<html>Request unsuccessful. Incapsula incident ID: 7</html>", daraja.Refused),
        (404, envelope("404.001.01", "Resource not found"), daraja.Refused),
        (405, envelope("405.001", "Method Not Allowed"), daraja.Refused),
        (200, envelope("500.003.02", "System is busy. Please try again"), daraja.SystemBusy),
        (500, sample("err_500_002_1001_duplicate_originator"), daraja.DuplicateRequest),
        (500, envelope("500.003.1001", "Urls are already registered."), daraja.AlreadyRegistered),
    ],
)
def test_a_refusal_says_whose_turn_it_is(gateway, client, make_push, answer, *, status, body, error):
    gateway.answers(answer(status=status, body=body))
    with pytest.raises(daraja.Refused) as caught:
        client.stk_push(make_push())
    assert type(caught.value) is error
    assert len(gateway.calls) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, {"errorCode": "77", "errorMessage": "Something new"}),
        (200, {"errorCode": "500.001.1001", "errorMessage": "Internal Server Error"}),
        (502, b"<html><body>Bad gateway</body></html>"),
        (503, b"<html>Request unsuccessful. Incapsula incident ID: 7</html>"),
        (504, b""),
        (500, envelope("500.003.1001", "Internal Server Error")),
        (500, sample("err_500_003_1001")),
        (200, b""),
        (200, b"<html>hello</html>"),
        (200, b"[]"),
        (408, b""),
        (302, b""),
    ],
)
def test_an_unclear_answer_is_unknown_and_is_never_sent_twice(gateway, client, make_push, answer, *, status, body):
    gateway.answers(answer(status=status, body=body))
    with pytest.raises(daraja.OutcomeUnknown) as caught:
        client.stk_push(make_push())
    assert caught.value.http_status == status
    assert len(gateway.calls) == 1


def test_a_dropped_connection_is_unknown_and_is_never_sent_twice(gateway, client, make_push, answer):
    gateway.answers(answer(drop=True))
    with pytest.raises(daraja.OutcomeUnknown):
        client.stk_push(make_push())
    assert len(gateway.calls) == 1


def test_silence_is_unknown_and_the_caller_sets_how_long_to_wait(gateway, client, make_push, answer):
    gateway.answers(answer(hang=True))
    with pytest.raises(daraja.OutcomeUnknown):
        client.stk_push(make_push(), timeout=0.2)
    assert len(gateway.calls) == 1


def test_an_unreachable_gateway_is_a_refusal(credentials, make_push):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        environment = daraja.Environment(base_url=f"http://127.0.0.1:{reserved.getsockname()[1]}", allow_http=True)
        with (
            daraja.Client(credentials=credentials, environment=environment) as client,
            pytest.raises(daraja.Unreachable),
        ):
            client.stk_push(make_push())


@pytest.mark.parametrize(
    "error",
    [
        daraja.InvalidRequest("amount", "must be whole shillings"),
        daraja.RejectedField("Bad Request - Invalid Amount", field="Amount", http_status=400, error_code="400.002.02"),
        daraja.Throttled("Too many requests.", retry_after=7.0, raw={"fault": {}}),
        daraja.OutcomeUnknown("No answer."),
    ],
)
def test_an_error_survives_the_way_to_another_process(error):
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (type(twin), vars(twin), str(twin)) == (type(error), vars(error), str(error))


def test_a_rejected_field_is_named(gateway, client, make_push, answer):
    gateway.answers(answer(status=400, body=sample("err_400_002_02_shortcode")))
    with pytest.raises(daraja.RejectedField) as caught:
        client.stk_push(make_push())
    assert caught.value.field == "BusinessShortCode"
    assert caught.value.error_code == "400.002.02"
    assert caught.value.request_id == json.loads(sample("err_400_002_02_shortcode"))["requestId"]


def test_throttling_tells_how_long_to_wait_where_m_pesa_says_it(gateway, client, make_push, answer):
    gateway.answers(answer(status=429, headers={"Retry-After": "7"}))
    with pytest.raises(daraja.Throttled) as caught:
        client.stk_push(make_push())
    assert caught.value.retry_after == 7


def test_nothing_that_is_shown_holds_a_secret(gateway, credentials, make_push, answer, caplog):
    echoed = "Error Occurred - Invalid Access Token - token-2"
    gateway.answers(
        answer(
            status=401,
            body=envelope("401.002.01", echoed)
            | {"seen": "phone 254708374149", "more": ["254708374149", 254708374149]},
        )
    )
    push = make_push()
    with (
        caplog.at_level(logging.DEBUG),
        daraja.Client(credentials=credentials, environment=gateway.environment) as client,
    ):
        with pytest.raises(daraja.WrongCredentials) as caught:
            client.stk_push(push)
        shown = [repr(client), repr(credentials), repr(push)]
    error = caught.value
    shown += [str(error), repr(error), repr(error.raw), caplog.text]
    shown += traceback.format_exception(error)
    for secret in ("token-1", "token-2", "consumer-key-1", "consumer-secret-1", push.passkey, "254708374149"):
        assert not any(secret in text for text in shown), secret
