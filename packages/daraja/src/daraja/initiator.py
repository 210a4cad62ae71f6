"""The API operator on whose behalf an organisation's money moves, and its encrypted password."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from daraja.errors import InvalidRequest


def read_certificate(certificate: bytes | Path) -> x509.Certificate:
    """Safaricom's certificate, PEM or DER, as downloaded from the portal. Raises `InvalidRequest`."""
    try:
        content = certificate.read_bytes() if isinstance(certificate, Path) else certificate
    except OSError as error:
        raise InvalidRequest("certificate", f"cannot be read: {error.strerror}") from None
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except ValueError:
        raise InvalidRequest("certificate", "must be the X.509 certificate from the portal, PEM or DER") from None


def security_credential(password: str, certificate: bytes | Path) -> str:
    """An initiator's password as `SecurityCredential`: RSA with PKCS #1 v1.5 padding, then base64.

    Sandbox and production have different certificates; with the wrong one the result's code is 2001, and a few
    of those lock the operator. The text differs each time and stays valid: make it once and keep it.
    """
    key = read_certificate(certificate).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidRequest("certificate", "must hold an RSA key, as Safaricom's do")
    if not password:
        raise InvalidRequest("password", "must be given")
    try:
        return base64.b64encode(key.encrypt(password.encode(), padding.PKCS1v15())).decode()
    except ValueError:
        raise InvalidRequest("password", "is too long for the certificate's key") from None


@dataclass(frozen=True, kw_only=True)
class Initiator:
    """An API operator: its name in the M-PESA portal and its encrypted password."""

    name: str
    security_credential: str = field(repr=False)

    @classmethod
    def from_password(cls, name: str, password: str, certificate: bytes | Path) -> "Initiator":
        """Encrypt the password with Safaricom's certificate for the environment in use."""
        return cls(name=name, security_credential=security_credential(password, certificate))
