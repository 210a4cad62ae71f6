"""Payments that customers start themselves: registering for them, checking them and hearing of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from daraja.apis.stk import TransactionType
from daraja.codes import ResultCode, Scope
from daraja.eat import read_time
from daraja.errors import MalformedMessage
from daraja.reading import (
    read_cents,
    read_hashed_msisdn,
    read_masked_msisdn,
    read_msisdn,
    read_object,
    read_text,
)
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, MSISDN, SHORTCODE, one_of, shillings, text


class WhenUnanswered(StrEnum):
    """What M-PESA does with a payment when the validation URL does not answer within about 8 seconds."""

    COMPLETE = "Completed"
    CANCEL = "Cancelled"


@dataclass(frozen=True, kw_only=True)
class C2bAck:
    """M-PESA took the registration, or started the simulated payment."""

    originator_conversation_id: str | None
    raw: Mapping[str, object] = field(repr=False)


class _C2bRequest(Request[C2bAck]):
    def answer(self, reply: Reply) -> C2bAck:
        message = reply.accepted()
        # M-PESA writes the key without its second n.
        conversation = first_text(message, "OriginatorCoversationID", "OriginatorConversationID")
        if conversation is None and "ResponseCode" not in message:
            reply.unclear("M-PESA answered without saying whether it accepted.")
        return C2bAck(originator_conversation_id=conversation, raw=message)


@wire_request
class RegisterC2b(_C2bRequest):
    """Say where to post a shortcode's payments: `POST /mpesa/c2b/v2/registerurl`.

    In production this can be done once; after that `AlreadyRegistered` is raised, and the URLs that are known to
    M-PESA may be older ones. Version 2 posts masked phone numbers, `RegisterC2bV1` hashed ones.
    """

    path: ClassVar[str] = "/mpesa/c2b/v2/registerurl"

    shortcode: Annotated[str, Wire("ShortCode", SHORTCODE)]
    confirmation_url: Annotated[str, Wire("ConfirmationURL", CALLBACK_URL)]
    validation_url: Annotated[str, Wire("ValidationURL", CALLBACK_URL)]
    """Only called if Safaricom has enabled external validation for the shortcode, which it does on request."""
    when_unanswered: Annotated[WhenUnanswered, Wire("ResponseType", one_of(*WhenUnanswered))]


@wire_request
class RegisterC2bV1(RegisterC2b):
    """`RegisterC2b` for apps that have version 1 of the product: `POST /mpesa/c2b/v1/registerurl`."""

    path: ClassVar[str] = "/mpesa/c2b/v1/registerurl"


@wire_request
class SimulateC2b(_C2bRequest):
    """Make a customer pay, in the sandbox only: `POST /mpesa/c2b/v2/simulate`."""

    path: ClassVar[str] = "/mpesa/c2b/v2/simulate"

    shortcode: Annotated[str, Wire("ShortCode", SHORTCODE)]
    msisdn: Annotated[str, Wire("Msisdn", MSISDN)]
    amount: Annotated[int, Wire("Amount", shillings())]
    """Whole shillings."""
    account_reference: Annotated[str | None, Wire("BillRefNumber", text(1, 20))] = None
    """What the customer types as account number; none for a till."""
    transaction_type: Annotated[TransactionType, Wire("CommandID", one_of(*TransactionType))] = TransactionType.PAYBILL


@wire_request
class SimulateC2bV1(SimulateC2b):
    """`SimulateC2b` for apps that have version 1 of the product: `POST /mpesa/c2b/v1/simulate`."""

    path: ClassVar[str] = "/mpesa/c2b/v1/simulate"


@dataclass(frozen=True, kw_only=True)
class C2bPayment:
    """A payment, as posted to the validation URL (may it go on?) or the confirmation URL (it is done)."""

    receipt: str
    """The same in both posts, and the same as an STK callback's for the same payment."""
    amount_cents: int
    shortcode: str | None
    account_reference: str | None
    """Typed by the customer: any case, any spaces, any nonsense."""
    completed_at: datetime | None
    transaction_type: str | None
    """`Pay Bill`, `Buy Goods`; empty or `Organization To Organization Transfer` is no customer's payment."""
    msisdn: str | None = field(repr=False)
    """None when masked or hashed, as it mostly is."""
    msisdn_masked: str | None
    msisdn_sha256: str | None = field(repr=False)
    """Version 1 hashes the twelve digits. So few numbers exist that this hides nothing: treat it as the number."""
    first_name: str | None = field(repr=False)
    middle_name: str | None = field(repr=False)
    last_name: str | None = field(repr=False)
    balance_cents: int | None
    """The organisation's balance after the payment; none on validation."""
    third_party_id: str | None
    """What your answer to the validation set."""
    invoice_number: str | None
    extra: Mapping[str, object] = field(repr=False)
    """Fields that have no place here."""
    raw: Mapping[str, object] = field(repr=False)


_READ_FIELDS = frozenset(
    {
        "TransactionType",
        "TransID",
        "TransTime",
        "TransAmount",
        "BusinessShortCode",
        "BillRefNumber",
        "InvoiceNumber",
        "OrgAccountBalance",
        "ThirdPartyTransID",
        "MSISDN",
        "FirstName",
        "MiddleName",
        "LastName",
    }
)


def parse_c2b_payment(body: bytes | str | Mapping[str, object]) -> C2bPayment:
    """The payment in a validation or confirmation. Raises `MalformedMessage` if receipt or amount is missing."""
    raw = read_object(body)
    receipt, amount_cents = read_text(raw.get("TransID")), read_cents(raw.get("TransAmount"))
    if receipt is None or amount_cents is None:
        raise MalformedMessage("The payment has no TransID or no TransAmount.", raw=raw)
    phone = raw.get("MSISDN")
    return C2bPayment(
        receipt=receipt,
        amount_cents=amount_cents,
        shortcode=read_text(raw.get("BusinessShortCode")),
        account_reference=read_text(raw.get("BillRefNumber")),
        completed_at=read_time(raw.get("TransTime")),
        transaction_type=read_text(raw.get("TransactionType")),
        msisdn=read_msisdn(phone),
        msisdn_masked=read_masked_msisdn(phone),
        msisdn_sha256=read_hashed_msisdn(phone),
        first_name=read_text(raw.get("FirstName")),
        middle_name=read_text(raw.get("MiddleName")),
        last_name=read_text(raw.get("LastName")),
        balance_cents=read_cents(raw.get("OrgAccountBalance")),
        third_party_id=read_text(raw.get("ThirdPartyTransID")),
        invoice_number=read_text(raw.get("InvoiceNumber")),
        extra={name: value for name, value in raw.items() if name not in _READ_FIELDS},
        raw=raw,
    )


class C2bRejection(StrEnum):
    """Why a payment may not go on; M-PESA tells the customer by SMS."""

    INVALID_MSISDN = "C2B00011"
    INVALID_ACCOUNT = "C2B00012"
    INVALID_AMOUNT = "C2B00013"
    INVALID_KYC = "C2B00014"
    INVALID_SHORTCODE = "C2B00015"
    OTHER = "C2B00016"


def accept_payment(third_party_id: str | None = None) -> dict[str, str]:
    """The answer to a validation that lets the payment go on. The id comes back with the confirmation."""
    answer = {"ResultCode": "0", "ResultDesc": "Accepted"}
    return answer if third_party_id is None else {**answer, "ThirdPartyTransID": third_party_id}


def reject_payment(reason: C2bRejection) -> dict[str, str]:
    """The answer to a validation that stops the payment."""
    return {"ResultCode": reason.value, "ResultDesc": "Rejected"}


@dataclass(frozen=True, kw_only=True)
class ValidationReply:
    """An answer to a validation, read back: for logs and tests of your own endpoint."""

    code: ResultCode
    third_party_id: str | None
    raw: Mapping[str, object] = field(repr=False)

    @property
    def accepts(self) -> bool:
        return self.code == "0"


def parse_validation_reply(body: bytes | str | Mapping[str, object]) -> ValidationReply:
    """Read an answer to a validation. Raises `MalformedMessage` if it has no code."""
    raw = read_object(body)
    code = read_text(raw.get("ResultCode"))
    if code is None:
        raise MalformedMessage("The answer has no ResultCode.", raw=raw)
    return ValidationReply(
        code=ResultCode(code, Scope.VALIDATION), third_party_id=read_text(raw.get("ThirdPartyTransID")), raw=raw
    )
