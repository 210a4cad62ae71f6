"""The simulated network of one day, in virtual time: what the day does there, and what an auditor reads there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from mpesa_simulator import Network

SHORTCODE = "174379"


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment to our paybill by M-PESA's own books."""

    receipt: str
    cents: int
    reference: str
    msisdn: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt that M-PESA took from us. ``ended_at`` is None while it is alive; ``receipt`` once it was paid."""

    id: str
    msisdn: str
    text: str
    at: datetime
    ended_at: datetime | None
    receipt: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A callback that M-PESA posted to us, or meant to."""

    url: str
    body: str
    state: str
    fault: str | None
    phone: str
    kind: str


class Mpesa:
    """One network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._http = httpx.Client(base_url=network.base_url, timeout=30)
        self._shops_token = "none-yet"

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    @property
    def now(self) -> datetime:
        """The network's time."""
        return datetime.fromisoformat(self.network.call("GET", "/clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Move the network's time; everything that was due has happened when this returns the new time."""
        return datetime.fromisoformat(self.network.call("POST", "/clock/advance", {"seconds": seconds})["now"])

    def statement(self, shortcode: str) -> str:
        """The statement of the shortcode's Utility Account as its portal exports it."""
        return self._http.get(f"/simulator/v1/statements/{shortcode}.csv").raise_for_status().text

    def set_up(self, *, asks_first: bool) -> None:
        """Let the paybill hear of payments, or also be asked about those by hand."""
        self.network.organisation(SHORTCODE, validates_payments=asks_first)

    def sim(self, msisdn: str, *, shillings: int) -> None:
        """A phone with so much money."""
        self.network.subscriber(msisdn, name="ASHA TEST", pin="2580", balance=shillings, phone="on", locked=False)

    def autopilot(self, msisdn: str, answer: str, after_seconds: float) -> None:
        """How the phone's owner will answer the next prompts."""
        self.network.call("PUT", f"/subscribers/{msisdn}/autopilot", {"answer": answer, "after_seconds": after_seconds})

    def switch(self, msisdn: str, state: str) -> None:
        """Switch the phone on or off."""
        self.network.call("PUT", f"/subscribers/{msisdn}", {"phone": state})

    def pay_by_hand(self, msisdn: str, shillings: int, reference: str) -> None:
        """The owner of the phone pays from the M-PESA menu. What becomes of it shows when time goes on."""
        body = {
            "ShortCode": SHORTCODE,
            "CommandID": "CustomerPayBillOnline",
            "Amount": shillings,
            "Msisdn": msisdn,
            "BillRefNumber": reference,
        }
        for _ in range(2):  # the token may have ended
            headers = {"Authorization": f"Bearer {self._shops_token}"}
            answer = self._http.post("/mpesa/c2b/v2/simulate", json=body, headers=headers)
            if answer.is_success:
                return
            self._shops_token = self._mint()
        answer.raise_for_status()

    def _mint(self) -> str:
        query = {"grant_type": "client_credentials"}
        for _ in range(50):  # the day's faults strike here too
            answer = self._http.get("/oauth/v1/generate", params=query, auth=("another", "app"))
            if answer.is_success:
                return str(answer.json()["access_token"])
        raise RuntimeError("the network gives no token")

    def prompts(self, msisdn: str) -> list[Asked]:
        """Prompts that ever went to the phone, oldest first."""
        rows = self.network.call("GET", "/prompts", msisdn=msisdn)
        return [
            Asked(
                id=row["id"],
                msisdn=row["msisdn"],
                text=row["text"],
                at=datetime.fromisoformat(row["asked_at"]),
                ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
                receipt=row["receipt"],
                code=row["result_code"],
            )
            for row in reversed(rows)
        ]

    def payments(self) -> list[Paid]:
        """What customers paid to us, oldest first: M-PESA's own books, which no fault touches."""
        return [
            Paid(
                receipt=row["receipt"],
                cents=round(float(row["amount"]) * 100),
                reference=row["account_reference"],
                msisdn=row["msisdn"],
                at=datetime.fromisoformat(row["completed_at"]),
            )
            for row in self.network.transactions(SHORTCODE)
            if row["payee"] == SHORTCODE and row["msisdn"]
        ]

    def balance_cents(self) -> int:
        """What M-PESA says is in our account."""
        state: dict[str, Any] = self.network.call("GET", f"/organisations/{SHORTCODE}")
        return round(float(state["balances"]["utility"]) * 100)

    def posted(self, about: str | None = None) -> list[Posted]:
        """Callbacks about one prompt or payment, or the newest 500 of all; oldest first."""
        rows = self.network.call("GET", "/callbacks", about=about)
        return [Posted(row["url"], row["body"], row["state"], row["fault"], row["phone"], row["kind"]) for row in rows]

    def strikes(self) -> dict[str, int]:
        """How often each fault struck."""
        counts: dict[str, int] = {}
        for state in self.network.call("GET", "/faults")["faults"]:
            name = " ".join(str(state["rule"][part]) for part in ("kind", "operation") if state["rule"][part])
            counts[name] = counts.get(name, 0) + state["struck"]
        return counts
