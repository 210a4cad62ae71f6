"""The simulated network's own statements and list, over HTTP, come in whole."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db.models import Sum

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.notices.models import Notice
from sokopesa.payments import gateway, listing
from sokopesa.reconciliation.coverage import coverage
from sokopesa.reconciliation.errors import StatementRefused
from sokopesa.reconciliation.importing import Imported, import_statement
from sokopesa.reconciliation.models import Account, StatementImport, StatementLine
from sokopesa.reconciliation.pulling import keep, pull

pytestmark = pytest.mark.django_db

PAYER = "254708900001"
PAYBILL = "600322"
"""One of these tests' own: others hide lines of the market's for hours."""


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture(autouse=True)
def payer(network: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    network.put(f"/organisations/{PAYBILL}", json={"name": "WHOLE LINES"}).raise_for_status()
    monkeypatch.setattr(CONFIGURATION, "mpesa_shortcode", PAYBILL)
    network.put(f"/subscribers/{PAYER}", json={"pin": "1234", "balance": 400_000, "name": "Asha"}).raise_for_status()
    gateway.hang_up()
    yield
    gateway.hang_up()


def pay(network: httpx.Client, amount: int, account: str, *, to: str = PAYBILL) -> str:
    """A customer pays by hand; the receipt."""
    gateway.client().simulate_c2b(
        daraja.SimulateC2b(shortcode=to, msisdn=PAYER, amount=amount, account_reference=account)
    )
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        newest = network.get("/transactions", params={"party": PAYER}).json()[-1]
        if newest["account_reference"] == account:
            return str(newest["receipt"])
        time.sleep(0.05)
    raise AssertionError("the network did not take the payment")


def exported(network: httpx.Client, form: str, of: str = PAYBILL) -> bytes:
    return network.get(f"/statements/{of}.{form}").raise_for_status().content


def take_in(content: bytes, name: str, now: datetime) -> Imported:
    return import_statement(io.BytesIO(content), name=name, by=None, now=now)


def of(*receipts: str) -> Any:
    return StatementLine.objects.filter(receipt__in=receipts)


def test_each_export_has_the_same_lines(network: httpx.Client, now: datetime):
    receipts = [pay(network, amount, f"INV-{amount}") for amount in (10, 250, 1_999)]
    first = take_in(exported(network, "csv"), "statement.csv", now)
    assert list(
        of(*receipts).order_by("paid_in_cents").values_list("receipt", "paid_in_cents", "reference", "msisdn")
    ) == [
        (receipt, amount * 100, f"INV-{amount}", PAYER)
        for receipt, amount in zip(receipts, (10, 250, 1_999), strict=True)
    ]
    again = take_in(exported(network, "xlsx"), "statement.xlsx", now)
    assert (again.new, again.known) == (0, first.new)
    moved = StatementLine.objects.aggregate(paid_in=Sum("paid_in_cents"), out=Sum("withdrawn_cents"))
    assert first.whole.closing_cents - first.whole.opening_cents == moved["paid_in"] - moved["out"]
    told = network.get(f"/organisations/{PAYBILL}").json()["balances"]["utility"]
    assert first.whole.closing_cents == round(float(str(told)) * 100)


def test_the_next_export_adds_what_happened_since(network: httpx.Client, now: datetime):
    pay(network, 20, "A")
    take_in(exported(network, "csv"), "one.csv", now)
    receipt = pay(network, 30, "B")
    done = take_in(exported(network, "csv"), "two.csv", now + timedelta(minutes=1))
    assert done.new == 1
    assert of(receipt).count() == 1
    assert coverage(PAYBILL, Account.UTILITY).is_whole


def test_a_line_that_the_statement_shows_late_is_missed(
    network: httpx.Client, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    """On a paybill of its own, for the others' statements stay whole."""
    own = "600321"
    network.put(f"/organisations/{own}", json={"name": "LATE LINES"}).raise_for_status()
    monkeypatch.setattr(CONFIGURATION, "mpesa_shortcode", own)
    pay(network, 40, "A", to=own)
    late = {"kind": "statement_late", "seconds": 3600}
    network.put("/faults", json={"faults": [late]}).raise_for_status()
    hidden = pay(network, 50, "B", to=own)
    network.put("/faults", json={"faults": []}).raise_for_status()
    pay(network, 60, "C", to=own)
    content = exported(network, "csv", own)
    with pytest.raises(StatementRefused, match="with KES 60 that makes"):
        take_in(content, "statement.csv", now)
    done = import_statement(io.BytesIO(content), name="statement.csv", by=None, now=now, accept_breaks=True)
    assert (done.new, done.whole.break_count) == (2, 1)
    assert not of(hidden).exists()


def test_the_list_is_kept_beside_the_statement(network: httpx.Client, now: datetime):
    receipt = pay(network, 70, "INV-70")
    assert pull(now=now + timedelta(seconds=2)) >= 1
    (line,) = of(receipt)
    assert (line.account, line.paid_in_cents, line.balance_cents, line.reference) == ("pulled", 7_000, None, "INV-70")
    assert pull(now=now + timedelta(seconds=3)) == 0
    take_in(exported(network, "csv"), "statement.csv", now)
    assert sorted(of(receipt).values_list("account", flat=True)) == ["pulled", "utility"]
    assert StatementImport.objects.filter(source="pull").count() == 1
    assert coverage(PAYBILL, Account.UTILITY).is_whole


def test_a_listed_payment_that_changes_is_told_to_an_operator(
    network: httpx.Client, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    receipt = pay(network, 80, "INV-80")
    pull(now=now + timedelta(seconds=2))
    changed = daraja.PulledTransaction(
        receipt=receipt,
        completed_at=now,
        msisdn=PAYER,
        msisdn_masked=None,
        amount_cents=8_100,
        account_reference="INV-80",
        kind=None,
        raw={},
    )
    assert keep(listing.Listed([changed], whole=True), now - timedelta(hours=47), now=now) == 0
    assert of(receipt).get().paid_in_cents == 8_000
    assert "KES 81" in Notice.objects.get(key=f"operator:relisted-{receipt}").text
