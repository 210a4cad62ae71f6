"""Giving a customer's payment back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from daraja.apis.instruction import OCCASION, Instruction
from daraja.eat import read_time
from daraja.money import Account, Party, read_account, read_party
from daraja.reading import read_cents, read_text
from daraja.request import Wire, wire_request
from daraja.results import Result, read_envelope
from daraja.rules import SHORTCODE, shillings, text


@wire_request
class Reversal(Instruction):
    """Reverse a customer's payment (STK or C2B): `POST /mpesa/reversal/v1/request`.

    The money leaves the Utility account. Asking twice is refused by M-PESA with `R000001`, but only in the
    result, so the client never repeats it by itself.
    """

    path: ClassVar[str] = "/mpesa/reversal/v1/request"
    constants: ClassVar[Mapping[str, object]] = {"CommandID": "TransactionReversal", "RecieverIdentifierType": "11"}

    receipt: Annotated[str, Wire("TransactionID", text(1, 20))]
    """Of the payment to reverse."""
    amount: Annotated[int, Wire("Amount", shillings())]
    """Whole shillings, as paid; whether less is possible is not documented."""
    shortcode: Annotated[str, Wire("ReceiverParty", SHORTCODE)]
    """The organisation that was paid."""
    occasion: Annotated[str | None, Wire("Occasion", OCCASION)] = None


@dataclass(frozen=True, kw_only=True)
class ReversalResult(Result):
    """How a reversal ended. Its `receipt` is the reversal's own."""

    original_receipt: str | None
    amount_cents: int | None
    charge_cents: int | None
    completed_at: datetime | None
    customer: Party | None = field(repr=False)
    organisation: Party | None = field(repr=False)
    debit_account: Account | None


def parse_reversal_result(body: bytes | str | Mapping[str, object]) -> ReversalResult:
    """The result of a reversal. Raises `MalformedMessage`."""
    envelope = read_envelope(body)
    found = envelope["parameters"].first
    return ReversalResult(
        **envelope,
        original_receipt=read_text(found("OriginalTransactionID")),
        amount_cents=read_cents(found("Amount")),
        charge_cents=read_cents(found("Charge")),
        completed_at=read_time(found("TransCompletedTime")),
        customer=read_party(found("CreditPartyPublicName")),
        organisation=read_party(found("DebitPartyPublicName")),
        debit_account=read_account(found("DebitAccountBalance", "DebitAccountCurrentBalance")),
    )
