"""Refunds that are ready to go back, the simulated network that pays them, and its results as the door keeps them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.ledger.accounts import BANK, UNMATCHED, b2c, mpesa, refunds
from sokopesa.ledger.actions import Draft as Entry
from sokopesa.ledger.actions import book, credit, debit
from sokopesa.payments import gateway
from sokopesa.payments.models import InboxMessage
from sokopesa.payouts import balances, preparing, results, sending
from sokopesa.payouts.models import Payer, Transfer
from sokopesa.payouts.operators import fingerprint
from sokopesa.payouts.preparing import Draft
from sokopesa.payouts.refunding import whole_cents
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

B2C = "600981"
"""An organisation of the simulated sandbox that pays out."""

PASSWORD = "Safaricom999!*!"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class Till:
    """Makes refunds and their transfers, and carries the network's results to the door."""

    now = NOW
    float_cents = 100_000_000
    shortcode = B2C

    _numbers = itertools.count(1)

    def __init__(self, network: httpx.Client) -> None:
        self.network = network
        self.carried: set[int] = set()
        self.tokens: dict[str, str] = {}

    def customer(self, *, balance: int = 1_000, registered: bool = True) -> str:
        phone = f"2547220{next(self._numbers):05d}"
        person = {"pin": "1234", "balance": balance, "name": "Asha Test", "registered": registered}
        self.network.put(f"/subscribers/{phone}", json=person).raise_for_status()
        return phone

    def refund(self, phone: str, *, cents: int = 125_000, purchase: Any = None, receipt: str = "") -> Refund:
        """Money owed back to this phone, whose payment is confirmed and which stands in a disbursement."""
        receipt = receipt or f"UKR{next(self._numbers):07d}"
        legs = (debit(mpesa(CONFIGURATION.mpesa_shortcode), cents), credit(UNMATCHED, cents))
        book([Entry(key=f"receipt:{receipt}", kind="unmatched-payment", happened_at=self.now, legs=legs)])
        debt = Debt(
            key=f"surplus:{receipt}",
            cause=Refund.Cause.FURTHER_PAYMENT if purchase else Refund.Cause.UNKNOWN_ACCOUNT,
            purchase_id=purchase.pk if purchase else None,
            receipt=receipt,
            amount_cents=cents,
            msisdn=phone,
            from_account=UNMATCHED,
            happened_at=self.now,
        )
        [refund] = owe([debt], now=self.now)
        moving.reconcile({receipt: "statement"}, now=self.now)
        return refund

    def draft(self, refund: Refund, **other: Any) -> Draft:
        facts: dict[str, Any] = {
            "key": f"refund:{refund.pk}:1:{other.get('attempt', 1)}",
            "purpose": Transfer.Purpose.REFUND,
            "via": Transfer.Via.B2C,
            "account": refunds(refund.pk),
            "payee": refund.pays_to,
            "amount_cents": whole_cents(refund.amount_cents),
            "refund_id": refund.pk,
        }
        return Draft(**facts | other)

    def released(self, refund: Refund, **other: Any) -> Transfer:
        """The refund's transfer, which may be sent."""
        [transfer] = preparing.prepare([self.draft(refund, **other)], now=self.now)
        preparing.release([transfer.pk], now=self.now)
        transfer.refresh_from_db()
        return transfer

    def send(self, now: datetime | None = None) -> int:
        moment = now or self.now
        return sending.send_due(now=moment, clock=lambda: moment)

    def sent(self, *, cents: int = 125_000, phone: str = "", **other: Any) -> Transfer:
        """A transfer that M-PESA was told of."""
        transfer = self.released(self.refund(phone or self.customer(), cents=cents), **other)
        assert self.send() == 1
        transfer.refresh_from_db()
        return transfer

    def told(self, kind: str = "b2c", *, about: str = "") -> list[dict[str, Any]]:
        """What the network posted, or would have but for its faults, oldest first."""
        self.network.post("/quiet", json={"wait_seconds": 10}).raise_for_status()
        rows: list[dict[str, Any]] = self.network.get("/callbacks").json()
        return [row for row in rows if row["kind"] == kind and about in row["about"]]

    def arrive(self, url: str, body: bytes, *, trusted: bool = True) -> InboxMessage:
        """A message as the door keeps it."""
        path, _, token = url.rpartition("/")
        assert path.endswith(gateway.PAYOUT_PATH.rstrip("/"))
        return InboxMessage.objects.create(
            kind=InboxMessage.Kind.PAYOUT,
            token_digest=daraja.token_digest(token),
            source="127.0.0.1",
            trusted=trusted,
            headers={},
            body=body,
        )

    def carry(self, kind: str = "b2c", *, about: str = "", now: datetime | None = None, **replaced: Any) -> str:
        """Bring the newest word of this kind to the door and settle it, any of its parameters replaced; its verdict."""
        row = self.told(kind, about=about)[-1]
        message = self.arrive(row["url"], changed(row["body"], **replaced))
        results.settle(now=now or self.now)
        message.refresh_from_db()
        return message.verdict

    def real_now(self) -> datetime:
        return clock.now()

    def settle(self, now: datetime | None = None) -> int:
        return results.settle(now=now or self.now)

    def check(self, now: datetime) -> int:
        """Ask what the accounts hold; of how many it was asked."""
        return balances.check_due(now=now, clock=lambda: now)

    def trust(self, shortcode: str = B2C, now: datetime | None = None) -> Payer:
        """M-PESA accepted our operator just now, so that sending need not be careful."""
        payer, _ = Payer.objects.update_or_create(
            shortcode=shortcode,
            defaults={
                "next_send_at": self.now,
                "next_ask_at": self.now,
                "proven_at": (now or self.now) + timedelta(days=3),
                "fingerprint": fingerprint(shortcode),
            },
        )
        return payer


def changed(body: str, **replaced: Any) -> bytes:
    """A result with parameters, or fields of its envelope, replaced."""
    told = json.loads(body)
    for name in replaced.keys() & told["Result"].keys():
        told["Result"][name] = replaced[name]
    found = told["Result"].get("ResultParameters", {}).get("ResultParameter", [])
    for parameter in found if isinstance(found, list) else [found]:
        if parameter["Key"] in replaced:
            parameter["Value"] = replaced[parameter["Key"]]
    return json.dumps(told).encode()


@pytest.fixture
def operator(network: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The market pays from an organisation of the network, whose callbacks go nowhere by themselves."""
    before = network.get("/settings").json()
    hurry = {"push_seconds": 0, "callback_seconds": 0, "result_seconds": 0}
    network.patch("/settings", json=hurry).raise_for_status()
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]}).raise_for_status()
    network.put(f"/organisations/{B2C}", json={"balances": {"utility": 1_000_000}}).raise_for_status()
    network.put("/organisations/174379", json={"balances": {"utility": 1_000_000}}).raise_for_status()
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(network.get("/certificate").content)
    gateway.hang_up()
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_shortcode", B2C)
    for account in ("mpesa", "mpesa_b2c"):
        monkeypatch.setattr(CONFIGURATION, f"{account}_initiator", "testapi")
        monkeypatch.setattr(CONFIGURATION, f"{account}_initiator_password", SecretStr(PASSWORD))
    monkeypatch.setattr(CONFIGURATION, "mpesa_certificate", certificate)
    monkeypatch.setattr(CONFIGURATION, "mpesa_payouts_per_second", 1000.0)
    yield
    gateway.hang_up()
    network.patch("/settings", json=before)
    network.put(f"/organisations/{B2C}", json={"initiator_locked": False}).raise_for_status()


@pytest.fixture
def till_for() -> Callable[[httpx.Client], Till]:
    """Makes the till: its float on the books, and an operator that M-PESA knows."""

    def make(network: httpx.Client) -> Till:
        fill_float(Till.float_cents)
        made = Till(network)
        made.trust()
        return made

    return make


@pytest.fixture
def till(db: None, network: httpx.Client, operator: None, till_for: Callable[[httpx.Client], Till]) -> Till:
    return till_for(network)


def fill_float(cents: int) -> None:
    """The bank fills the account that we pay from."""
    legs = (debit(b2c(B2C), cents), credit(BANK, cents))
    book([Entry(key="float:1", kind="float", happened_at=NOW, legs=legs)])
