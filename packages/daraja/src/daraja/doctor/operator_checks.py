"""The API operator: name, password and certificate. Nothing is sent, because wrong tries lock the operator."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from daraja.doctor.findings import Finding, bad, good, note
from daraja.doctor.setup import Setup
from daraja.errors import InvalidRequest
from daraja.initiator import read_certificate

_REFUSED = re.compile(r"[@.()\s]")
_UNUSUAL = re.compile(r"[^A-Za-z0-9#&%$]")
_KEY_BITS = 2048


def check_operator(setup: Setup) -> Iterator[Finding]:
    """Check what payouts, reversals, status and balance need."""
    if setup.initiator is None and setup.initiator_password is None and setup.certificate is None:
        yield note("initiator", "None was given, so payouts, reversals, status and balance were not checked.")
        return
    if not setup.initiator:
        yield bad("initiator", "Its name is missing. It is the API operator's user name in the M-PESA portal.")
    if not setup.initiator_password:
        yield bad("initiator password", "It is missing.")
    elif found := sorted(set(_REFUSED.findall(setup.initiator_password))):
        listed = " ".join("space" if letter.isspace() else letter for letter in found)
        yield bad("initiator password", f"It contains {listed}, with which M-PESA fails. Use # & % $ if you must.")
    elif _UNUSUAL.search(setup.initiator_password):
        yield note("initiator password", "M-PESA promises to take letters, digits and # & % $; this one has others.")
    else:
        yield good("initiator password", "Its characters are all allowed. It expires 90 days after it was set.")
    yield from _check_certificate(setup)


def _check_certificate(setup: Setup) -> Iterator[Finding]:
    subject = "certificate"
    if setup.certificate is None:
        yield bad(subject, "It is missing. Download the one for this environment from the Daraja portal.")
        return
    try:
        certificate = read_certificate(setup.certificate)
    except InvalidRequest as error:
        yield bad(subject, f"It {error.advice}.")
        return
    key, now = certificate.public_key(), datetime.now(UTC)
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _KEY_BITS:
        yield bad(subject, f"It is not Safaricom's: those hold an RSA key of {_KEY_BITS} bits.")
    elif certificate.not_valid_after_utc < now:
        yield bad(subject, f"It expired on {certificate.not_valid_after_utc:%d %B %Y}. Download the current one.")
    elif certificate.not_valid_before_utc > now:
        yield bad(subject, f"It is not valid before {certificate.not_valid_before_utc:%d %B %Y}. Check the clock.")
    else:
        yield good(subject, f"It is valid until {certificate.not_valid_after_utc:%d %B %Y}.")
