"""The callback URL: will M-PESA take it, reach it, and be answered?"""

import time
from collections.abc import Iterator

import httpx

from daraja.doctor.findings import Finding, bad, good, note
from daraja.environment import Environment
from daraja.rules import Unfit, check_callback_url
from daraja.transport import trusted_authorities

_LONGEST = 5.0
"""Seconds within which a callback should be answered."""

_HARMLESS = {
    "Body": {
        "stkCallback": {
            "MerchantRequestID": "0-0-0",
            "CheckoutRequestID": "ws_CO_01012020000000000708374149",
            "ResultCode": 1032,
            "ResultDesc": "Request cancelled by user",
        }
    }
}
"""A cancelled prompt that nobody ever sent: a sound handler answers 200 and changes nothing."""


def check_callback(url: str | None, environment: Environment) -> Iterator[Finding]:
    """Check the URL by M-PESA's rules, then post a harmless callback to it."""
    if not url:
        yield note("callback URL", "None was given, so it was not checked.")
        return
    try:
        check_callback_url(url, environment)
    except Unfit as error:
        yield bad("callback URL", f"It {error}.")
        return
    started = time.monotonic()
    try:
        answer = httpx.post(url, json=_HARMLESS, timeout=_LONGEST, verify=trusted_authorities())
    except httpx.TimeoutException:
        yield bad("callback URL", f"No answer within {_LONGEST:.0f} seconds. Answer first, and work afterwards.")
    except httpx.ConnectError as error:
        yield bad("callback URL", _why_unreachable(error))
    except httpx.HTTPError as error:
        yield bad("callback URL", f"The connection broke before an answer came ({type(error).__name__}).")
    else:
        yield _judge(answer.status_code, time.monotonic() - started)


def _why_unreachable(error: httpx.ConnectError) -> str:
    if "CERTIFICATE" in str(error).upper():
        return "Its TLS certificate is not trusted. Renew it, and serve the whole chain."
    return "Nothing listens there, or the name cannot be resolved. M-PESA could not deliver anything."


def _judge(status: int, seconds: float) -> Finding:
    subject = "callback URL"
    if 200 <= status < 300:
        return good(subject, f"It answers HTTP {status} in {seconds * 1000:,.0f} ms.")
    if 300 <= status < 400:
        return bad(subject, f"It redirects (HTTP {status}), and M-PESA does not follow. Give the final address.")
    if status in (401, 403):
        return note(
            subject,
            f"It refuses this computer (HTTP {status}). That is right if only M-PESA's addresses are let in; if not,"
            " exempt the URL from sign-in and CSRF checks.",
        )
    if status in (404, 405):
        return bad(subject, f"It does not take POST there (HTTP {status}). Check the path and the route's methods.")
    return bad(subject, f"It fails with HTTP {status}. M-PESA would drop the message and not send it again.")
