"""Who is believed to be M-PESA, also when the same proxy hands in one request after another."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sokopesa.configuration import CONFIGURATION
from sokopesa.intake import senders
from sokopesa.intake.senders import recognise

MPESA = "196.201.214.200"
STRANGER = "203.0.113.9"
PROXY = "10.0.0.1"


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    senders._remembered.cache_clear()
    monkeypatch.setattr(CONFIGURATION, "trusted_proxies", 1)
    monkeypatch.setattr(CONFIGURATION, "mpesa_callback_addresses", "")
    yield
    senders._remembered.cache_clear()


def forwarded(addresses: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"market.example"), (b"x-forwarded-for", addresses.encode())]


@pytest.mark.usefixtures("behind_a_proxy")
def test_one_proxy_hands_in_friend_and_stranger_and_each_is_known_for_what_he_is() -> None:
    for _ in range(2):
        for addresses, source, trusted in (
            (MPESA, MPESA, True),
            (STRANGER, STRANGER, False),
            (f"{MPESA}, {STRANGER}", STRANGER, False),
            (f"{STRANGER}, {MPESA}", MPESA, True),
            ("nonsense", None, False),
            (f"{MPESA}, " * 60 + STRANGER, STRANGER, False),
            (f"{STRANGER}, " * 60 + MPESA, MPESA, True),
        ):
            sender = recognise(PROXY, forwarded(addresses))
            assert (sender.source, sender.trusted) == (source, trusted), addresses[:80]
            assert json.loads(sender.headers) == {"x-forwarded-for": addresses[:500]}


@pytest.mark.usefixtures("behind_a_proxy")
def test_a_crowd_of_strangers_is_not_remembered_without_end() -> None:
    for number in range(senders._REMEMBERED + 500):
        recognise(PROXY, forwarded(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"))
        recognise(PROXY, forwarded("x" * 60_000 + str(number)))
    remembered = senders._remembered.cache_info()
    assert remembered.currsize == senders._REMEMBERED
