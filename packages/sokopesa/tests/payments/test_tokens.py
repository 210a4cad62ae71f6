"""The shared access token: one for all processes, fetched by one of them at a time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

import daraja
from sokopesa.payments.models import AccessToken
from sokopesa.payments.tokens import DatabaseTokenStore


@pytest.mark.usefixtures("committing")
def test_whoever_comes_second_finds_the_token_that_the_first_fetched() -> None:
    """Each thread stands for a process: a connection, and a store, of its own."""
    fetched = []

    def obtain(number: int) -> str:
        try:
            with DatabaseTokenStore().hold("app") as slot:
                if slot.read() is None:
                    fetched.append(number)
                    time.sleep(0.2)
                    slot.write(daraja.Token(f"token-{number}", time.time() + 3599))
                token = slot.read()
                assert token is not None
                return token.value
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        tokens = set(pool.map(obtain, range(5)))
    assert len(fetched) == len(tokens) == AccessToken.objects.count() == 1
