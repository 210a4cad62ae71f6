"""Paying organisations: pay bills, tills, the B2C account's float and the tax authority."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from daraja.apis.instruction import OCCASION, Instruction
from daraja.eat import read_time
from daraja.money import Account, Charge, Party, read_account, read_charges, read_party
from daraja.reading import read_cents, read_text
from daraja.request import Wire, wire_request
from daraja.results import Result, read_envelope
from daraja.rules import MSISDN, SHORTCODE, one_of, shillings, text

KRA_SHORTCODE = "572572"
"""Kenya Revenue Authority's paybill, the only receiver of tax remittances."""

_B2B_LIMIT = 100_000_000
"""No limit is published for payments between organisations; this only catches slips of the hand."""


class IdentifierType(StrEnum):
    """What kind of number names a party."""

    MSISDN = "1"
    TILL = "2"
    SHORTCODE = "4"


@wire_request
class _B2b(Instruction):
    path: ClassVar[str] = "/mpesa/b2b/v1/paymentrequest"

    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    """The organisation that pays, from its Working account."""
    receiver: Annotated[str, Wire("PartyB", SHORTCODE)]
    amount: Annotated[int, Wire("Amount", shillings(1, _B2B_LIMIT))]
    """Whole shillings."""
    account_reference: Annotated[str, Wire("AccountReference", text(1, 13))]
    requester: Annotated[str | None, Wire("Requester", MSISDN)] = None
    """The customer on whose behalf the organisation pays, if any."""
    receiver_type: Annotated[IdentifierType, Wire("RecieverIdentifierType", one_of(*IdentifierType))] = (
        IdentifierType.SHORTCODE
    )
    """Safaricom's pages say `SHORTCODE` for every receiver; some tills are only found as `TILL`."""
    occasion: Annotated[str | None, Wire("Occassion", OCCASION)] = None


@wire_request
class B2bPayBill(_B2b):
    """Pay another organisation's paybill: `POST /mpesa/b2b/v1/paymentrequest`. There is no safe way to repeat it."""

    constants: ClassVar[Mapping[str, object]] = {"CommandID": "BusinessPayBill", "SenderIdentifierType": "4"}


@wire_request
class B2bBuyGoods(_B2b):
    """Pay a till: `POST /mpesa/b2b/v1/paymentrequest`. There is no safe way to repeat it."""

    constants: ClassVar[Mapping[str, object]] = {"CommandID": "BusinessBuyGoods", "SenderIdentifierType": "4"}


@wire_request
class B2cTopUp(_B2b):
    """Move money to a shortcode's B2C Utility account: `POST /mpesa/b2b/v1/paymentrequest`."""

    constants: ClassVar[Mapping[str, object]] = {"CommandID": "BusinessPayToBulk", "SenderIdentifierType": "4"}


@wire_request
class TaxRemittance(Instruction):
    """Pay tax to the Kenya Revenue Authority: `POST /mpesa/b2b/v1/remittax`."""

    path: ClassVar[str] = "/mpesa/b2b/v1/remittax"
    constants: ClassVar[Mapping[str, object]] = {
        "CommandID": "PayTaxToKRA",
        "SenderIdentifierType": "4",
        "RecieverIdentifierType": "4",
        "PartyB": KRA_SHORTCODE,
    }

    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    amount: Annotated[int, Wire("Amount", shillings(1, _B2B_LIMIT))]
    """Whole shillings."""
    payment_registration_number: Annotated[str, Wire("AccountReference", text(1, 20))]
    """The PRN that KRA gave for this payment."""


@dataclass(frozen=True, kw_only=True)
class B2bResult(Result):
    """How a payment to an organisation ended."""

    amount_cents: int | None
    currency: str | None
    receiver: Party | None = field(repr=False)
    completed_at: datetime | None
    charges: tuple[Charge, ...]
    debit_account: Account | None
    affected_account: Account | None
    initiator_account: Account | None
    bill_reference: str | None


def parse_b2b_result(body: bytes | str | Mapping[str, object]) -> B2bResult:
    """The result of a B2B payment, top-up or tax remittance. Raises `MalformedMessage`."""
    envelope = read_envelope(body)
    found = envelope["parameters"].first
    return B2bResult(
        **envelope,
        amount_cents=read_cents(found("Amount", "TransactionAmount")),
        currency=read_text(found("Currency")),
        receiver=read_party(found("ReceiverPartyPublicName")),
        completed_at=read_time(found("TransCompletedTime", "BOCompletedTime")),
        charges=read_charges(found("DebitPartyCharges")),
        debit_account=read_account(found("DebitAccountBalance", "DebitAccountCurrentBalance")),
        affected_account=read_account(found("DebitPartyAffectedAccountBalance")),
        initiator_account=read_account(found("InitiatorAccountCurrentBalance")),
        bill_reference=read_text(envelope["references"].first("BillReferenceNumber") or found("BillReferenceNumber")),
    )
