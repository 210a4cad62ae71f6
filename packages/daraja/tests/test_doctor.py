"""The doctor finds each of many planted faults, names it, and finds none in a sound set-up."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

import daraja
from daraja.cli.commands import app
from daraja.doctor import Finding, Setup, Verdict, examine
from daraja.doctor.callback_checks import check_callback
from daraja.doctor.gateway_checks import check_sandbox_values

PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
QUERY_PATH = "/mpesa/stkpushquery/v1/query"
PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
NOT_ON_THE_APP = (
    "401.003.01",
    "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found",
)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write_certificate(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: tuple[int, int]) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


def envelope(code: str, message: str) -> dict[str, object]:
    return {"requestId": "1", "errorCode": code, "errorMessage": message}


@pytest.fixture
def sound(gateway, answer, tmp_path) -> Setup:
    """A set-up without a fault, at a gateway that behaves."""
    gateway.answers(answer(status=400, body=envelope("400.002.02", "Bad Request - Invalid BusinessShortCode")))
    gateway.routes = {
        "/": answer(status=404),
        "/pay/abc": answer(body={"ResultCode": 0}),
        QUERY_PATH: answer(status=400, body=envelope("400.002.02", "Bad Request - Invalid CheckoutRequestID")),
    }
    return Setup(
        environment=gateway.url,
        consumer_key="key",
        consumer_secret="secret",
        shortcode="174379",
        passkey=PASSKEY,
        callback_url=f"{gateway.url}/pay/abc",
        initiator="testapi",
        initiator_password="Kahawa#2026",
        certificate=write_certificate(tmp_path / "sound.cer", KEY, (-1, 300)),
    )


def faults(setup: Setup) -> list[Finding]:
    return [finding for finding in examine(setup) if finding.verdict is Verdict.BAD]


def only_fault(setup: Setup) -> Finding:
    (fault,) = faults(setup)
    return fault


def test_a_sound_set_up_has_no_fault(sound):
    findings = list(examine(sound))
    assert [finding for finding in findings if finding.verdict is not Verdict.GOOD] == []
    assert {finding.subject for finding in findings} == {
        "gateway",
        "clock",
        "consumer key",
        "products",
        "passkey",
        "callback URL",
        "initiator password",
        "certificate",
    }


def test_no_examination_moves_money_or_rings_a_phone(gateway, sound):
    list(examine(sound))
    for call in gateway.calls:
        assert call.body in (b"", b"{}") or call.path in (QUERY_PATH, "/pay/abc")


@pytest.mark.parametrize(
    ("change", "subject", "words"),
    [
        ({"environment": "prod"}, "environment", "production, sandbox"),
        ({"environment": "http://gateway.example"}, "environment", "https"),
        ({"environment": "http://127.0.0.1:1"}, "gateway", "cannot be reached"),
        ({"consumer_key": None}, "consumer key", "missing"),
        ({"consumer_secret": "sec ret\n"}, "consumer secret", "space"),
        ({"shortcode": "17"}, "shortcode", "5 to 7 digits"),
        ({"callback_url": "shop.example/pay"}, "callback URL", "full URL"),
        ({"callback_url": "https://shop.example/mpesa/abc"}, "callback URL", "mpesa"),
        ({"callback_url": "https://shop.example/pay abc"}, "callback URL", "spaces"),
        ({"callback_url": "http://127.0.0.1:1/pay"}, "callback URL", "Nothing listens"),
        ({"initiator": ""}, "initiator", "name is missing"),
        ({"initiator_password": None}, "initiator password", "missing"),
        ({"initiator_password": "Safari.com@1"}, "initiator password", ". @"),
        ({"certificate": None}, "certificate", "missing"),
        ({"certificate": Path("nowhere.cer")}, "certificate", "cannot be read"),
    ],
)
def test_a_fault_in_what_was_written_down_is_named(sound, change, subject, words):
    fault = only_fault(replace(sound, **change))
    assert fault.subject == subject
    assert words in fault.words


@pytest.mark.parametrize(
    ("path", "status", "error", "subject", "words"),
    [
        (QUERY_PATH, 500, ("500.001.1001", "Wrong credentials"), "passkey", "does not belong"),
        (QUERY_PATH, 500, ("500.001.1001", "Merchant does not exist"), "shortcode", "store number"),
        (QUERY_PATH, 400, ("400.002.02", "Bad Request - Invalid BusinessShortCode"), "shortcode", "BusinessShortCode"),
        (
            PUSH_PATH,
            401,
            NOT_ON_THE_APP,
            "products",
            "M-PESA Express",
        ),
        ("/pay/abc", 301, None, "callback URL", "redirects"),
        ("/pay/abc", 404, None, "callback URL", "does not take POST"),
        ("/pay/abc", 405, None, "callback URL", "does not take POST"),
        ("/pay/abc", 500, None, "callback URL", "HTTP 500"),
    ],
)
def test_a_fault_that_only_the_network_shows_is_named(gateway, sound, answer, *, path, status, error, subject, words):
    gateway.routes[path] = answer(status=status, body=envelope(*error) if error else b"")
    fault = only_fault(sound)
    assert fault.subject == subject
    assert words in fault.words


@pytest.mark.parametrize(
    ("status", "body"), [(400, b""), (400, envelope("400.008.01", "Invalid Authentication passed"))]
)
def test_keys_of_another_environment_are_named(gateway, sound, answer, status, body):
    gateway.token_script[:] = [answer(status=status, body=body)]
    fault = only_fault(sound)
    assert fault.subject == "consumer key"
    assert "refuses the consumer key" in fault.words


def test_a_wrong_clock_is_named(gateway, sound, answer):
    gateway.routes["/"] = answer(status=404, date="Mon, 23 Nov 2020 04:00:00 GMT")
    fault = only_fault(sound)
    assert fault.subject == "clock"
    assert "ahead of" in fault.words


def test_a_product_that_only_some_need_is_a_note(gateway, sound, answer):
    gateway.routes["/mpesa/c2b/v2/registerurl"] = answer(
        status=401,
        body=envelope(
            "401.003.01", "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"
        ),
    )
    assert faults(sound) == []
    assert any("Not on this app: C2B v2" in finding.words for finding in examine(sound))


def test_a_handler_that_keeps_strangers_out_is_a_note(gateway, sound, answer):
    gateway.routes["/pay/abc"] = answer(status=403)
    assert faults(sound) == []
    assert any("CSRF" in finding.words for finding in examine(sound))


@pytest.mark.parametrize(
    ("key", "days", "words"),
    [
        (KEY, (-9, -2), "expired"),
        (KEY, (2, 9), "not valid before"),
        (ec.generate_private_key(ec.SECP256R1()), (-1, 9), "not Safaricom's"),
    ],
)
def test_a_certificate_that_will_not_do_is_named(sound, tmp_path, key, days, words):
    path = write_certificate(tmp_path / "other.cer", key, days)
    fault = only_fault(replace(sound, certificate=path))
    assert fault.subject == "certificate"
    assert words in fault.words


def test_the_sandboxs_own_password_is_only_a_note(sound):
    setup = replace(sound, initiator_password="Safaricom999!*!")
    assert faults(setup) == []
    assert [finding.subject for finding in examine(setup) if finding.verdict is Verdict.NOTE] == ["initiator password"]


def test_a_text_that_is_no_certificate_is_named(sound, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<html>")
    assert only_fault(replace(sound, certificate=path)).subject == "certificate"


@pytest.mark.parametrize(
    ("environment", "shortcode", "passkey", "words"),
    [
        (daraja.Environment.PRODUCTION, "174379", "a" * 64, "public sandbox's"),
        (daraja.Environment.PRODUCTION, "600992", PASSKEY, "public sandbox's"),
        (daraja.Environment.SANDBOX, "600992", PASSKEY, "174379 only"),
    ],
)
def test_values_of_the_other_environment_are_named(environment, shortcode, passkey, words):
    (fault,) = check_sandbox_values(environment, shortcode, passkey)
    assert (fault.verdict, fault.subject) == (Verdict.BAD, "shortcode")
    assert words in fault.words


def test_an_address_that_m_pesa_cannot_reach_is_named():
    for url, words in (("http://shop.example/pay", "https://"), ("https://10.0.0.4/pay", "public host")):
        (fault,) = check_callback(url, daraja.Environment.PRODUCTION)
        assert fault.verdict is Verdict.BAD
        assert words in fault.words


def test_the_command_says_it_in_words_and_shows_no_secret(gateway, sound):
    variables = {
        "DARAJA_ENVIRONMENT": gateway.url,
        "DARAJA_CONSUMER_KEY": "key-in-secret",
        "DARAJA_CONSUMER_SECRET": "secret-in-secret",
        "DARAJA_SHORTCODE": "174379",
        "DARAJA_PASSKEY": PASSKEY,
        "DARAJA_CALLBACK_URL": sound.callback_url,
        "DARAJA_INITIATOR": "testapi",
        "DARAJA_INITIATOR_PASSWORD": "Kahawa#2026",
        "DARAJA_CERTIFICATE": str(sound.certificate),
    }
    result = CliRunner().invoke(app, ["doctor"], env=variables)
    assert result.exit_code == 0, result.output
    assert "Nothing wrong was found." in result.output
    broken = CliRunner().invoke(app, ["doctor"], env=variables | {"DARAJA_INITIATOR_PASSWORD": "Safari.com@1"})
    assert broken.exit_code == 1
    assert "✗ initiator password" in broken.output
    shown = result.output + broken.output
    encoded = base64.b64encode(b"key-in-secret:secret-in-secret").decode()
    for secret in ("key-in-secret", "secret-in-secret", PASSKEY, "Safari.com@1", encoded):
        assert not re.search(re.escape(secret), shown)
