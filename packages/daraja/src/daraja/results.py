"""The envelope that M-PESA posts to a `ResultURL` or `QueueTimeOutURL`, whatever asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from daraja.codes import Outcome, ResultCode, Scope, unsettled_advice
from daraja.items import Items, read_items
from daraja.reading import read_object, read_section, read_text


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a request ended. Anybody could have posted it: match its ids with a request that you made."""

    code: ResultCode | None
    """None where M-PESA sent no code."""
    result_type: str | None
    """`0`: done. `1`: more may come, as on a queue timeout."""
    description: str
    conversation_id: str | None
    originator_conversation_id: str | None
    transaction_id: str | None
    """M-PESA's receipt, or a stand-in ending in seven zeros. Failures can carry one too: it proves nothing."""
    parameters: Items = field(repr=False)
    """Every parameter, in order."""
    references: Items = field(repr=False)
    """Every reference item, in order."""
    raw: Mapping[str, object] = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """What this says about the request. A queue timeout, or a result without a code, settles nothing."""
        if self.code is None or self.result_type not in (None, "0"):
            return Outcome.UNKNOWN
        return self.code.outcome

    @property
    def advice(self) -> str:
        """What to tell the operator: the code's own words, unless this message does not bear the code out."""
        if self.code is None or self.outcome is not self.code.outcome:
            return unsettled_advice(Scope.ORGANISATION)
        return self.code.advice

    @property
    def receipt(self) -> str | None:
        """The receipt of what was done; None for failures and stand-ins."""
        if self.outcome is not Outcome.PAID:
            return None
        named = read_text(self.parameters.first("TransactionReceipt", "MpesaReceiptNumber"))
        receipt = named or self.transaction_id
        return None if receipt is None or receipt.endswith("0000000") else receipt


class Envelope(TypedDict):
    """The fields of `Result`, for building one of its kinds."""

    code: ResultCode | None
    result_type: str | None
    description: str
    conversation_id: str | None
    originator_conversation_id: str | None
    transaction_id: str | None
    parameters: Items
    references: Items
    raw: Mapping[str, object]


def read_envelope(body: bytes | str | Mapping[str, object]) -> Envelope:
    """The envelope in a body. Raises `MalformedMessage` if there is none."""
    raw = read_object(body)
    result = read_section(raw, "Result")
    code = read_text(result.get("ResultCode"))
    return Envelope(
        code=None if code is None else ResultCode(code, Scope.ORGANISATION),
        result_type=read_text(result.get("ResultType")),
        description=read_text(result.get("ResultDesc")) or "",
        conversation_id=read_text(result.get("ConversationID")),
        originator_conversation_id=read_text(result.get("OriginatorConversationID")),
        transaction_id=read_text(result.get("TransactionID")),
        parameters=read_items(result.get("ResultParameters", result.get("ResultParameter"))),
        references=read_items(result.get("ReferenceData")),
        raw=raw,
    )


def parse_result(body: bytes | str | Mapping[str, object]) -> Result:
    """Any result, or a queue timeout, without the fields of its kind. Raises `MalformedMessage`."""
    return Result(**read_envelope(body))
