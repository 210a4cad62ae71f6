"""Asking what became of a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from daraja.apis.b2b import IdentifierType
from daraja.apis.instruction import OCCASION, Instruction
from daraja.codes import Outcome
from daraja.eat import read_time
from daraja.environment import Environment
from daraja.errors import InvalidRequest
from daraja.money import Charge, Party, read_charges, read_party
from daraja.reading import read_cents, read_text
from daraja.request import Wire, wire_request
from daraja.results import Result, read_envelope
from daraja.rules import SHORTCODE, one_of, text


@wire_request
class StatusQuery(Instruction):
    """Ask about a transaction by its receipt, or by the ids of the request that made it:
    `POST /mpesa/transactionstatus/v1/query`. A prompt that failed has no receipt and cannot be asked about here."""

    path: ClassVar[str] = "/mpesa/transactionstatus/v1/query"
    repeatable: ClassVar[bool] = True
    constants: ClassVar[Mapping[str, object]] = {"CommandID": "TransactionStatusQuery"}

    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    receipt: Annotated[str | None, Wire("TransactionID", text(1, 20))] = None
    original_conversation_id: Annotated[str | None, Wire("OriginalConversationID", text(1, 64))] = None
    """The `originator_conversation_id` of the request asked about, where its receipt is not known."""
    identifier_type: Annotated[IdentifierType, Wire("IdentifierType", one_of(*IdentifierType))] = (
        IdentifierType.SHORTCODE
    )
    occasion: Annotated[str | None, Wire("Occasion", OCCASION)] = None

    def body(self, environment: Environment) -> dict[str, object]:
        if self.receipt is None and self.original_conversation_id is None:
            raise InvalidRequest("receipt", "must be given, or else original_conversation_id")
        return super().body(environment)


_STATUSES = {
    "completed": Outcome.PAID,
    "cancelled": Outcome.FAILED,
    "declined": Outcome.FAILED,
    "expired": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "initiated": Outcome.PENDING,
    "authorized": Outcome.PENDING,
    "authorised": Outcome.PENDING,
    "pending": Outcome.PENDING,
}


@dataclass(frozen=True, kw_only=True)
class StatusResult(Result):
    """What became of a transaction. `outcome` is the query's own; `transaction_outcome` is the transaction's."""

    status: str | None
    """`Completed`, `Cancelled`, `Declined`, `Expired`, `Initiated`, `Authorized` …"""
    transaction_receipt: str | None
    """The receipt of the transaction asked about; `transaction_id` is the query's."""
    transaction_conversation_id: str | None
    transaction_originator_conversation_id: str | None
    amount_cents: int | None
    debit_party: Party | None = field(repr=False)
    credit_party: Party | None = field(repr=False)
    debit_account_type: str | None
    charges: tuple[Charge, ...]
    reason: str | None
    reason_type: str | None
    initiated_at: datetime | None
    finalised_at: datetime | None

    @property
    def transaction_outcome(self) -> Outcome:
        """What became of the transaction: unknown unless the query worked and named a status."""
        if self.code is not None and self.outcome is not Outcome.PAID:
            return Outcome.UNKNOWN
        return _STATUSES.get((self.status or "").lower(), Outcome.UNKNOWN)


def parse_status_result(body: bytes | str | Mapping[str, object]) -> StatusResult:
    """The result of a status query. Raises `MalformedMessage`."""
    envelope = read_envelope(body)
    parameters = envelope["parameters"]
    found = parameters.first
    debit_parties = parameters.all("DebitPartyName")
    # M-PESA sometimes names the receiver DebitPartyName as well: the second one of that name.
    credit_party = found("CreditPartyName") or (debit_parties[1] if len(debit_parties) > 1 else None)
    return StatusResult(
        **envelope,
        status=read_text(found("TransactionStatus")),
        transaction_receipt=read_text(found("ReceiptNo")),
        transaction_conversation_id=read_text(found("ConversationID")),
        transaction_originator_conversation_id=read_text(found("OriginatorConversationID")),
        amount_cents=read_cents(found("Amount")),
        debit_party=read_party(debit_parties[0] if debit_parties else None),
        credit_party=read_party(credit_party),
        debit_account_type=read_text(found("DebitAccountType")),
        charges=read_charges(found("DebitPartyCharges")),
        reason=read_text(found("TransactionReason")),
        reason_type=read_text(found("ReasonType")),
        initiated_at=read_time(found("InitiatedTime")),
        finalised_at=read_time(found("FinalisedTime", "FinalizedTime")),
    )
