"""From the simulated network's statement over HTTP to a day that ties out, and a refund that may go back."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.kernel.clock import nairobi_date
from sokopesa.payments import gateway
from sokopesa.payments.models import Receipt
from sokopesa.reconciliation import closing, confirming, matching
from sokopesa.reconciliation.importing import import_statement
from sokopesa.reconciliation.models import Discrepancy
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db

OWN = "600323"
PAYER = "254708900002"


def pay(network: httpx.Client, amount: int, account: str) -> None:
    """A customer pays by hand, and nobody tells us."""
    asked = daraja.SimulateC2b(shortcode=OWN, msisdn=PAYER, amount=amount, account_reference=account)
    gateway.client().simulate_c2b(asked)
    network.post("/quiet", json={"wait_seconds": 10}).raise_for_status()


def test_what_the_network_took_ties_out(network: httpx.Client, market: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.hang_up()
    network.put(f"/subscribers/{PAYER}", json={"pin": "1234", "balance": 400_000, "name": "Asha"}).raise_for_status()
    network.put(f"/organisations/{OWN}", json={"name": "TIES OUT"}).raise_for_status()
    monkeypatch.setattr(CONFIGURATION, "mpesa_shortcode", OWN)
    market.now = clock.now() - timedelta(hours=1)
    purchase = market.purchase(total_cents=4_000)
    pay(network, 40, purchase.reference)
    pay(network, 41, purchase.reference)
    pay(network, 7, "NOBODY")
    content = network.get(f"/statements/{OWN}.csv").raise_for_status().content
    now = clock.now()
    import_statement(io.BytesIO(content), name="own.csv", by=None, now=now)

    matching.run(now=now)
    assert Receipt.objects.get(purchase=purchase).learned_from == "statement"
    assert list(Discrepancy.objects.values_list("kind", "effect_cents")) in (
        [],
        [("opening", -_opening(network, 88_00))],
    )
    [(tied, _)] = closing.look(day=nairobi_date(now))
    assert tied.unexplained_cents == 0
    assert tied.stated_closing_cents == _balance(network)
    refund = Refund.objects.get(purchase=purchase)
    assert confirming.confirm_due(now=now) == [refund.pk]
    gateway.hang_up()


def _balance(network: httpx.Client) -> int:
    told = network.get(f"/organisations/{OWN}").raise_for_status().json()["balances"]["utility"]
    return round(float(str(told)) * 100)


def _opening(network: httpx.Client, moved: int) -> int:
    return _balance(network) - moved
