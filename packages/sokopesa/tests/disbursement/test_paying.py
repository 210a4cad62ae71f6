"""A disbursement all the way through the simulated network: its books must say what ours do, also after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import batching, filing, instant, queries, rules
from sokopesa.disbursement.models import Batch, InstantRule
from sokopesa.ledger.accounts import b2c
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.payments import gateway
from sokopesa.payments.models import InboxMessage
from sokopesa.payouts import results, sending
from sokopesa.payouts.models import Payer, Transfer
from sokopesa.payouts.operators import fingerprint
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Any

B2C = "600981"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Network:
    """The simulated network, whose results we carry to the door ourselves."""

    def __init__(self, control: httpx.Client) -> None:
        self._control = control
        self._carried: set[str] = set()

    def phone(self, number: int, *, balance: int = 1_000, registered: bool = True) -> str:
        phone = f"2547233{number:05d}"
        person = {"pin": "1234", "balance": balance, "name": "Asha Test", "registered": registered}
        self._control.put(f"/subscribers/{phone}", json=person).raise_for_status()
        return phone

    def balance(self, phone: str) -> int:
        return int(self._control.get(f"/subscribers/{phone}").json()["balance"])

    def carry(self, now: datetime) -> None:
        """All that it had to say about payments, as the door keeps it."""
        self._control.post("/quiet", json={"wait_seconds": 10}).raise_for_status()
        for row in self._control.get("/callbacks").json():
            if row["kind"] == "b2c" and row["url"] not in self._carried:
                self._carried.add(row["url"])
                token = row["url"].rpartition("/")[2]
                InboxMessage.objects.create(
                    kind=InboxMessage.Kind.PAYOUT,
                    token_digest=daraja.token_digest(token),
                    source="127.0.0.1",
                    trusted=True,
                    headers={},
                    body=row["body"].encode(),
                )
        results.settle(now=now)


@pytest.fixture
def mpesa(network: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Network]:
    before = network.get("/settings").json()
    network.patch("/settings", json={"callback_seconds": 0, "result_seconds": 0}).raise_for_status()
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]}).raise_for_status()
    network.put(f"/organisations/{B2C}", json={"balances": {"utility": 1_000_000}}).raise_for_status()
    (certificate := tmp_path / "certificate.pem").write_bytes(network.get("/certificate").content)
    gateway.hang_up()
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_shortcode", B2C)
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_initiator", "testapi")
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_initiator_password", SecretStr("Safaricom999!*!"))
    monkeypatch.setattr(CONFIGURATION, "mpesa_certificate", certificate)
    monkeypatch.setattr(CONFIGURATION, "mpesa_payouts_per_second", 1000.0)
    Payer.objects.create(
        shortcode=B2C,
        next_send_at=NOW,
        next_ask_at=NOW,
        proven_at=NOW + timedelta(days=3),
        fingerprint=fingerprint(B2C),
    )
    yield Network(network)
    gateway.hang_up()
    network.patch("/settings", json=before)


def send(now: datetime = NOW) -> int:
    return sending.send_due(now=now, clock=lambda: now)


def test_a_disbursement_pays_each_phone_once_and_names_who_was_not_paid(treasury: Treasury, mpesa: Network) -> None:
    phones = [mpesa.phone(number) for number in range(6)]
    stranger = mpesa.phone(90, registered=False)
    for phone in [*phones, stranger]:
        treasury.refund(30_050, msisdn=phone)
    treasury.fill(b2c=B2C)
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    batch = batching.prepare(maker=treasury.member(), now=NOW)
    batching.approve(batch_id=batch.pk, approver=treasury.member(), typed_total="2107", now=NOW)
    while send():
        pass
    assert set(Refund.objects.values_list("state", flat=True)) == {"sent"}
    mpesa.carry(NOW)
    assert [mpesa.balance(phone) for phone in phones] == [1_301] * 6
    done = queries.progress([batch])[batch.pk]
    assert (done.paid, done.returned, done.over) == (6, 1, 7)
    assert batching.finish_due(now=NOW) == 1
    back = Refund.objects.get(state="returned")
    assert (back.msisdn, back.waits_for) == (stranger, "buyer")
    assert balance_cents(b2c(B2C)) == 1_000_000_000 - 6 * 30_100
    assert discrepancies() == []


def test_whoever_dies_on_the_way_pays_nobody_twice(
    treasury: Treasury, mpesa: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after M-PESA was told, before its answer was written down; then everything again."""
    phones = [mpesa.phone(number + 20) for number in range(4)]
    for phone in phones:
        treasury.refund(50_000, msisdn=phone)
    treasury.fill(b2c=B2C)
    treasury.acknowledge(filing.close_due(now=treasury.cut_off))
    batch = batching.prepare(maker=treasury.member(), now=NOW)
    approver = treasury.member()
    batching.approve(batch_id=batch.pk, approver=approver, typed_total="2000", now=NOW)

    class Killed(BaseException):
        """As sudden as a signal."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(sending, "_record", die)
        with pytest.raises(Killed):
            send()
    batching.approve(batch_id=batch.pk, approver=approver, typed_total="2000", now=NOW)
    while send():
        pass
    mpesa.carry(NOW)
    assert [mpesa.balance(phone) for phone in phones] == [1_500] * 4
    assert Transfer.objects.filter(state="paid").count() == 4
    assert batching.finish_due(now=NOW) == 1
    assert Batch.objects.get().state == "done"


def test_a_rule_pays_within_the_round(treasury: Treasury, mpesa: Network) -> None:
    treasury.fill(b2c=B2C)
    proposed = rules.propose(
        cause=Refund.Cause.UNKNOWN_ACCOUNT,
        up_to_cents=200_000,
        daily_limit_cents=500_000,
        via=InstantRule.Via.B2C,
        reason="Small sums.",
        valid_from=treasury.morning,
        maker=treasury.member(),
        now=treasury.morning,
    )
    rules.approve(rule_id=proposed.pk, decider=treasury.member(), now=treasury.morning)
    refund = treasury.refund(70_000, msisdn=(phone := mpesa.phone(40)))
    assert instant.pay_due(now=NOW) == 1
    assert send() == 1
    mpesa.carry(NOW)
    refund.refresh_from_db()
    assert (refund.state, mpesa.balance(phone)) == ("paid", 1_700)
    assert filing.close_due(now=treasury.cut_off)[0].lines == 0
