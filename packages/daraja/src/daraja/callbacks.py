"""Who may post to a callback URL. M-PESA signs nothing, so the URL itself must be the secret."""

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable

SAFARICOM_ADDRESSES: tuple[str, ...] = (
    "196.201.212.69",
    "196.201.212.74",
    "196.201.212.127",
    "196.201.212.129",
    "196.201.212.136",
    "196.201.212.138",
    "196.201.213.44",
    "196.201.213.114",
    "196.201.214.200",
    "196.201.214.206",
    "196.201.214.207",
    "196.201.214.208",
)
"""The gateway addresses that Safaricom's Getting Started page publishes for callbacks. They change without
notice and the sandbox may use others: a second control, never the only one."""


def callback_token() -> str:
    """256 random bits as 64 URL-safe characters, to make one payment's callback URL unguessable.

    Hexadecimal, so that it can never spell a word that M-PESA bans from callback URLs.
    """
    return secrets.token_hex(32)


def token_digest(token: str) -> bytes:
    """SHA-256 of a callback token: store and look up this, so that a leaked database opens no callback URL."""
    return hashlib.sha256(token.encode()).digest()


def address_allowed(address: str, allowed: Iterable[str] = SAFARICOM_ADDRESSES) -> bool:
    """Whether a sender's address is in `allowed` (addresses or networks such as `10.0.0.0/8`).

    Pass the address of the connection, or one that your own proxy wrote: a `X-Forwarded-For` that anybody can
    send proves nothing. An address that cannot be read is not allowed.
    """
    try:
        sender = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    if isinstance(sender, ipaddress.IPv6Address) and sender.ipv4_mapped:
        sender = sender.ipv4_mapped
    return any(sender in ipaddress.ip_network(network, strict=False) for network in allowed)
