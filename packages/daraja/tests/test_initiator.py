"""Encrypting an initiator's password with a certificate."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

import daraja

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway.example")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


@pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_only_m_pesa_can_read_the_password(tmp_path, encoding):
    path = tmp_path / "gateway.cer"
    path.write_bytes(certificate(KEY).public_bytes(encoding))
    credential = daraja.security_credential("Kahawa#2026", path)
    assert len(credential) == 344
    assert KEY.decrypt(base64.b64decode(credential), padding.PKCS1v15()) == b"Kahawa#2026"
    assert daraja.security_credential("Kahawa#2026", path) != credential


def test_an_initiator_shows_no_credential():
    initiator = daraja.Initiator.from_password(
        "testapi", "Kahawa#2026", certificate(KEY).public_bytes(serialization.Encoding.PEM)
    )
    assert initiator.security_credential not in repr(initiator)
    assert "testapi" in repr(initiator)


def test_what_is_no_certificate_is_named(tmp_path):
    pem = certificate(KEY).public_bytes(serialization.Encoding.PEM)
    elliptic = certificate(ec.generate_private_key(ec.SECP256R1())).public_bytes(serialization.Encoding.PEM)
    for password, source, field in (
        ("x", b"not a certificate", "certificate"),
        ("x", tmp_path / "missing.cer", "certificate"),
        ("x", elliptic, "certificate"),
        ("", pem, "password"),
        ("x" * 300, pem, "password"),
    ):
        with pytest.raises(daraja.InvalidRequest) as caught:
            daraja.security_credential(password, source)
        assert caught.value.field == field
