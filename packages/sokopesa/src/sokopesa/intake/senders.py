"""Who knocks at the door. M-PESA comes from a dozen addresses, so what is found out about one is remembered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.gateway import callback_addresses

_KEPT = frozenset({b"content-type", b"user-agent", b"x-forwarded-for", b"content-length"})
_LONGEST = 500
"""Of each header so many characters are kept; senders with longer ones are not remembered."""

_REMEMBERED = 4096
"""Senders, each with one set of headers. A crowd of strangers only makes us look at each anew."""


@dataclass(frozen=True, slots=True)
class Sender:
    """``source`` is None where no address can be read; ``headers`` is a JSON object of those that are kept."""

    source: str | None
    trusted: bool
    headers: str


def recognise(peer: str, headers: Sequence[tuple[bytes, bytes]]) -> Sender:
    """Who really sent a request that came from ``peer`` with ``headers``, whose names are in lower case."""
    told = tuple((name, value) for name, value in headers if name in _KEPT)
    if any(len(value) > _LONGEST for _, value in told):
        return _look_at(peer, told)
    return _remembered(peer, told)


def _look_at(peer: str, told: tuple[tuple[bytes, bytes], ...]) -> Sender:
    read = {name.decode("latin-1"): value.decode("latin-1") for name, value in told}
    source = _source(peer, read.get("x-forwarded-for", ""))
    return Sender(
        source=source,
        trusted=source is not None and daraja.address_allowed(source, callback_addresses()),
        headers=json.dumps({name: value[:_LONGEST] for name, value in read.items()}),
    )


_remembered = lru_cache(_REMEMBERED)(_look_at)


def _source(peer: str, forwarded: str) -> str | None:
    """Behind proxies of ours, the address that the outermost of them saw, never one that the sender may have written
    into the header himself."""
    hops = [part.strip() for part in forwarded.split(",") if part.strip()]
    behind = CONFIGURATION.trusted_proxies
    try:
        return str(ip_address(hops[-behind] if behind and len(hops) >= behind else peer))
    except ValueError:
        return None
