"""What M-PESA tells about a sale, as it writes it on the wire."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.crash.sales import CENTS, SHORTCODE, Sale

import daraja
from sokopesa.kernel.clock import EAT

PAYBILL_TOKEN = "the-paybill-token-of-this-test"
CANCELLED = 1032


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One message, to be posted until it is acknowledged. ``receipt`` is empty if the prompt ended without payment."""

    sale: Sale
    kind: str
    token: str
    receipt: str
    body: bytes
    wait_seconds: float = 0.0

    @property
    def path(self) -> str:
        return f"/callbacks/{'stk' if self.kind == 'stk' else 'paybill/paid'}/{self.token}"

    @property
    def digest(self) -> bytes:
        return daraja.token_digest(self.token)


def tell(sale: Sale, receipt: str, rng: random.Random) -> list[Message]:
    """What M-PESA says about the sale: 1 in 12 is cancelled on the phone; of the others 1 in 8 is also confirmed to the
    paybill, before or after the callback; 1 in 50 messages comes twice without need."""
    if rng.random() < 1 / 12:
        told = [Message(sale, "stk", sale.token, "", _cancelled(sale))]
    else:
        told = [Message(sale, "stk", sale.token, receipt, _paid(sale, receipt), rng.choice((0.0, 0.2)))]
        if rng.random() < 1 / 8:
            told.append(
                Message(
                    sale, "confirmation", PAYBILL_TOKEN, receipt, _confirmed(sale, receipt), rng.choice((0.0, 0.1, 0.4))
                )
            )
    again = [message for message in told if rng.random() < 1 / 50]
    return told + again


def _cancelled(sale: Sale) -> bytes:
    return _callback(sale, CANCELLED, "Request cancelled by user")


def _paid(sale: Sale, receipt: str) -> bytes:
    facts = {
        "Amount": sale.total_cents / CENTS,
        "MpesaReceiptNumber": receipt,
        "TransactionDate": int(_now()),
        "PhoneNumber": int(sale.msisdn),
    }
    items = [{"Name": name, "Value": value} for name, value in facts.items()]
    words = "The service request is processed successfully."
    return _callback(sale, 0, words, CallbackMetadata={"Item": items})


def _callback(sale: Sale, code: int, words: str, **more: object) -> bytes:
    told = {"MerchantRequestID": "1c5b-4ba8-1", "CheckoutRequestID": sale.checkout_request_id}
    return json.dumps({"Body": {"stkCallback": {**told, "ResultCode": code, "ResultDesc": words, **more}}}).encode()


def _confirmed(sale: Sale, receipt: str) -> bytes:
    return json.dumps(
        {
            "TransactionType": "Pay Bill",
            "TransID": receipt,
            "TransTime": _now(),
            "TransAmount": f"{sale.total_cents / CENTS:.2f}",
            "BusinessShortCode": SHORTCODE,
            "BillRefNumber": sale.reference,
            "InvoiceNumber": "",
            "OrgAccountBalance": "49197.00",
            "ThirdPartyTransID": "",
            "MSISDN": f"2547 ***** {sale.msisdn[-3:]}",
            "FirstName": "ASHA",
        }
    ).encode()


def _now() -> str:
    return f"{datetime.now(UTC).astimezone(EAT):%Y%m%d%H%M%S}"
