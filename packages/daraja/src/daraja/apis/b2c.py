"""Paying people: B2C (salaries, refunds, promotions) and Pochi la Biashara."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from daraja.apis.instruction import OCCASION, Instruction
from daraja.eat import read_time
from daraja.money import Party, read_party
from daraja.reading import read_cents, read_text
from daraja.request import Wire, wire_request
from daraja.results import Result, read_envelope
from daraja.rules import MSISDN, SHORTCODE, one_of, shillings, text


class B2cCommand(StrEnum):
    """Why a person is paid."""

    BUSINESS = "BusinessPayment"
    SALARY = "SalaryPayment"
    PROMOTION = "PromotionPayment"


def originator_conversation_id() -> str:
    """A new id for a payment. Store it before you send: sending again with it cannot pay twice."""
    return str(uuid.uuid4())


@wire_request
class B2cV1(Instruction):
    """Pay a person, without an id of your own: `POST /mpesa/b2c/v1/paymentrequest`.

    After `OutcomeUnknown` there is no safe way to send it again; prefer `B2c`.
    """

    path: ClassVar[str] = "/mpesa/b2c/v1/paymentrequest"
    initiator_key: ClassVar[str] = "InitiatorName"

    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    """The organisation that pays, from its Utility account."""
    msisdn: Annotated[str, Wire("PartyB", MSISDN)]
    amount: Annotated[int, Wire("Amount", shillings(10))]
    """Whole shillings, KES 10 to KES 250,000."""
    command: Annotated[B2cCommand, Wire("CommandID", one_of(*B2cCommand))] = B2cCommand.BUSINESS
    occasion: Annotated[str | None, Wire("Occasion", OCCASION)] = None


@wire_request
class B2c(Instruction):
    """Pay a person: `POST /mpesa/b2c/v3/paymentrequest`.

    After `OutcomeUnknown`, send the same request with the same `originator_conversation_id`: if the first was
    taken, `DuplicateRequest` says so and nothing moves again.
    """

    path: ClassVar[str] = "/mpesa/b2c/v3/paymentrequest"
    initiator_key: ClassVar[str] = "InitiatorName"

    originator_conversation_id: Annotated[str, Wire("OriginatorConversationID", text(1, 64))]
    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    """The organisation that pays, from its Utility account."""
    msisdn: Annotated[str, Wire("PartyB", MSISDN)]
    amount: Annotated[int, Wire("Amount", shillings(10))]
    """Whole shillings, KES 10 to KES 250,000."""
    command: Annotated[B2cCommand, Wire("CommandID", one_of(*B2cCommand))] = B2cCommand.BUSINESS
    occasion: Annotated[str | None, Wire("Occassion", OCCASION)] = None


@wire_request
class Pochi(Instruction):
    """Pay a small trader's Pochi la Biashara: `POST /mpesa/b2pochi/v1/paymentrequest`. Safe to repeat, as `B2c`."""

    path: ClassVar[str] = "/mpesa/b2pochi/v1/paymentrequest"
    initiator_key: ClassVar[str] = "InitiatorName"
    constants: ClassVar[Mapping[str, object]] = {"CommandID": "BusinessPayToPochi"}

    originator_conversation_id: Annotated[str, Wire("OriginatorConversationID", text(1, 64))]
    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    msisdn: Annotated[str, Wire("PartyB", MSISDN)]
    amount: Annotated[int, Wire("Amount", shillings(10))]
    occasion: Annotated[str | None, Wire("Occassion", OCCASION)] = None


@dataclass(frozen=True, kw_only=True)
class B2cResult(Result):
    """How a B2C or Pochi payment ended. Balances are in cents, as they stood after it."""

    amount_cents: int | None
    recipient: Party | None = field(repr=False)
    recipient_registered: bool | None
    completed_at: datetime | None
    utility_cents: int | None
    working_cents: int | None
    charges_paid_cents: int | None


def parse_b2c_result(body: bytes | str | Mapping[str, object]) -> B2cResult:
    """The result of a B2C or Pochi payment. Raises `MalformedMessage`."""
    envelope = read_envelope(body)
    found = envelope["parameters"].first
    registered = read_text(found("B2CRecipientIsRegisteredCustomer"))
    return B2cResult(
        **envelope,
        amount_cents=read_cents(found("TransactionAmount", "Amount")),
        recipient=read_party(found("ReceiverPartyPublicName")),
        recipient_registered=None if registered is None else registered.upper() == "Y",
        completed_at=read_time(found("TransactionCompletedDateTime")),
        utility_cents=read_cents(found("B2CUtilityAccountAvailableFunds")),
        working_cents=read_cents(found("B2CWorkingAccountAvailableFunds")),
        charges_paid_cents=read_cents(found("B2CChargesPaidAccountAvailableFunds")),
    )
