"""From a prepared transfer to the wallet, over the simulated network, and onto our books."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import discrepancies
from sokopesa.notices.models import Notice
from sokopesa.payouts.balances import float_cents, told_float
from sokopesa.payouts.following import FOLLOWERS
from sokopesa.payouts.models import Transfer
from sokopesa.refunds.models import Refund

Till = Market = Any


def wallet(network: httpx.Client, phone: str) -> int:
    return int(float(network.get(f"/subscribers/{phone}").json()["balance"]) * 100)


def test_a_refund_is_paid_once_booked_and_told(till: Till, market: Market, network: httpx.Client) -> None:
    purchase = market.purchase()
    phone = till.customer()
    transfer = till.released(till.refund(phone, purchase=purchase))
    assert Refund.objects.get().state == "reconciled"
    assert till.send() == 1
    transfer.refresh_from_db()
    assert (transfer.state, Refund.objects.get().state) == ("sent", "sent")
    assert transfer.conversation_id.startswith("AG_")
    assert till.carry() == "paid"
    transfer.refresh_from_db()
    refund = Refund.objects.get()
    assert (transfer.state, refund.state) == ("paid", "paid")
    assert refund.paid_at == transfer.ended_at
    assert wallet(network, phone) == 100_000 + 125_000
    entry = Entry.objects.get(key=f"transfer:{transfer.pk}")
    assert (entry.kind, entry.happened_at) == ("refund-paid", transfer.ended_at)
    assert transfer.receipt in entry.memo
    legs = set(entry.postings.values_list("account__code", "amount_cents"))
    assert legs == {(f"refunds:{refund.pk}", 125_000), (f"mpesa:b2c:{till.shortcode}", -125_000)}
    assert float_cents(till.shortcode) == till.float_cents - 125_000
    assert told_float(till.shortcode).cents == 100_000_000 - 125_000  # type: ignore[union-attr]
    text = Notice.objects.get(kind="refund-paid").text
    assert "We paid back KES 1,250" in text
    assert transfer.receipt in text
    assert discrepancies() == []


def test_a_repeated_result_changes_nothing(till: Till, network: httpx.Client) -> None:
    transfer = till.sent()
    assert till.carry() == "paid"
    assert till.carry() == "repeated"
    assert Entry.objects.filter(kind="refund-paid").count() == 1
    assert Notice.objects.filter(kind="refund-paid").count() == 1
    assert till.send() == 0
    assert wallet(network, transfer.payee) == 225_000


def test_followers_hear_of_each_step(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[list[str]] = []
    monkeypatch.setitem(FOLLOWERS, "refund", lambda transfers, now: heard.append([each.state for each in transfers]))
    till.sent()
    till.carry()
    assert heard == [["sent"], ["paid"]]
    assert Transfer.objects.get().state == "paid"
