"""The M-PESA account that this market collects into, and the one client that talks to it."""

from __future__ import annotations

from functools import cache

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.tokens import DatabaseTokenStore

CALLBACK_PATH = "/callbacks/stk/"
"""Where M-PESA reports how a prompt ended; the attempt's secret token follows. It avoids the words that Safaricom's
gateway refuses in addresses."""


@cache
def client() -> daraja.Client:
    """The client of this process. It is thread-safe, and shares one token with all other processes."""
    return daraja.Client(
        credentials=daraja.Credentials(
            consumer_key=CONFIGURATION.mpesa_consumer_key.get_secret_value(),
            consumer_secret=CONFIGURATION.mpesa_consumer_secret.get_secret_value(),
        ),
        environment=_environment(),
        timeout=CONFIGURATION.mpesa_timeout,
        token_store=DatabaseTokenStore(),
    )


def hang_up() -> None:
    """Close this process's client, if it made one: at the end of a worker, or when the configuration changed."""
    if client.cache_info().currsize:
        client().close()
        client.cache_clear()


def _environment() -> daraja.Environment:
    if CONFIGURATION.mpesa_environment == "production":
        return daraja.Environment.PRODUCTION
    if CONFIGURATION.mpesa_environment == "sandbox":
        return daraja.Environment.SANDBOX
    return daraja.Environment(base_url=CONFIGURATION.mpesa_base_url, allow_http=True)


def callback_url(token: str) -> str:
    """The address for one attempt's callback."""
    return CONFIGURATION.mpesa_callback_base_url.rstrip("/") + CALLBACK_PATH + token


def callback_addresses() -> frozenset[str]:
    """Addresses that callbacks may come from: the operator's list, or Safaricom's published one."""
    listed = CONFIGURATION.mpesa_callback_addresses
    return frozenset(part.strip() for part in listed.split(",")) if listed else frozenset(daraja.SAFARICOM_ADDRESSES)
