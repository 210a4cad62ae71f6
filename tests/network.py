"""The simulated M-PESA network by its control API: what tests arrange on it and look up in its books."""

from __future__ import annotations

import base64
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

SHORTCODE = "174379"
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
PAYING_SHORTCODE = "614251"
OPERATOR = "254711000200"
PATIENCE_SECONDS = 90
"""For what a phone is told, on a machine that is busy with other things."""

_fresh = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Sim:
    """A phone number with M-PESA, and its PIN."""

    msisdn: str
    pin: str = "2580"

    @property
    def local(self) -> str:
        """As Kenyans write it: ``0722 000 001``."""
        national = self.msisdn.removeprefix("254")
        return f"0{national[:3]} {national[3:6]} {national[6:]}"


class Network:
    """Everything about one simulated network."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=40)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def new_sim(self, *, balance: int = 50_000, **more: object) -> Sim:
        """A number that nobody has had before, with money in shillings."""
        sim = Sim(f"2547220{next(_fresh):05d}")
        self.change(sim, name="ASHA TEST", pin=sim.pin, balance=balance, **more)
        return sim

    def change(self, sim: Sim, **change: object) -> None:
        """Change what is given of a subscriber."""
        self._send("PUT", f"subscribers/{sim.msisdn}", change)

    def balance(self, sim: Sim) -> float:
        """In shillings."""
        return float(self._get(f"subscribers/{sim.msisdn}")["balance"])

    def arrange(self, **settings: object) -> None:
        """Change how the network behaves."""
        self._send("PATCH", "settings", settings)

    def settings(self) -> dict[str, Any]:
        """How the network behaves."""
        return dict(self._get("settings"))

    def break_(self, *faults: dict[str, object]) -> None:
        """Put these faults in force instead of all others; none repairs everything."""
        self._send("PUT", "faults", {"faults": list(faults)})

    def sms(self, msisdn: str) -> list[str]:
        """A phone's messages, newest first."""
        return [message["text"] for message in self._get(f"subscribers/{msisdn}/messages")]

    def count_sms(self, msisdn: str, pattern: str) -> int:
        """In how many messages the pattern is found."""
        return len(self._sms_with(msisdn, pattern))

    def wait_for_sms(self, msisdn: str, pattern: str, *, beyond: int = 0) -> str:
        """The newest message in which the pattern is found, as soon as there are more of them than ``beyond``."""
        self._wait_until(msisdn, lambda: self.count_sms(msisdn, pattern) > beyond, f"{beyond + 1} SMS with “{pattern}”")
        return self._sms_with(msisdn, pattern)[0]

    def _sms_with(self, msisdn: str, pattern: str) -> list[str]:
        return [text for text in self.sms(msisdn) if re.search(pattern, text)]

    def prompts(self, sim: Sim) -> list[dict[str, Any]]:
        """All prompts that ever went to the phone, newest first."""
        return list(self._get("prompts", msisdn=sim.msisdn))

    def wait_for_prompt(self, sim: Sim) -> dict[str, Any]:
        """The prompt that the phone shows, as soon as it shows one."""
        return dict(self._get(f"subscribers/{sim.msisdn}/prompt", wait_seconds=30))

    def validate_payments(self, *, first: bool) -> None:
        """Whether M-PESA asks the market first before it takes a payment by hand (external validation)."""
        self._send("PUT", f"organisations/{SHORTCODE}", {"name": "SOKOPESA", "validates_payments": first})

    def type_pin(self, sim: Sim) -> None:
        """Answer the prompt that the phone shows or is about to show."""
        self._send("POST", f"subscribers/{sim.msisdn}/answer", {"pin": sim.pin, "wait_seconds": 30})

    def cancel(self, sim: Sim) -> None:
        """Press Cancel on the prompt that the phone shows or is about to show."""
        self._send("POST", f"subscribers/{sim.msisdn}/answer", {"cancel": True, "wait_seconds": 30})

    def callbacks(self, prompt_id: str) -> list[dict[str, Any]]:
        """What was posted about a prompt once nothing is on its way any more, oldest first."""
        return list(self._get("callbacks", about=prompt_id, wait_seconds=20))

    def payments(self) -> list[dict[str, Any]]:
        """What customers paid to the market's shortcode, oldest first."""
        moved = self._get("transactions", party=SHORTCODE)
        return [one for one in moved if one["payee"] == SHORTCODE and one["msisdn"]]

    def payouts(self) -> list[dict[str, Any]]:
        """What was paid to customers from the shortcode that pays, oldest first."""
        moved = self._get("transactions", party=PAYING_SHORTCODE)
        return [one for one in moved if one["payer"] == PAYING_SHORTCODE and one["msisdn"]]

    def account_cents(self, shortcode: str, account: str) -> int:
        """What is in one of an organisation's accounts."""
        return round(float(self._get(f"organisations/{shortcode}")["balances"][account]) * 100)

    def statement(self, shortcode: str, account: str) -> bytes:
        """As the portal exports it, CSV."""
        path = f"/simulator/v1/statements/{shortcode}.csv"
        return self._http.get(path, params={"account": account}).raise_for_status().content

    def trial_balance(self) -> dict[str, Any]:
        """The network's own books."""
        return dict(self._get("trial-balance"))

    def push_by_another_shop(self, sim: Sim) -> None:
        """Let another shop's prompt rise on the phone first."""
        token = self._http.get(
            "/oauth/v1/generate", params={"grant_type": "client_credentials"}, auth=("another", "shop")
        ).json()["access_token"]
        stamp = "20260101120000"
        push = {
            "BusinessShortCode": SHORTCODE,
            "Password": base64.b64encode(f"{SHORTCODE}{PASSKEY}{stamp}".encode()).decode(),
            "Timestamp": stamp,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": "10",
            "PartyA": sim.msisdn,
            "PartyB": SHORTCODE,
            "PhoneNumber": sim.msisdn,
            "CallBackURL": f"{self.url}/nobody",
            "AccountReference": "ANOTHER",
            "TransactionDesc": "Another",
        }
        answer = self._http.post(
            "/mpesa/stkpush/v1/processrequest", json=push, headers={"Authorization": f"Bearer {token}"}
        )
        answer.raise_for_status()
        self.wait_for_prompt(sim)

    def _wait_until(self, msisdn: str, is_so: Callable[[], bool], what: str) -> None:
        """The phone's page is told of each change of the phone, and now and then that there is none; we look then."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        with self._http.stream("GET", f"/phone/{msisdn}/events") as events:
            for _ in events.iter_lines():
                if is_so():
                    return
                if time.monotonic() > give_up_at:
                    raise AssertionError(f"{msisdn} has waited for {what}, and has: {self.sms(msisdn)}")
        raise RuntimeError("the network has stopped")

    def _get(self, path: str, **query: Any) -> Any:
        return self._http.get(f"/simulator/v1/{path}", params=query).raise_for_status().json()

    def _send(self, method: str, path: str, body: object) -> None:
        self._http.request(method, f"/simulator/v1/{path}", json=body).raise_for_status()
