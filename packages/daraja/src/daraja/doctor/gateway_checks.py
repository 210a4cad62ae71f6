"""The gateway, the clock, the app's keys and its products, the shortcode and its passkey."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from daraja.apis.stk import StkQuery, StkState
from daraja.apis.unlisted import UnlistedCall
from daraja.client import Client
from daraja.doctor.findings import Finding, bad, good, note
from daraja.doctor.setup import Setup
from daraja.environment import Credentials, Environment
from daraja.errors import (
    DarajaError,
    InvalidRequest,
    OutcomeUnknown,
    Refused,
    RejectedField,
    Throttled,
    TokenRejected,
    Unreachable,
    WrongCredentials,
)
from daraja.transport import trusted_authorities

SANDBOX_SHORTCODE = "174379"
SANDBOX_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
"""The public sandbox's passkey, printed on the portal for everybody."""

_PATIENCE = 10.0
"""Seconds to wait for each answer."""
_CLOCK_TOLERANCE = 60.0
_PASSKEY = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_PROBE_ID = "ws_CO_01012020000000000708374149"
"""An id that no prompt has."""

PRODUCTS = {
    "STK Push": "/mpesa/stkpush/v1/processrequest",
    "STK query": "/mpesa/stkpushquery/v1/query",
    "C2B v1": "/mpesa/c2b/v1/registerurl",
    "C2B v2": "/mpesa/c2b/v2/registerurl",
    "B2C v1": "/mpesa/b2c/v1/paymentrequest",
    "B2C v3": "/mpesa/b2c/v3/paymentrequest",
    "B2B": "/mpesa/b2b/v1/paymentrequest",
    "Reversal": "/mpesa/reversal/v1/request",
    "Transaction Status": "/mpesa/transactionstatus/v1/query",
    "Account Balance": "/mpesa/accountbalance/v1/query",
    "Dynamic QR": "/mpesa/qrcode/v1/generate",
    "Pull Transactions": "/pulltransactions/v1/query",
}


def check_clock(environment: Environment) -> Iterator[Finding]:
    """Can the gateway be reached, and do its clock and ours agree?"""
    try:
        answer = httpx.get(environment.base_url, timeout=_PATIENCE, verify=trusted_authorities())
    except httpx.HTTPError as error:
        yield bad("gateway", f"{environment.base_url} cannot be reached ({type(error).__name__}). Check the network.")
        return
    yield good("gateway", f"{environment.base_url} answers.")
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        yield note("clock", "The gateway did not say what time it is, so the clock could not be compared.")
        return
    seconds = (datetime.now(UTC) - theirs).total_seconds()
    if abs(seconds) > _CLOCK_TOLERANCE:
        direction = "ahead of" if seconds > 0 else "behind"
        yield bad(
            "clock",
            f"This computer is {abs(seconds):,.0f} seconds {direction} the gateway. M-PESA checks the Timestamp of"
            " every prompt: switch on time synchronisation.",
        )
    else:
        yield good("clock", "This computer and the gateway agree on the time.")


def check_keys(setup: Setup) -> Iterator[Finding]:
    """Were a consumer key and secret given, and in one piece?"""
    for subject, value in (("consumer key", setup.consumer_key), ("consumer secret", setup.consumer_secret)):
        if not value:
            yield bad(subject, "It is missing. Copy it from your app's page on the Daraja portal.")
        elif value != value.strip() or any(letter.isspace() for letter in value):
            yield bad(subject, "It has a space or line break in it. Copy it again from your app's page.")


def open_client(setup: Setup, environment: Environment) -> Client:
    """A client for the examination."""
    credentials = Credentials(consumer_key=setup.consumer_key or "", consumer_secret=setup.consumer_secret or "")
    return Client(credentials=credentials, environment=environment, timeout=_PATIENCE)


def check_token(client: Client) -> Finding:
    """Does the gateway take the consumer key and secret?"""
    try:
        client.authenticate()
    except WrongCredentials:
        return bad("consumer key", _why_no_token(client.environment))
    except DarajaError as error:
        return bad("gateway", error.message)
    return good("consumer key", "The gateway accepts the consumer key and secret.")


def check_products(client: Client) -> Iterator[Finding]:
    """Which products may the app use? Each is sent an empty body, which it must refuse whatever happens."""
    found: dict[str, list[str]] = {"present": [], "missing": [], "unsure": []}
    for product, path in PRODUCTS.items():
        found[_probe(client, path)].append(product)
    if found["present"]:
        yield good("products", f"The app may use {', '.join(found['present'])}.")
    if found["unsure"]:
        yield note("products", f"No clear answer about {', '.join(found['unsure'])}.")
    if "STK Push" in found["missing"]:
        yield bad("products", 'The app may not use STK Push: add "M-PESA Express" to it on the Daraja portal.')
    others = [product for product in found["missing"] if product != "STK Push"]
    if others:
        yield note("products", f"Not on this app: {', '.join(others)}. Add what you need on the Daraja portal.")


def _probe(client: Client, path: str) -> str:
    try:
        client.unlisted(UnlistedCall(target=path, content={}))
    except WrongCredentials:
        return "missing"
    except (OutcomeUnknown, Throttled, Unreachable):
        return "unsure"
    except Refused as error:
        return "missing" if error.http_status == 404 else "present"
    return "unsure"


def _why_no_token(environment: Environment) -> str:
    if environment == Environment.PRODUCTION:
        hint = "Sandbox keys do not work in production."
    elif environment == Environment.SANDBOX:
        hint = "Production keys do not work in the sandbox."
    else:
        hint = "Do they belong to this gateway?"
    return f"The gateway refuses the consumer key and secret. {hint}"


def check_shortcode(client: Client, setup: Setup) -> Iterator[Finding]:
    """Do shortcode and passkey belong together? Asks about a prompt that does not exist, which disturbs nobody."""
    if setup.shortcode is None or setup.passkey is None:
        yield note("shortcode", "No shortcode and passkey were given, so prompts were not checked.")
        return
    yield from check_sandbox_values(client.environment, setup.shortcode, setup.passkey)
    query = StkQuery(shortcode=setup.shortcode, passkey=setup.passkey, checkout_request_id=_PROBE_ID)
    try:
        state = client.stk_query(query).state
    except InvalidRequest as error:
        yield bad(error.field, f"It {error.advice}.")
    except TokenRejected:
        yield bad("products", 'The app may not use the STK query: add "M-PESA Express Query" to it on the portal.')
    except WrongCredentials as error:
        if "merchant" in error.message.lower():
            words = "M-PESA does not know this shortcode for prompts. For a till, use the store number."
            yield bad("shortcode", words)
        else:
            yield bad("passkey", "It does not belong to this shortcode. Ask Safaricom which passkey it was sent.")
    except RejectedField as error:
        yield bad("shortcode", f"M-PESA refuses {error.field}. Is {setup.shortcode} a paybill or store number?")
    except DarajaError as error:
        yield note("shortcode", f"No clear answer about shortcode and passkey: {error.message}")
    else:
        if state is StkState.UNKNOWN_ID:
            yield good("passkey", f"Shortcode {setup.shortcode} and the passkey belong together.")
        else:
            yield note("passkey", "The gateway claims to know a prompt that was never sent: is it a test double?")


def check_sandbox_values(environment: Environment, shortcode: str, passkey: str) -> Iterator[Finding]:
    """Are the public sandbox's values, or one's own, in use where they do not belong?"""
    if environment == Environment.PRODUCTION and (shortcode == SANDBOX_SHORTCODE or passkey == SANDBOX_PASSKEY):
        yield bad("shortcode", "The public sandbox's shortcode or passkey is in use with production. Use your own.")
    elif environment == Environment.SANDBOX and shortcode != SANDBOX_SHORTCODE:
        yield bad("shortcode", f"The sandbox sends prompts for {SANDBOX_SHORTCODE} only.")
    if not _PASSKEY.fullmatch(passkey):
        yield note("passkey", "It does not look like one: passkeys are 64 digits and letters a to f.")
