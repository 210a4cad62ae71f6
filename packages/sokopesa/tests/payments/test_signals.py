"""Open pages hear of every purchase that changed, however many changed at once."""

from __future__ import annotations

import psycopg
from django.db import connection, transaction

from sokopesa.orders.numbers import new_number
from sokopesa.payments.signals import CHANNEL, changed


def test_thousands_of_purchases_are_named_in_a_few_payloads_at_the_commit(committing: None) -> None:
    numbers = {new_number() for _ in range(5_000)}
    parameters = connection.get_connection_params()
    where = {name: parameters[name] for name in ("dbname", "user", "host")}
    with psycopg.connect(**where, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with transaction.atomic():
            changed([*numbers, *numbers])
            assert list(listener.notifies(timeout=0.2)) == []
        payloads = [notice.payload for notice in listener.notifies(timeout=1)]
        changed([])
        assert list(listener.notifies(timeout=0.2)) == []
    assert len(payloads) <= 13
    assert sorted(number for payload in payloads for number in payload.split()) == sorted(numbers)
