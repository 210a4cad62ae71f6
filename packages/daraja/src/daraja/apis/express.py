"""B2B Express Checkout: ask a merchant's till to pay a vendor, by USSD push."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from daraja.codes import Outcome, ResultCode, Scope, unsettled_advice
from daraja.environment import Environment
from daraja.errors import MalformedMessage
from daraja.reading import read_cents, read_object, read_text
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, SHORTCODE, shillings, text


def express_request_id() -> str:
    """A new id for an express checkout; its callback carries it back."""
    return str(uuid.uuid4())


@dataclass(frozen=True, kw_only=True)
class ExpressAck:
    """The USSD push was started. Nothing is paid yet."""

    status: str | None
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class ExpressCheckout(Request[ExpressAck]):
    """Ask a till to pay: `POST /v1/ussdpush/get-msisdn`. Its operator confirms with operator id and PIN."""

    path: ClassVar[str] = "/v1/ussdpush/get-msisdn"

    request_id: Annotated[str, Wire("RequestRefID", text(1, 64))]
    """Yours: store it before you send."""
    till: Annotated[str, Wire("primaryShortCode", SHORTCODE)]
    """The merchant that pays."""
    receiver: Annotated[str, Wire("receiverShortCode", SHORTCODE)]
    """The vendor's paybill."""
    amount: Annotated[int, Wire("amount", shillings(1, 100_000_000))]
    """Whole shillings."""
    payment_reference: Annotated[str, Wire("paymentRef", text(1, 100))]
    callback_url: Annotated[str, Wire("callbackUrl", CALLBACK_URL)]
    partner_name: Annotated[str, Wire("partnerName", text(1, 100))]
    """The vendor's name, shown in the prompt."""

    def body(self, environment: Environment) -> dict[str, object]:
        return {**self.checked(environment), "amount": str(self.amount)}

    def answer(self, reply: Reply) -> ExpressAck:
        message = reply.accepted()
        if first_text(message, "code") is None:
            reply.unclear("M-PESA answered the checkout without a code; a prompt may be on the phone.")
        return ExpressAck(status=read_text(message.get("status")), raw=message)


@dataclass(frozen=True, kw_only=True)
class ExpressCallback:
    """How an express checkout ended."""

    code: ResultCode
    description: str
    request_id: str | None
    amount_cents: int | None
    receipt: str | None
    conversation_id: str | None
    payment_reference: str | None
    status: str | None
    extra: Mapping[str, object] = field(repr=False)
    """Fields that have no place here."""
    raw: Mapping[str, object] = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """What this says about the money. A success without a receipt settles nothing."""
        if self.code.outcome is Outcome.PAID and self.receipt is None:
            return Outcome.UNKNOWN
        return self.code.outcome

    @property
    def advice(self) -> str:
        """What to tell a person: the code's own words, unless this message does not bear the code out."""
        return self.code.advice if self.outcome is self.code.outcome else unsettled_advice(self.code.scope)


_READ_FIELDS = frozenset(
    {
        "resultCode",
        "resultDesc",
        "requestId",
        "amount",
        "transactionId",
        "conversationID",
        "paymentReference",
        "status",
    }
)


def parse_express_callback(body: bytes | str | Mapping[str, object]) -> ExpressCallback:
    """The callback of an express checkout. Raises `MalformedMessage`."""
    raw = read_object(body)
    code = read_text(raw.get("resultCode"))
    if code is None:
        raise MalformedMessage("The callback has no resultCode.", raw=raw)
    conversation = read_text(raw.get("conversationID"))
    return ExpressCallback(
        code=ResultCode(code, Scope.EXPRESS),
        description=read_text(raw.get("resultDesc")) or "",
        request_id=read_text(raw.get("requestId")),
        amount_cents=read_cents(raw.get("amount")),
        receipt=read_text(raw.get("transactionId")),
        # Seen with the underscores escaped as in Markdown.
        conversation_id=None if conversation is None else conversation.replace("\\_", "_"),
        payment_reference=read_text(raw.get("paymentReference")),
        status=read_text(raw.get("status")),
        extra={name: value for name, value in raw.items() if name not in _READ_FIELDS},
        raw=raw,
    )
