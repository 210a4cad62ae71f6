"""The network's own certificate, and the security credentials that initiators make with it.

A credential is the initiator's password, encrypted for the certificate (RSA, PKCS #1 v1.5) and written in base64.
Nobody but Safaricom can read one that was made with Safaricom's certificate, so such a credential is taken on trust;
one that was made with this network's certificate is checked.
"""

import base64
import binascii
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from mpesa_simulator.core.books import Books

_FACT = "private_key"
_BYTES = 256
_SHORTEST_PASSWORD = 6


def certificate(books: Books) -> bytes:
    """The certificate to make credentials with, PEM. It is made when it is first asked for, and kept."""
    key = _private_key(books) or _make_private_key(books)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "M-PESA simulator")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 12, 31, tzinfo=UTC))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def make(pem: bytes, password: str) -> str:
    """The security credential of an initiator with this password, for the certificate `pem`."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(password.encode(), padding.PKCS1v15())).decode()


def is_well_formed(credential: str) -> bool:
    """Whether this can be a credential at all: 256 bytes in base64."""
    try:
        return len(base64.b64decode(credential, validate=True)) == _BYTES
    except binascii.Error:
        return False


def password_in(books: Books, credential: str) -> str | None:
    """The password inside, or None when the credential was made with another certificate."""
    key = _private_key(books)
    if key is None:
        return None
    # What was made for another key decrypts to noise, never to a readable password.
    inside = key.decrypt(base64.b64decode(credential), padding.PKCS1v15())
    if len(inside) < _SHORTEST_PASSWORD or not inside.isascii() or not inside.decode().isprintable():
        return None
    return inside.decode()


def _private_key(books: Books) -> rsa.RSAPrivateKey | None:
    kept = books.fact(_FACT)
    return None if kept is None else _read_private_key(kept)


@lru_cache(maxsize=8)
def _read_private_key(pem: str) -> rsa.RSAPrivateKey:
    """Reading a key proves its primes anew, which takes a hundred times as long as using it."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _make_private_key(books: Books) -> rsa.RSAPrivateKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BYTES * 8)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    books.remember(_FACT, pem.decode())
    return key
