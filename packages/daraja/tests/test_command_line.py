"""The `daraja` command, as a person at a terminal meets it."""

import json
import threading
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from typer.testing import CliRunner, Result

from daraja.cli.commands import app

SAMPLES = Path(__file__).parent / "samples"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
POSTED = {"stk_callback", "b2c_result", "b2b_result", "c2b_confirmation", "error_body", "ratiba_callback"}
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"


def run(*arguments: str, body: bytes = b"", **variables: str) -> Result:
    return CliRunner().invoke(app, list(arguments), input=body, env=variables)


@pytest.fixture
def variables(gateway) -> dict[str, str]:
    return {
        "DARAJA_ENVIRONMENT": gateway.url,
        "DARAJA_CONSUMER_KEY": "key",
        "DARAJA_CONSUMER_SECRET": "secret",
        "DARAJA_SHORTCODE": "174379",
        "DARAJA_PASSKEY": PASSKEY,
        "DARAJA_CALLBACK_URL": "http://127.0.0.1:9000/pay/abc",
    }


@pytest.mark.parametrize("name", [entry["file"] for entry in MANIFEST if entry["kind"] in POSTED])
def test_decode_reads_a_file_and_what_is_pasted(name):
    from_file = run("decode", str(SAMPLES / name))
    pasted = run("decode", body=(SAMPLES / name).read_bytes())
    assert from_file.exit_code == pasted.exit_code == 0
    assert from_file.output == pasted.output


def test_decode_says_what_a_cancelled_prompt_means():
    output = run("decode", str(SAMPLES / "stk_1032_2024.json")).output
    assert "not done" in output
    assert "1032 (CANCELLED)" in output
    assert "The payment was cancelled on your phone." in output


def test_decode_does_not_believe_a_success_without_a_receipt():
    output = run("decode", str(SAMPLES / "stk_forged_amount_outside_metadata.json")).output
    assert "not settled" in output
    assert "please do not pay again" in output
    assert "was received" not in output


def test_decode_writes_money_and_time_for_people():
    output = run("decode", str(SAMPLES / "stk_ok_uuid_ids_accountref.json")).output
    callback = json.loads((SAMPLES / "stk_ok_uuid_ids_accountref.json").read_bytes())["Body"]["stkCallback"]
    amount = callback["CallbackMetadata"]["Item"][0]["Value"]
    assert f"KES {amount:,}" in output
    assert "EAT" in output
    assert "AccountReference" in output


def test_decode_says_what_to_do_about_an_error():
    output = run("decode", str(SAMPLES / "err_500_001_1001_lock_subscriber.json")).output
    assert "SubscriberBusy" in output
    assert "wait a minute" in output


def test_decode_cannot_be_used_to_steer_a_terminal():
    body = {"TransID": "[red]X", "TransAmount": "5", "FirstName": "\x1b]0;owned\x07", "BillRefNumber": "[/bold]"}
    result = run("decode", body=json.dumps(body).encode())
    assert result.exit_code == 0
    assert "[red]X" in result.output
    assert "\x1b" not in result.output


def test_decode_of_anything_else_fails_politely(tmp_path):
    assert run("decode", body=b"hello").exit_code == 2
    assert run("decode", body=b"{}").exit_code == 2
    missing = run("decode", str(tmp_path / "missing.json"))
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr


def test_push_asks_the_phone_and_says_how_to_go_on(gateway, answer, variables):
    gateway.answers(answer(body=(SAMPLES / "stkack_2024.json").read_bytes()))
    result = run("push", "0708374149", "1250", **variables)
    assert result.exit_code == 0, result.output
    assert "KES 1,250" in result.output
    assert json.loads((SAMPLES / "stkack_2024.json").read_bytes())["CheckoutRequestID"] in result.output
    assert gateway.calls[0].json["PhoneNumber"] == "254708374149"


def test_push_to_a_till(gateway, answer, variables):
    gateway.answers(answer(body=(SAMPLES / "stkack_2024.json").read_bytes()))
    run("push", "0708374149", "10", "--till", "5551234", **variables)
    assert gateway.calls[0].json["TransactionType"] == "CustomerBuyGoodsOnline"
    assert gateway.calls[0].json["PartyB"] == "5551234"


@pytest.mark.parametrize(
    ("amount", "status", "body", "code", "words"),
    [
        ("0", 200, b"", 2, "Nothing was sent"),
        ("10", 500, b"", 3, "It may have taken effect"),
        ("10", 500, {"errorCode": "500.001.1001", "errorMessage": "Wrong credentials"}, 1, "Nothing moved"),
    ],
)
def test_push_tells_refused_from_unknown(gateway, answer, variables, *, amount, status, body, code, words):
    gateway.answers(answer(status=status, body=body))
    result = run("push", "0708374149", amount, **variables)
    assert result.exit_code == code
    assert words in result.stderr
    assert PASSKEY not in result.output


def test_a_missing_secret_is_named(variables):
    result = run("push", "0708374149", "10", **(variables | {"DARAJA_PASSKEY": ""}))
    assert result.exit_code == 2
    assert "DARAJA_PASSKEY" in result.stderr


def test_status_of_a_prompt(gateway, answer, variables):
    gateway.answers(answer(body=(SAMPLES / "stkquery_1032_2017.json").read_bytes()))
    result = run("status", "ws_CO_1", **variables)
    assert result.exit_code == 0
    assert "failed" in result.output
    assert "1032 (CANCELLED)" in result.output


def post_result(gateway, sample: bytes) -> threading.Thread:
    """Post a result, as M-PESA does, once the gateway has been asked."""

    def deliver() -> None:
        assert gateway.asked.wait(20)
        url = str(gateway.calls[0].json["ResultURL"])
        request = urllib.request.Request(url, data=sample, headers={"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310 (loopback)
            assert answer.status == 200

    thread = threading.Thread(target=deliver)
    thread.start()
    return thread


@pytest.fixture
def operator(variables, tmp_path) -> dict[str, str]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "gateway.cer"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return variables | {
        "DARAJA_INITIATOR": "testapi",
        "DARAJA_INITIATOR_PASSWORD": "Kahawa#2026",
        "DARAJA_CERTIFICATE": str(path),
    }


def test_balance_waits_for_the_result_of_a_simulator(gateway, answer, operator):
    gateway.answers(answer(body=(SAMPLES / "ack_balance_2020.json").read_bytes()))
    delivery = post_result(gateway, (SAMPLES / "balance_ok_2020_strings.json").read_bytes())
    result = run("balance", **operator)
    delivery.join()
    assert result.exit_code == 0, result.output
    assert "Utility Account: KES" in result.output
    assert gateway.calls[0].json["CommandID"] == "AccountBalance"


def test_status_of_a_receipt_waits_for_the_result_of_a_simulator(gateway, answer, operator):
    gateway.answers(answer(body=(SAMPLES / "ack_txstatus_2021.json").read_bytes()))
    delivery = post_result(gateway, (SAMPLES / "txstatus_ok_mmf.json").read_bytes())
    result = run("status", "SBJ7TLTQA2", **operator)
    delivery.join()
    assert result.exit_code == 0, result.output
    assert "Completed" in result.output


def test_a_result_url_of_ones_own_is_not_waited_for(gateway, answer, operator):
    gateway.answers(answer(body=(SAMPLES / "ack_balance_2020.json").read_bytes()))
    result = run("balance", "--result-url", "https://shop.example/result", **operator)
    assert result.exit_code == 0
    assert "daraja decode" in result.output


def test_a_real_gateway_needs_a_public_result_url(operator):
    result = run("balance", "--environment", "sandbox", **operator)
    assert result.exit_code == 2
    assert "DARAJA_RESULT_URL" in result.stderr


def test_a_certificate_must_be_named(variables):
    result = run("balance", "--initiator", "testapi", **(variables | {"DARAJA_INITIATOR_PASSWORD": "x"}))
    assert result.exit_code == 2
