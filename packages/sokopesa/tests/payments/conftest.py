"""Prompts as they stand after M-PESA took them, the messages that come back about them, and money without a home."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import daraja
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff


class Callbacks:
    """Writes M-PESA's messages into the inbox as the door would."""

    def sent(self, purchase: Purchase, now: Any, *, token: str = "") -> tuple[Prompt, str]:
        """A live prompt for the purchase, and the token in its callback address."""
        token = token or daraja.callback_token()
        prompt = Prompt.objects.create(
            purchase=purchase,
            attempt=purchase.prompts.count() + 1,
            msisdn=purchase.buyer.phone,
            amount_cents=purchase.total_cents,
            state=Prompt.State.SENT,
            token_digest=daraja.token_digest(token),
            checkout_request_id=f"ws_CO_{purchase.number}_{purchase.prompts.count()}",
            requested_at=now,
            sent_at=now,
            next_ask_at=now,
        )
        return prompt, token

    def paid(self, prompt: Prompt, receipt: str, **other: Any) -> bytes:
        """The body of a success, with any part of it replaced by ``other``."""
        facts = {"Amount": prompt.amount_cents / 100, "MpesaReceiptNumber": receipt, "Balance": None}
        facts |= {"TransactionDate": 20261123120500, "PhoneNumber": int(prompt.msisdn)} | other
        items = [
            {"Name": name, "Value": value} if value is not None else {"Name": name} for name, value in facts.items()
        ]
        return self._body(prompt, 0, "The service request is processed successfully.", CallbackMetadata={"Item": items})

    def ended(self, prompt: Prompt, code: int | str, words: str = "Request cancelled by user") -> bytes:
        return self._body(prompt, code, words)

    def _body(self, prompt: Prompt, code: int | str, words: str, **more: Any) -> bytes:
        told = {"MerchantRequestID": "1c5b-4ba8-1", "CheckoutRequestID": prompt.checkout_request_id}
        return json.dumps({"Body": {"stkCallback": {**told, "ResultCode": code, "ResultDesc": words, **more}}}).encode()

    def arrive(self, token: str, body: bytes, *, trusted: bool = True) -> InboxMessage:
        return InboxMessage.objects.create(
            token_digest=daraja.token_digest(token), source="127.0.0.1", trusted=trusted, headers={}, body=body
        )


class Desk:
    """Staff, and payments by hand that nobody could place."""

    now = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
    """Ten minutes after the market's orders were placed."""

    _numbers = itertools.count(1)

    def member(self, role: str = "finance", phone: str | None = None) -> User:
        """Somebody on the staff."""
        return add_staff(
            phone=phone or f"2547110{next(self._numbers):05d}", role=Role(role), name=f"{role.title()} Desk"
        )

    def payment(self, account: str, *, cents: int = 125_000, msisdn: str = "254722999999", late: int = 0) -> Receipt:
        """M-PESA confirms money for an account number that is no reference; ``late`` minutes later than usual."""
        code = f"UKH{next(self._numbers):07d}"
        payment = Payment(
            receipt=code,
            amount_cents=cents,
            paid_at=self.now + timedelta(minutes=late),
            learned_from="confirmation",
            msisdn=msisdn,
            account=account,
        )
        credit_payments([payment], now=self.now + timedelta(minutes=late))
        return Receipt.objects.get(code=code)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks()
