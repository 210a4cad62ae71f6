"""Strangers' messages go after ninety days; what concerns money stays."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.models import InboxMessage, Receipt
from sokopesa.payments.purging import KEPT_FOR, purge_due
from sokopesa.payments.settlement import settle

pytestmark = pytest.mark.django_db
Market = Callbacks = Any


def verdicts() -> list[str]:
    return sorted(InboxMessage.objects.values_list("verdict", flat=True))


def test_only_what_came_to_nothing_goes_and_only_when_it_is_old(
    market: Market, callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_paybill_token", SecretStr("paybill-secret"))
    prompt, token = callbacks.sent(market.purchase(), market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1BBBBBB"))
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1CCCCCC"), trusted=False)
    callbacks.arrive(token, b"<html>")
    callbacks.arrive("guess", callbacks.paid(prompt, "UKN1DDDDDD"))
    callbacks.arrive("guess", b"{}", trusted=False)
    by_hand = {"kind": InboxMessage.Kind.CONFIRMATION}
    for secret, body in (("paybill-secret", b"<html>"), ("guess", json.dumps({"TransID": "UKN1EEEEEE"}).encode())):
        message = callbacks.arrive(secret, body)
        InboxMessage.objects.filter(pk=message.pk).update(**by_hand)
    while settle(now=market.now):
        pass
    callbacks.arrive("guess", b"not settled yet")
    before = verdicts()
    assert before.count("stranger") == 2
    assert before.count("untrusted") == before.count("unreadable") == 2
    InboxMessage.objects.update(received_at=market.now)

    assert purge_due(now=market.now + KEPT_FOR) == 0
    assert verdicts() == before
    assert purge_due(now=market.now + KEPT_FOR + timedelta(seconds=1)) == 4
    assert verdicts() == ["", "doubtful", "paid", "repeated", "unreadable", "untrusted"]
    assert set(InboxMessage.objects.exclude(verdict="").values_list("prompt", flat=True)) == {prompt.pk}
    assert Receipt.objects.count() == 1


def test_many_go_in_batches_by_an_index_that_holds_nothing_else(market: Market, callbacks: Callbacks) -> None:
    for n in range(25):
        callbacks.arrive("guess", str(n).encode())
    InboxMessage.objects.update(received_at=market.now - KEPT_FOR - timedelta(days=1), verdict="stranger")
    kept = callbacks.arrive("guess", b"recent")
    assert [purge_due(now=market.now, limit=10) for _ in range(4)] == [10, 10, 5, 0]
    assert InboxMessage.objects.get() == kept
    with connection.cursor() as cursor:
        # So few rows would be read and sorted by any index; of many, only this one gives them in order.
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM payments_inboxmessage WHERE verdict IN ('stranger', 'untrusted', 'unreadable') "
            "AND prompt_id IS NULL AND received_at < now() ORDER BY received_at LIMIT 1000 FOR UPDATE SKIP LOCKED"
        )
        assert "inbox_to_purge" in str(cursor.fetchall())
