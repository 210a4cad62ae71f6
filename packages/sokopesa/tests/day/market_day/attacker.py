"""Somebody who posts to the callback door what M-PESA never said, and M-PESA's own words where they do not belong.

Who posts from M-PESA's addresses here knows the secret address of a prompt but not everything else; who knows
everything posts from elsewhere. One who has both is M-PESA, as far as a callback can tell.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from market_day.mpesa import Mpesa, Posted

OUTSIDE = "127.0.0.2"
"""Not on the list of addresses that callbacks may come from."""

_never_seen_before = itertools.count()
"""The door remembers senders by what they say of themselves; days that share a process must not share its memory."""


@dataclass
class Attacker:
    """``forged`` collects receipts that M-PESA never issued, ``posted`` what the door acknowledged."""

    chance: Random
    mpesa: Mpesa
    door: str
    paybill_address: str
    forged: set[str] = field(default_factory=set)
    posted: list[tuple[str, str]] = field(default_factory=list)

    def strike(self) -> str:
        """Try one forgery; its name, empty where there is nothing to forge from yet."""
        told = [one for one in self.mpesa.posted() if one.kind == "stk_push"]
        paid = [one for one in told if '"ResultCode":0' in one.body.replace(" ", "")]
        if not told or not paid:
            return ""
        name = self.chance.choice([*_FORGERIES])
        url, body, source = _FORGERIES[name](self, self.chance.choice(told), self.chance.choice(paid))
        headers = {"content-type": "application/json", "user-agent": f"forger {next(_never_seen_before)}"}
        with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=20) as client:
            answer = client.post(url, content=body, headers=headers)
        if answer.status_code == 200:
            self.posted.append((url, body))
        return name

    def invented(self) -> str:
        """A receipt of M-PESA's shape that is not M-PESA's."""
        receipt = "UFORG" + "".join(self.chance.choice("ABCDEFGHJK0123456789") for _ in range(5))
        self.forged.add(receipt)
        return receipt


def _success(about: Posted, like: Posted, **change: Any) -> str:
    """The success ``like``, made to be about another prompt, with items changed."""
    message, target = json.loads(like.body), json.loads(about.body)["Body"]["stkCallback"]
    callback = message["Body"]["stkCallback"]
    callback["MerchantRequestID"] = target["MerchantRequestID"]
    callback["CheckoutRequestID"] = target["CheckoutRequestID"]
    for item in callback["CallbackMetadata"]["Item"]:
        if item["Name"] in change:
            item["Value"] = change[item["Name"]]
    return json.dumps(message)


def _everything_right_from_outside(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    return told.url, _success(told, paid, MpesaReceiptNumber=self.invented(), PhoneNumber=int(told.phone)), OUTSIDE


def _a_second_receipt(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    """For a prompt that M-PESA has reported as paid; only if the market has heard of it can it tell."""
    source = "127.0.0.1" if paid.state == "delivered" and paid.fault is None else OUTSIDE
    return paid.url, _success(paid, paid, MpesaReceiptNumber=self.invented()), source


def _wrong_amount(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    forged = _success(told, paid, MpesaReceiptNumber=self.invented(), PhoneNumber=int(told.phone), Amount=1.0)
    return told.url, forged, "127.0.0.1"


def _another_phone(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    return paid.url, _success(paid, paid, PhoneNumber=254700999999), "127.0.0.1"


def _another_prompts_word(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    """M-PESA's own words, posted to another prompt's address."""
    return told.url, paid.body, "127.0.0.1"


def _replay(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    return told.url, told.body, "127.0.0.1"


def _guessed_address(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    forged = _success(told, paid, MpesaReceiptNumber=self.invented())
    return f"{self.door}/callbacks/stk/{self.chance.getrandbits(200):x}", forged, "127.0.0.1"


def _confirmation(receipt: str, reference: str) -> str:
    return json.dumps(
        {
            "TransactionType": "Pay Bill",
            "TransID": receipt,
            "TransTime": "20260105120000",
            "TransAmount": "1250.00",
            "BusinessShortCode": "174379",
            "BillRefNumber": reference,
            "MSISDN": "2547 ***** 126",
            "FirstName": "ASHA",
        }
    )


def _confirmation_from_outside(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    return self.paybill_address, _confirmation(self.invented(), "ANY"), OUTSIDE


def _confirmation_to_a_guess(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    return f"{self.door}/callbacks/paybill/paid/guess", _confirmation(self.invented(), "ANY"), "127.0.0.1"


def _rubbish(self: Attacker, told: Posted, paid: Posted) -> tuple[str, str, str]:
    return told.url, '{"Body": {"stkCallback": {"ResultCode": {}}}}', "127.0.0.1"


_FORGERIES = {
    "everything right, from outside": _everything_right_from_outside,
    "a second receipt": _a_second_receipt,
    "wrong amount": _wrong_amount,
    "another phone": _another_phone,
    "another prompt's word": _another_prompts_word,
    "replay": _replay,
    "guessed address": _guessed_address,
    "confirmation from outside": _confirmation_from_outside,
    "confirmation to a guess": _confirmation_to_a_guess,
    "rubbish": _rubbish,
}
