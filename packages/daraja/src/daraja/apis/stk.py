"""STK Push (Lipa na M-PESA Online): ask a phone for money, ask how it went, and read what M-PESA posts."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Annotated, ClassVar

from daraja.codes import Outcome, ResultCode, Scope, unsettled_advice
from daraja.eat import read_time, timestamp
from daraja.environment import Environment
from daraja.errors import MalformedMessage, RejectedField
from daraja.items import Items, read_items
from daraja.reading import (
    read_cents,
    read_masked_msisdn,
    read_msisdn,
    read_object,
    read_section,
    read_text,
)
from daraja.reply import Reply, first_text, refusal
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, MSISDN, SECRET, SHORTCODE, one_of, shillings, text


class TransactionType(StrEnum):
    """How the customer pays: into a paybill account or to a till."""

    PAYBILL = "CustomerPayBillOnline"
    BUY_GOODS = "CustomerBuyGoodsOnline"


def _signed(shortcode: str, passkey: str) -> dict[str, object]:
    """`Timestamp` and the `Password` made with it, from one reading of the clock so that they always agree."""
    moment = timestamp()
    password = base64.b64encode(f"{shortcode}{passkey}{moment}".encode()).decode()
    return {"Password": password, "Timestamp": moment}


@dataclass(frozen=True, kw_only=True)
class StkAck:
    """M-PESA took the request and will ring the phone. Nothing is paid yet."""

    merchant_request_id: str | None
    checkout_request_id: str
    """What the callback and the query will call this prompt: store it before you wait for either."""
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class StkPush(Request[StkAck]):
    """Ask a phone for a payment: `POST /mpesa/stkpush/v1/processrequest`.

    `amount` is in whole shillings. For a till, give the store number as `shortcode`, the till as `party_b` and
    `TransactionType.BUY_GOODS`. Never sent twice by the client: after `OutcomeUnknown` a prompt may be on the
    phone, so look for its callback before asking again.
    """

    path: ClassVar[str] = "/mpesa/stkpush/v1/processrequest"

    shortcode: Annotated[str, Wire("BusinessShortCode", SHORTCODE)]
    passkey: Annotated[str, Wire(None, SECRET)]
    amount: Annotated[int, Wire("Amount", shillings())]
    msisdn: Annotated[str, Wire("PhoneNumber", MSISDN)]
    callback_url: Annotated[str, Wire("CallBackURL", CALLBACK_URL)]
    account_reference: Annotated[str, Wire("AccountReference", text(1, 12, without="@#&"))]
    description: Annotated[str, Wire("TransactionDesc", text(1, 13, without="@#&"))]
    transaction_type: Annotated[TransactionType, Wire("TransactionType", one_of(*TransactionType))] = (
        TransactionType.PAYBILL
    )
    party_b: Annotated[str | None, Wire("PartyB", SHORTCODE)] = None
    """Who is paid; the shortcode itself unless given."""

    def body(self, environment: Environment) -> dict[str, object]:
        sent = self.checked(environment)
        return {
            "PartyA": sent["PhoneNumber"],
            "PartyB": self.shortcode,
            **sent,
            **_signed(self.shortcode, self.passkey),
        }

    def answer(self, reply: Reply) -> StkAck:
        message = reply.accepted()
        checkout_request_id = read_text(message.get("CheckoutRequestID"))
        if checkout_request_id is None:
            reply.unclear("M-PESA accepted the request without naming it; a prompt may be on the phone.")
        return StkAck(
            merchant_request_id=read_text(message.get("MerchantRequestID")),
            checkout_request_id=checkout_request_id,
            raw=message,
        )


class StkState(Enum):
    """What a query says about a prompt."""

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"
    """The prompt is open, or M-PESA is still at work: ask again."""
    UNKNOWN_ID = "unknown id"
    """M-PESA does not know the prompt: too early, too late, or never made."""
    UNKNOWN = "unknown"
    """The code does not settle it (1037, or one that nobody has described): ask again, or by another way."""


_STATES = {
    Outcome.PAID: StkState.PAID,
    Outcome.FAILED: StkState.FAILED,
    Outcome.PENDING: StkState.PENDING,
    Outcome.UNKNOWN: StkState.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class StkStatus:
    """A query's answer. It names no receipt and no amount, so it proves less than a callback."""

    state: StkState
    code: ResultCode | None
    """None where M-PESA gave no result code: the prompt is open or unknown."""
    description: str
    merchant_request_id: str | None
    checkout_request_id: str
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class StkQuery(Request[StkStatus]):
    """Ask how a prompt went: `POST /mpesa/stkpushquery/v1/query`. The sandbox allows about five a minute."""

    path: ClassVar[str] = "/mpesa/stkpushquery/v1/query"
    repeatable: ClassVar[bool] = True

    shortcode: Annotated[str, Wire("BusinessShortCode", SHORTCODE)]
    passkey: Annotated[str, Wire(None, SECRET)]
    checkout_request_id: Annotated[str, Wire("CheckoutRequestID", text(1, 128))]

    def body(self, environment: Environment) -> dict[str, object]:
        return {**self.checked(environment), **_signed(self.shortcode, self.passkey)}

    def answer(self, reply: Reply) -> StkStatus:
        message = reply.message() or {}
        error = refusal(reply, message or None)
        said = first_text(message, "errorMessage", "ErrorMessage") or ""
        if error is not None and "being processed" in said.lower():
            return self._status(StkState.PENDING, None, said, message)
        if isinstance(error, RejectedField) and error.field == "CheckoutRequestID":
            return self._status(StkState.UNKNOWN_ID, None, said, message)
        message = reply.accepted()
        value = read_text(message.get("ResultCode"))
        if value is None:
            reply.unclear("M-PESA answered the query without a result code.")
        code = ResultCode(value, Scope.STK)
        description = read_text(message.get("ResultDesc")) or ""
        return self._status(_STATES[code.outcome], code, description, message)

    def _status(
        self, state: StkState, code: ResultCode | None, description: str, message: Mapping[str, object]
    ) -> StkStatus:
        return StkStatus(
            state=state,
            code=code,
            description=description,
            merchant_request_id=read_text(message.get("MerchantRequestID")),
            checkout_request_id=self.checkout_request_id,
            raw=message,
        )


@dataclass(frozen=True, kw_only=True)
class StkCallback:
    """What M-PESA posts to `callback_url`. Anybody could have posted it: check it against your own record."""

    merchant_request_id: str | None
    checkout_request_id: str | None
    code: ResultCode
    description: str
    receipt: str | None
    amount_cents: int | None
    msisdn: str | None = field(repr=False)
    """Twelve digits; None when missing or masked."""
    msisdn_masked: str | None
    completed_at: datetime | None
    balance: str | None
    """As M-PESA wrote it: rarely present, in several forms, and of no use to settle a payment."""
    extra: Items = field(repr=False)
    """Items that have no field here, in their order."""
    raw: Mapping[str, object] = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """What this message says about the money. A success that lacks receipt or amount settles nothing."""
        if self.code.outcome is Outcome.PAID and (self.receipt is None or self.amount_cents is None):
            return Outcome.UNKNOWN
        return self.code.outcome

    @property
    def paid(self) -> bool:
        """Success, with the receipt and the amount that prove it."""
        return self.outcome is Outcome.PAID

    @property
    def advice(self) -> str:
        """What to tell a person: the code's own words, unless this message does not bear the code out."""
        return self.code.advice if self.outcome is self.code.outcome else unsettled_advice(self.code.scope)


_READ_ITEMS = ("Amount", "MpesaReceiptNumber", "PhoneNumber", "TransactionDate", "Balance")


def parse_stk_callback(body: bytes | str | Mapping[str, object]) -> StkCallback:
    """The callback in a body. Raises `MalformedMessage` for anything that is not one."""
    raw = read_object(body)
    callback = read_section(read_section(raw, "Body"), "stkCallback")
    code = read_text(callback.get("ResultCode"))
    if code is None:
        raise MalformedMessage("The callback has no ResultCode.", raw=raw)
    items = read_items(callback.get("CallbackMetadata"))
    phone = items.first("PhoneNumber")
    return StkCallback(
        merchant_request_id=read_text(callback.get("MerchantRequestID")),
        checkout_request_id=read_text(callback.get("CheckoutRequestID")),
        code=ResultCode(code, Scope.STK),
        description=read_text(callback.get("ResultDesc")) or "",
        receipt=read_text(items.first("MpesaReceiptNumber")),
        amount_cents=read_cents(items.first("Amount")),
        msisdn=read_msisdn(phone),
        msisdn_masked=read_masked_msisdn(phone),
        completed_at=read_time(items.first("TransactionDate")),
        balance=read_text(items.first("Balance")),
        extra=items.without(*_READ_ITEMS),
        raw=raw,
    )
