"""The M-PESA account that this market collects into, and the one client that talks to it."""

from __future__ import annotations

from functools import cache

from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.tokens import DatabaseTokenStore

CALLBACK_PATH = "/callbacks/stk/"
"""Where M-PESA reports how a prompt ended; the attempt's secret token follows. The paths avoid the words that
Safaricom's gateway refuses in addresses."""

CONFIRMATION_PATH = "/callbacks/paybill/paid/"
"""Where M-PESA reports payments to the paybill; the market's own secret token follows."""

VALIDATION_PATH = "/callbacks/paybill/may-pay/"
"""Where M-PESA asks whether a payment by hand may go on; the same token follows."""

RESULT_PATH = "/callbacks/result/"
"""Where M-PESA tells what became of a transaction that we enquired about; the enquiry's secret token follows."""


PAYOUT_PATH = "/callbacks/payout/"
"""Where M-PESA tells what became of money that we paid out; the transfer's secret token follows."""


@cache
def client() -> daraja.Client:
    """The client of this process. It is thread-safe, and shares one token with all other processes."""
    return _client(tries=3)


@cache
def questioner() -> daraja.Client:
    """The same for questions that have a schedule of their own: each is tried once, and counts once against M-PESA's
    allowance."""
    return _client(tries=1)


def _client(*, tries: int) -> daraja.Client:
    return daraja.Client(
        credentials=daraja.Credentials(
            consumer_key=CONFIGURATION.mpesa_consumer_key.get_secret_value(),
            consumer_secret=CONFIGURATION.mpesa_consumer_secret.get_secret_value(),
        ),
        environment=_environment(),
        timeout=CONFIGURATION.mpesa_timeout,
        token_store=DatabaseTokenStore(),
        tries=tries,
    )


def hang_up() -> None:
    """Close this process's clients, if it made any: at the end of a worker, or when the configuration changed."""
    for made in (client, questioner):
        if made.cache_info().currsize:
            made().close()
            made.cache_clear()
    initiator.cache_clear()
    b2c_initiator.cache_clear()


def _environment() -> daraja.Environment:
    if CONFIGURATION.mpesa_environment == "production":
        return daraja.Environment.PRODUCTION
    if CONFIGURATION.mpesa_environment == "sandbox":
        return daraja.Environment.SANDBOX
    return daraja.Environment(base_url=CONFIGURATION.mpesa_base_url, allow_http=True)


def callback_url(token: str) -> str:
    """The address for one attempt's callback."""
    return CONFIGURATION.mpesa_callback_base_url.rstrip("/") + CALLBACK_PATH + token


@cache
def initiator() -> daraja.Initiator | None:
    """The API operator on whose behalf we enquire about transactions, if there is one.

    Raises:
        daraja.InvalidRequest: the certificate cannot be read, or does not fit.
    """
    return _initiator(
        CONFIGURATION.mpesa_initiator,
        CONFIGURATION.mpesa_security_credential,
        CONFIGURATION.mpesa_initiator_password,
    )


@cache
def b2c_initiator() -> daraja.Initiator | None:
    """The API operator on whose behalf we pay out from the B2C shortcode, if there is one.

    Raises:
        daraja.InvalidRequest: the certificate cannot be read, or does not fit.
    """
    return _initiator(
        CONFIGURATION.mpesa_b2c_initiator,
        CONFIGURATION.mpesa_b2c_security_credential,
        CONFIGURATION.mpesa_b2c_initiator_password,
    )


def _initiator(name: str, credential: SecretStr, password: SecretStr) -> daraja.Initiator | None:
    if not name:
        return None
    if credential:
        return daraja.Initiator(name=name, security_credential=credential.get_secret_value())
    assert CONFIGURATION.mpesa_certificate is not None
    return daraja.Initiator.from_password(name, password.get_secret_value(), CONFIGURATION.mpesa_certificate)


def result_url(token: str) -> str:
    """The address for one enquiry's result."""
    return CONFIGURATION.mpesa_callback_base_url.rstrip("/") + RESULT_PATH + token


def payout_url(token: str) -> str:
    """The address for the result of one payment out, or of one question about it."""
    return CONFIGURATION.mpesa_callback_base_url.rstrip("/") + PAYOUT_PATH + token


def register_paybill() -> None:
    """Tell M-PESA where payments to the paybill are reported and asked about. In production that works once.

    Raises:
        daraja.AlreadyRegistered: addresses are registered, perhaps others; Safaricom's portal changes them.
        daraja.DarajaError: M-PESA did not take them.
    """
    base, token = CONFIGURATION.mpesa_callback_base_url.rstrip("/"), CONFIGURATION.mpesa_paybill_token
    client().register_c2b(
        daraja.RegisterC2b(
            shortcode=CONFIGURATION.mpesa_shortcode,
            confirmation_url=base + CONFIRMATION_PATH + token.get_secret_value(),
            validation_url=base + VALIDATION_PATH + token.get_secret_value(),
            when_unanswered=daraja.WhenUnanswered(CONFIGURATION.mpesa_when_unsure),
        )
    )


def register_pull(nominated_msisdn: str) -> None:
    """Ask M-PESA to let us pull the paybill's transactions, which is how payments whose callbacks were lost are found.

    Raises:
        daraja.DarajaError: M-PESA did not agree.
    """
    client().register_pull(
        daraja.RegisterPull(
            shortcode=CONFIGURATION.mpesa_shortcode,
            nominated_msisdn=nominated_msisdn,
            callback_url=CONFIGURATION.mpesa_callback_base_url.rstrip("/") + "/callbacks/pulled",
        )
    )


def callback_addresses() -> frozenset[str]:
    """Addresses that callbacks may come from: the operator's list, or Safaricom's published one."""
    listed = CONFIGURATION.mpesa_callback_addresses
    return frozenset(listed.split(",")) if listed else frozenset(daraja.SAFARICOM_ADDRESSES)
